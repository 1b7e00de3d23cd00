//! Command typed → first instruction of the child, beside a bare spawn; and the price of being
//! called at all.

use std::process::{Command, Stdio};

use crate::bench::{Bench, program};
use crate::gate::Gate;
use crate::row::{Row, ms};
use crate::stats::{Pairs, median};
use crate::world::{ROOMY, World, printed};
use crate::{Fallible, child, clock};

pub(crate) fn start(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let gate = Gate::new(bench.sockets(), "stamp")?;
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let path = gate.path();
    let words = [program.as_str(), child::FLAG, "stamp", &path];
    let (mut start, mut run) = (Pairs::default(), Pairs::default());
    for round in 0..bench.either(60, 10) {
        for (verb, pairs) in [("start", &mut start), ("run", &mut run)] {
            let bare = begun(&gate, bench.child(&["stamp", &path])?)?;
            let label = format!("{verb}-{round}");
            let ours = world.cli(&[&[verb, "--label", &label][..], &words].concat());
            pairs.push(bare, begun(&gate, ours)?);
        }
    }
    let row = |pairs, verb| {
        Row::new(7, format!("`persistproc {verb}` typed → the child's first instruction"))
            .times(pairs, ms, 4.0)
    };
    Ok(vec![row(&start, "start"), row(&run, "run")])
}

/// Seconds until the child that a command starts is at its first instruction.
pub(super) fn begun(gate: &Gate, mut command: Command) -> Fallible<f64> {
    let typed = clock::now();
    let mut running =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let first = gate.arrival()?.report()?.parse()?;
    running.wait()?;
    Ok(clock::seconds(typed, first))
}

pub(crate) fn version(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let mut pairs = Pairs::default();
    for _ in 0..bench.either(200, 30) {
        let mut bare = program("true")?;
        pairs.push(timed(&mut bare)?, timed(&mut world.cli(&["--version"]))?);
    }
    let (limit, ours, more) = (median(&pairs.limit), median(&pairs.ours), pairs.difference());
    let row = Row::new(9, "`persistproc --version` beside `true`").limit(ms(limit)).ours(ms(ours));
    Ok(vec![row.ratio(pairs.ratio()).goal(format!("+ 1.5 ms (is + {})", ms(more)), more <= 0.0015)])
}

/// Seconds a command takes that succeeds.
pub(super) fn timed(command: &mut Command) -> Fallible<f64> {
    let began = clock::now();
    printed(command)?;
    Ok(clock::seconds(began, clock::now()))
}
