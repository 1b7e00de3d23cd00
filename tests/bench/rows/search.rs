//! A search of a large log by regular expression, compared with `rg` on a plain file (or `grep -E` if
//! `rg` is not installed), and the memory that it takes.

use std::path::Path;
use std::process::Command;

use persistproc_api::routes;

use crate::bench::{Bench, find_on_path, program};
use crate::check::Faults;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT, output_of};
use crate::http_client::HttpConnection;
use crate::row::{Row, mb, ms};
use crate::rows::tail::{large_log_bytes, plain_file, process_with_output};
use crate::stats::{Pairs, median};
use crate::{Fallible, clock, machine};

/// Names and patterns. Neither pattern depends on whether case is ignored.
const PATTERNS: [(&str, &str); 2] =
    [("literal", "000000654321"), ("character classes", "^[0-9]{6}[67][56]4[34]21 [^A-Z]+ok")];

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let mut connection = daemon.connect()?;
    if connection.get("/v1/search?grep=nothing")?.status != 200 {
        let row = Row::new(12, "regex search of 1 GB").goal("≤ 1 ×", true);
        return Ok(vec![row.skipped("skipped; the daemon has no search")]);
    }
    let bytes = large_log_bytes(bench);
    let file = plain_file(bench, bytes)?;
    process_with_output(bench, &daemon, "large", bytes)?;
    let mut rows = Vec::new();
    for (name, pattern) in PATTERNS {
        rows.push(search(bench, &daemon, &mut connection, &file, name, pattern)?);
    }
    std::fs::remove_file(file)?;
    Ok(rows)
}

fn search(
    bench: &Bench,
    daemon: &Daemon,
    connection: &mut HttpConnection,
    file: &Path,
    name: &str,
    pattern: &str,
) -> Fallible<Row> {
    let path = format!("/v1/search?lines=1000&grep={}", routes::encode(pattern));
    let expected = output_of(&mut grep(file, pattern)?)?;
    let before = machine::resident(daemon.pid())?;
    let mut pairs = Pairs::default();
    machine::reset_peak(daemon.pid())?;
    let mut found = 0;
    for _ in 0..bench.either(7, 3) {
        let began = clock::now();
        output_of(&mut grep(file, pattern)?)?;
        let baseline = clock::seconds(began, clock::now());
        let began = clock::now();
        let response = connection.get(&path)?;
        pairs.push(baseline, clock::seconds(began, clock::now()));
        let response: serde_json::Value = serde_json::from_slice(&response.body)?;
        found = response["matches"].as_array().map_or(0, Vec::len);
    }
    let growth = machine::peak_resident(daemon.pid())? - before;
    let lines = expected.split(|byte| *byte == b'\n').count() - 1;
    let faults =
        Faults { lines: lines as u64, lost: lines.abs_diff(found) as u64, ..Faults::default() };
    let program = if find_on_path("rg").is_some() { "rg -j1" } else { "grep -E" };
    let gigabytes = large_log_bytes(bench) as f64 / 1e9;
    let ratio = pairs.ratio();
    let row = Row::new(12, format!("regex search of {gigabytes} GB ({name}), vs. `{program}`"))
        .baseline(ms(median(&pairs.baseline)))
        .ours(format!("{}, + {}", ms(median(&pairs.ours)), mb(growth)))
        .ratio(ratio)
        .goal("≤ 1 ×, + 32 MB", ratio <= 1.0 && growth <= 32e6);
    Ok(row.checked(bench.count(faults)))
}

fn grep(file: &Path, pattern: &str) -> Fallible<Command> {
    let (name, flags): (_, &[&str]) = match find_on_path("rg") {
        Some(_) => ("rg", &["-j1", "--no-config"]),
        None => ("grep", &["-E"]),
    };
    let mut command = program(name)?;
    command.args(flags).arg(pattern).arg(file).env("LC_ALL", "C");
    Ok(command)
}
