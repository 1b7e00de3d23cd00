//! The time from a command until the first instruction of the child, compared with a plain spawn; and
//! the time of `--version`, compared with `true`.

use std::process::{Command, Stdio};

use crate::bench::{Bench, program};
use crate::daemon::{Daemon, LARGE_LOG_LIMIT, output_of};
use crate::handshake::Handshake;
use crate::row::{Row, ms};
use crate::stats::{Pairs, median};
use crate::{Fallible, child, clock};

pub(crate) fn start(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let handshake = Handshake::new(bench.sockets(), "start-time")?;
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let path = handshake.path();
    let words = [program.as_str(), child::FLAG, "start-time", &path];
    let mut start = Pairs::default();
    let mut run = Pairs::default();
    for round in 0..bench.either(60, 10) {
        for (verb, pairs) in [("start", &mut start), ("run", &mut run)] {
            let plain = bench.child(&["start-time", &path])?;
            let baseline = seconds_to_first_instruction(&handshake, plain)?;
            let label = format!("{verb}-{round}");
            let ours = daemon.cli(&[&[verb, "--label", &label][..], &words].concat());
            pairs.push(baseline, seconds_to_first_instruction(&handshake, ours)?);
        }
    }
    let row = |pairs, verb| {
        Row::new(7, format!("`persistproc {verb}` → first instruction of the child"))
            .compare(pairs, ms, 4.0)
    };
    Ok(vec![row(&start, "start"), row(&run, "run")])
}

/// Seconds until the child that a command starts executes its first instruction.
pub(super) fn seconds_to_first_instruction(
    handshake: &Handshake,
    mut command: Command,
) -> Fallible<f64> {
    let began = clock::now();
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let first = handshake.accept()?.report()?.parse()?;
    child.wait()?;
    Ok(clock::seconds(began, first))
}

pub(crate) fn version(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let mut pairs = Pairs::default();
    for _ in 0..bench.either(200, 30) {
        let mut baseline = program("true")?;
        let mut ours = daemon.cli(&["--version"]);
        pairs.push(seconds_to_run(&mut baseline)?, seconds_to_run(&mut ours)?);
    }
    let difference = pairs.difference();
    let row = Row::new(9, "`persistproc --version`, vs. `true`")
        .baseline(ms(median(&pairs.baseline)))
        .ours(ms(median(&pairs.ours)))
        .ratio(pairs.ratio())
        .goal(format!("+ 1.5 ms (is + {})", ms(difference)), difference <= 0.0015);
    Ok(vec![row])
}

/// Seconds that a command takes; an error if it fails.
pub(super) fn seconds_to_run(command: &mut Command) -> Fallible<f64> {
    let began = clock::now();
    output_of(command)?;
    Ok(clock::seconds(began, clock::now()))
}
