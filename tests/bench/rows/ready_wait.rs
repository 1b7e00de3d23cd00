//! The time from when a port accepts connections until `start --wait-for ready` returns.

use std::process::Stdio;

use crate::bench::Bench;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT};
use crate::handshake::Handshake;
use crate::row::{Row, ms};
use crate::stats::percentile;
use crate::{Fallible, child, clock};

/// Seconds that a person perceives as immediate.
const GOAL: f64 = 0.050;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let handshake = Handshake::new(bench.sockets(), "listen")?;
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let path = handshake.path();
    let mut all = Vec::new();
    for round in 0..bench.either(40, 8) {
        let label = format!("ready-{round}");
        let words = ["--format", "json", "start", "--label", &label, "--wait-for", "ready", "--"];
        let mut command =
            daemon.cli(&[&words[..], &[&program, child::FLAG, "late-listener", &path]].concat());
        let cli = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let accepting = handshake.accept()?.report()?.parse()?;
        let answer = cli.wait_with_output()?;
        let returned = clock::now();
        let answer: serde_json::Value = serde_json::from_slice(&answer.stdout)?;
        if answer["waited"]["reason"] != "port" {
            return Err(
                format!("the wait ended for another reason than the port: {answer:#}").into()
            );
        }
        all.push(clock::seconds(accepting, returned));
        daemon.discard(answer["id"].as_str().ok_or("no id")?)?;
    }
    let median = percentile(&all, 0.5);
    let p99 = percentile(&all, 0.99);
    let row = Row::new(16, "port accepts → `start --wait-for ready` returns").ours(format!(
        "{}, p99 {}",
        ms(median),
        ms(p99)
    ));
    Ok(vec![row.goal("p99 ≤ 50 ms", p99 <= GOAL)])
}
