//! `output --grep` over whole logs, on the command line and over MCP, and a search over many processes;
//! compared with `rg -j1 -S` over the same files.

use std::path::{Path, PathBuf};
use std::process::Command;

use persistproc_api::routes;
use serde_json::json;

use super::mcp::Call;
use crate::bench::{Bench, find_on_path, program};
use crate::check::Faults;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT, output_of};
use crate::row::{Row, ms};
use crate::rows::start::seconds_to_run;
use crate::rows::tail::{large_log_bytes, process_with_output};
use crate::stats::Pairs;
use crate::{Fallible, clock};

/// How many bytes a line has.
const LINE_BYTES: u64 = 100;

/// Less than the large log has, so that its oldest segments are deleted.
const SMALL_LOG_LIMIT: &str = "256MiB";

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    if find_on_path("rg").is_none() {
        let row = Row::new(21, "`output --grep`").goal("≤ 1.2 ×", true);
        return Ok(vec![row.skipped("skipped; `rg` is not on the PATH")]);
    }
    let large = large_log_bytes(bench);
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let mut rows = Vec::new();
    for bytes in [large / 1000, large / 10, large] {
        let megabytes = bytes as f64 / 1e6;
        rows.extend(over_one_log(bench, &daemon, bytes, &format!("{megabytes} MB"))?);
    }
    let limited = Daemon::start(bench, SMALL_LOG_LIMIT)?;
    let name = format!("the last {SMALL_LOG_LIMIT} of {} MB", large as f64 / 1e6);
    rows.extend(over_one_log(bench, &limited, large, &name)?);
    rows.push(over_many_logs(bench)?);
    Ok(rows)
}

/// In a thousand of the newest lines of a log: the first digits of their numbers.
fn pattern(bytes: u64) -> String {
    let thousands = bytes / LINE_BYTES / 1000;
    format!("{:09}", thousands * 977 / 1000)
}

fn over_one_log(bench: &Bench, daemon: &Daemon, bytes: u64, name: &str) -> Fallible<Vec<Row>> {
    let id = process_with_output(bench, daemon, "large", bytes)?;
    let files = combined_logs(&daemon.process_folder(&id))?;
    let pattern = pattern(bytes);
    let grep = || daemon.cli(&["output", "--grep", &pattern, "--lines", "all", &id]);
    let rg = || rg(&pattern, &files);
    let expected = output_of(&mut rg()?)?;
    let is_same = expected == output_of(&mut grep())?;
    let lines = expected.split(|byte| *byte == b'\n').count() as u64 - 1;
    let faults =
        Faults { lines, lost: if is_same { 0 } else { lines.max(1) }, ..Faults::default() };
    let mut connection = daemon.connect_tcp()?;
    let call = Call::new("output", &json!({"command_or_label": id, "grep": pattern}));
    let mut command = Pairs::default();
    let mut mcp = Pairs::default();
    for _ in 0..bench.either(15, 5) {
        command.push(seconds_to_run(&mut rg()?)?, seconds_to_run(&mut grep())?);
        mcp.push(seconds_to_run(&mut rg()?)?, call.seconds(&mut connection, "/mcp")?);
    }
    daemon.discard(&id)?;
    Ok(vec![
        Row::new(21, format!("`output --grep` of {name}, vs. `rg -j1 -S`"))
            .compare(&command, ms, 1.2)
            .checked(bench.count(faults)),
        Row::new(21, format!("MCP `output` with `grep` of {name}")).compare(&mcp, ms, 1.2),
    ])
}

fn over_many_logs(bench: &Bench) -> Fallible<Row> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let count = bench.either(100, 20);
    let mut files = Vec::new();
    for at in 0..count {
        let id = process_with_output(bench, &daemon, &format!("part-{at}"), 1_000_000)?;
        files.extend(combined_logs(&daemon.process_folder(&id))?);
    }
    let mut connection = daemon.connect()?;
    let pattern = "no line has this";
    let mut pairs = Pairs::default();
    for _ in 0..bench.either(30, 10) {
        let baseline = seconds_to_run(&mut rg(pattern, &files)?)?;
        let began = clock::now();
        connection.get(&format!("/v1/search?grep={}", routes::encode(pattern)))?;
        pairs.push(baseline, clock::seconds(began, clock::now()));
    }
    Ok(Row::new(22, format!("search of {count} processes of 1 MB, vs. `rg -j1 -S`"))
        .compare(&pairs, ms, 1.2))
}

/// `rg` over some files. Without a match it fails, as the command does.
fn rg(pattern: &str, files: &[PathBuf]) -> Fallible<Command> {
    let mut command = program("sh")?;
    command.args(["-c", "rg \"$@\" || [ $? = 1 ]", "rg"]);
    command.args(["-j1", "-S", "-N", "-I", "--no-config", pattern]).args(files);
    Ok(command)
}

/// The files of the latest run that hold all its output, oldest first.
fn combined_logs(process: &Path) -> Fallible<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(process.join("runs/1"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Fallible<Vec<PathBuf>>>()?;
    let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    files.retain(|file| name(file).starts_with("combined") && name(file).ends_with(".log"));
    // The active one has no number and is the newest.
    files.sort_by_key(|file| (name(file) == "combined.log", name(file)));
    Ok(files)
}
