//! A port accepts connections → `start --wait-for ready` returns, with the port.

use std::process::Stdio;

use crate::bench::Bench;
use crate::gate::Gate;
use crate::row::{Row, ms};
use crate::stats::percentile;
use crate::world::{ROOMY, World};
use crate::{Fallible, child, clock};

/// What a person feels as at once.
const GOAL: f64 = 0.050;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let gate = Gate::new(bench.sockets(), "listen")?;
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let path = gate.path();
    let mut all = Vec::new();
    for round in 0..bench.either(40, 8) {
        let label = format!("ready-{round}");
        let words = ["--format", "json", "start", "--label", &label, "--wait-for", "ready", "--"];
        let mut command =
            world.cli(&[&words[..], &[&program, child::FLAG, "listen", &path]].concat());
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let accepting = gate.arrival()?.report()?.parse()?;
        let answer = started.wait_with_output()?;
        let told = clock::now();
        let answer: serde_json::Value = serde_json::from_slice(&answer.stdout)?;
        if answer["waited"]["reason"] != "port" {
            return Err(format!("it was not the port: {answer:#}").into());
        }
        all.push(clock::seconds(accepting, told));
        world.discard(answer["id"].as_str().ok_or("no id")?)?;
    }
    let (median, worst) = (percentile(&all, 0.5), percentile(&all, 0.99));
    let row = Row::new(16, "port accepts → `start --wait-for ready` returns").ours(format!(
        "{}, p99 {}",
        ms(median),
        ms(worst)
    ));
    Ok(vec![row.goal("≤ 50 ms", worst <= GOAL)])
}
