//! The plugin in Nushell, timed by Nushell: the first call of a session, further calls, and thousands
//! of rows.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Fallible;
use crate::bench::Bench;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT, output_of};
use crate::row::{Row, mb, ms};
use crate::stats::median;

const NUMBER: u8 = 19;

/// Prints seconds and bytes as JSON.
const SCRIPT: &str = "
let cold = (timeit { persistproc ps | ignore })
let warm = (1..200 | each { timeit { persistproc ps | ignore } })
let rows = (1..5 | each { timeit { persistproc logs many --lines 20000 | each {} | length } })
def memory [] { ps | where name =~ nu_plugin_persi | get mem | math max | into int }
let before = memory
let count = (persistproc logs many --lines all | each {|row| $row.line? } | length)
let after = (memory)
{cold: $cold, warm: ($warm | math median), rows: ($rows | math median), before: $before, after: $after}
| update cold { $in / 1sec } | update warm { $in / 1sec } | update rows { $in / 1sec } | to json --raw
";

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let (Some(nu), Some(plugin)) = (nu(), plugin()) else {
        let reason = "skipped; run: tests/support/fetch-nu target/test-tools; cargo build --release \
                      --workspace";
        return Ok(vec![Row::new(NUMBER, "the plugin in Nushell").skipped(reason)]);
    };
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let lines = bench.either(1_000_000, 100_000);
    daemon
        .cli(&[
            "start",
            "--label",
            "many",
            "--wait-for",
            "exit",
            "--wait-timeout",
            "600",
            "seq",
            "1",
            &lines.to_string(),
        ])
        .output()?;
    let mut requests = Vec::new();
    for _ in 0..200 {
        let began = std::time::Instant::now();
        daemon.client.list(&Default::default())?;
        requests.push(began.elapsed().as_secs_f64());
    }
    let mut cold = Vec::new();
    let mut warm = Vec::new();
    let mut rows = Vec::new();
    let mut growth = Vec::new();
    for _ in 0..bench.either(5, 2) {
        let result = run_session(&daemon, &nu, &plugin)?;
        let number =
            |name: &str| result[name].as_f64().ok_or_else(|| format!("Nushell printed no {name}"));
        cold.push(number("cold")?);
        warm.push(number("warm")?);
        rows.push(number("rows")?);
        growth.push(number("after")? - number("before")?);
    }
    let [cold, warm, rows, growth] = [cold, warm, rows, growth].map(|all| median(&all));
    let request = median(&requests);
    Ok(vec![
        Row::new(NUMBER, "first `persistproc ps` of a Nushell session")
            .ours(ms(cold))
            .goal("< 30 ms", cold < 30e-3),
        Row::new(NUMBER, "further `persistproc ps`, vs. the bare request")
            .baseline(ms(request))
            .ours(ms(warm))
            .goal("+ 1 ms", warm < request + 1e-3),
        Row::new(NUMBER, "20,000 rows of `persistproc logs`")
            .ours(ms(rows))
            .goal("< 350 ms", rows < 0.35),
        Row::new(NUMBER, format!("memory of the plugin after {lines} rows"))
            .ours(format!("+ {}", mb(growth)))
            .goal("< + 16 MB", growth < 16e6),
    ])
}

fn run_session(daemon: &Daemon, nu: &Path, plugin: &Path) -> Fallible<Value> {
    let mut command = daemon.program(nu);
    command.args(["--no-config-file", "--plugins", &format!("[{}]", plugin.display())]);
    Ok(serde_json::from_slice(&output_of(command.args(["-c", SCRIPT]))?)?)
}

fn nu() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_BIN_EXE_persistproc"));
    let nu = own.parent()?.parent()?.join("test-tools/nu/bin/nu");
    nu.is_file().then_some(nu)
}

fn plugin() -> Option<PathBuf> {
    let plugin =
        Path::new(env!("CARGO_BIN_EXE_persistproc")).with_file_name("nu_plugin_persistproc");
    plugin.is_file().then_some(plugin)
}
