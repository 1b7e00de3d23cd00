//! Children that flood both streams and end at once, by each way in which a program can end: all their
//! lines must be stored.

use std::time::Duration;

use persistproc_api::Target;
use persistproc_api::process::Process;
use serde_json::json;

use crate::bench::Bench;
use crate::check::{Checker, Faults};
use crate::clock;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT};
use crate::row::Row;
use crate::run_log::RunLog;
use crate::{Fallible, lines};

const ENDS: [&str; 3] = ["exit", "killed", "cut"];

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let mut random = clock::Random::new(4);
    let mut faults = Faults::default();
    let floods = bench.either(150, 15);
    for flood in 0..floods {
        let count = 1 << random.between(0, 14);
        faults = faults + check_flood(&daemon, flood, count, ENDS[flood as usize % ENDS.len()])?;
    }
    let faulty = faults.lost + faults.torn + faults.misplaced;
    let row = Row::new(4, format!("lost, torn or misplaced lines in {floods} floods"));
    let row =
        row.baseline("0").ours(format!("{faulty} of {}", faults.lines)).goal("0", faulty == 0);
    Ok(vec![row.checked(bench.count(faults))])
}

/// Runs one flood and checks both log files and the page of combined output.
fn check_flood(daemon: &Daemon, flood: u64, count: u64, end: &str) -> Fallible<Faults> {
    let label = format!("flood-{flood}");
    let role = ["two-streams", &count.to_string(), &flood.to_string(), end];
    let id = daemon.start_role(&label, &role)?.process.id;
    let ended = clock::wait_until("the flood to end", Duration::from_millis(2), || {
        let process = daemon.client.process(&Target::from_id(&id))?;
        Ok((!process.status.is_alive()).then_some(process))
    })?;
    let cut = u64::from(end == "cut");
    let log = RunLog::of(&ended);
    let mut faults = log.check("stdout", count)? + log.check("stderr", count)?;
    let page_faults = check_combined(daemon, &ended, count, cut)?;
    // The incomplete line of a `cut` flood is expected to be torn.
    faults.torn = faults.torn.abs_diff(cut);
    daemon.discard(&id)?;
    Ok(faults + page_faults)
}

/// Checks the combined output: lines of the two streams are interleaved, each stream is in order.
fn check_combined(daemon: &Daemon, process: &Process, count: u64, cut: u64) -> Fallible<Faults> {
    let query = json!({ "lines": "all", "stream": "combined" });
    let page = daemon.client.output(&Target::from(process), &serde_json::from_value(query)?)?;
    let mut seen = vec![0_u8; count as usize];
    let mut streams = [Checker::new(), Checker::new()];
    let mut faults = Faults::default();
    for line in &page.output {
        let whole = format!("{line}\n");
        match lines::number(whole.as_bytes()) {
            // The first line with a number counts for one stream, the second for the other.
            Some(number) if (number as usize) < seen.len() => {
                let stream = usize::from(seen[number as usize] > 0);
                seen[number as usize] += 1;
                streams[stream].feed(whole.as_bytes());
            }
            _ => faults.torn += 1,
        }
    }
    faults.torn = faults.torn.abs_diff(cut);
    let [first, second] = streams;
    Ok(faults + first.finish(count) + second.finish(count))
}
