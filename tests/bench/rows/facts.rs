//! Lists with the facts of each process, as agents and `list --long` get them: over TCP, through MCP and
//! in a process of their own. The goal is a time that no user notices.

use serde_json::json;

use super::mcp::Call;
use crate::bench::Bench;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT, output_of};
use crate::row::{Row, ms};
use crate::rows::start::seconds_to_run;
use crate::stats::median;
use crate::{Fallible, clock};

/// How many processes run, and the goals for MCP, REST and the command in milliseconds.
const STEPS: [(usize, f64, f64, f64); 3] =
    [(1, 1.0, 1.0, 4.0), (50, 5.0, 5.0, 8.0), (500, 20.0, 20.0, 30.0)];

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let mut connection = daemon.connect_tcp()?;
    let list = Call::new("list", &json!({}));
    let mut rows = Vec::new();
    let mut running = 0;
    for (count, of_mcp, of_rest, of_command) in &STEPS[..bench.either(3, 2)] {
        for at in running..*count {
            daemon.start_process(&format!("idle-{at}"), &["sleep", "900"])?;
        }
        running = *count;
        let mcp = several(bench, || list.seconds(&mut connection, "/mcp"))?;
        let rest = several(bench, || {
            let began = clock::now();
            connection.get("/v1/processes?facts=true")?;
            Ok(clock::seconds(began, clock::now()))
        })?;
        let printed = output_of(&mut daemon.cli(&["list", "--long"]))?;
        let shown = String::from_utf8(printed)?.matches("sleep 900").count();
        if shown < *count {
            return Err(format!("the list of {count} processes shows {shown}").into());
        }
        let command = several(bench, || seconds_to_run(&mut daemon.cli(&["list", "--long"])))?;
        for (name, seconds, goal) in [
            ("MCP `list` over TCP", mcp, of_mcp),
            ("REST list with facts over TCP", rest, of_rest),
            ("`persistproc list --long`", command, of_command),
        ] {
            let row = Row::new(20, format!("{name}, {count} running")).ours(ms(seconds));
            rows.push(row.goal(format!("≤ {goal} ms"), seconds * 1e3 <= *goal));
        }
    }
    Ok(rows)
}

/// The median of some measurements, after one that does not count.
pub(super) fn several(bench: &Bench, mut measure: impl FnMut() -> Fallible<f64>) -> Fallible<f64> {
    measure()?;
    let times = (0..bench.either(30, 10)).map(|_| measure()).collect::<Fallible<Vec<_>>>()?;
    Ok(median(&times))
}
