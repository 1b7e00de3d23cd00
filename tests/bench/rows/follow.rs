//! A line is written → whoever follows has it: beside `tail -F`, alone and with a busy sibling.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::bench::{Bench, program};
use crate::check::Faults;
use crate::gate::Gate;
use crate::row::{Row, ms};
use crate::stats::percentile;
use crate::world::{ROOMY, World};
use crate::{Fallible, clock, lines};

/// Lines of one round: long enough to settle, short enough to alternate.
const ROUND: u64 = 50;

/// Bytes a second of the busy sibling, a write a line.
const BUSY: u64 = 5_000_000;

/// A follower may take this long to be there.
const SETTLE: Duration = Duration::from_millis(300);

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let alone = row(bench, &world, "a line written → a follower has it")?;
    let gate = Gate::new(bench.sockets(), "busy")?;
    let chunk = lines::LENGTH.to_string();
    let role = ["flood", &gate.path(), &chunk, "4000000000", &BUSY.to_string(), "exit"];
    let sibling = world.start_role("sibling", &role)?.process;
    let mut held = gate.arrival()?;
    held.go()?;
    let beside = row(bench, &world, "the same beside a sibling that writes 50,000 lines/s")?;
    world.discard(&sibling.id)?;
    bench.note("6: `persistproc output --follow` and `tail -F`, both read through a pipe.");
    Ok(vec![alone, beside])
}

fn row(bench: &Bench, world: &World, what: &str) -> Fallible<Row> {
    let (mut tail, mut ours, mut faults) = (Vec::new(), Vec::new(), Faults::default());
    for round in 0..bench.either(6, 1) {
        tail.extend(observed(bench, round, |gate| tailed(bench, gate, round))?.0);
        let (delays, found) = observed(bench, round, |gate| followed(world, gate, round))?;
        ours.extend(delays);
        faults = faults + bench.found(found);
    }
    let at = |delays: &[f64]| (percentile(delays, 0.5), percentile(delays, 0.99));
    let ((limit, limit_late), (middle, late)) = (at(&tail), at(&ours));
    let show = |middle, late| format!("{}, p99 {}", ms(middle), ms(late));
    let met = middle <= 1.5 * limit && late <= 0.002;
    Ok(Row::new(6, what)
        .limit(show(limit, limit_late))
        .ours(show(middle, late))
        .ratio(middle / limit)
        .goal("≤ 1.5 ×, p99 ≤ 2 ms", met)
        .checked(faults))
}

/// Starts writer and follower, and reads what the follower prints: the delay of each line.
fn observed(
    bench: &Bench,
    round: u64,
    start: impl Fn(&Gate) -> Fallible<Command>,
) -> Fallible<(Vec<f64>, Faults)> {
    let gate = Gate::new(bench.sockets(), &format!("clocked-{round}"))?;
    let mut follower = start(&gate)?.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut held = gate.arrival()?;
    std::thread::sleep(SETTLE);
    held.go()?;
    let mut printed = BufReader::new(follower.stdout.take().ok_or("a follower without a pipe")?);
    let (mut delays, mut faults, mut line) = (Vec::new(), Faults::default(), String::new());
    for number in 0..ROUND {
        line.clear();
        printed.read_line(&mut line)?;
        let now = clock::now();
        faults.lines += 1;
        match parsed(&line) {
            Some((found, written)) if found == number => delays.push(clock::seconds(written, now)),
            _ => faults.lost += 1,
        }
    }
    follower.kill()?;
    follower.wait()?;
    Ok((delays, faults))
}

/// The number of a line, and when it was written.
fn parsed(line: &str) -> Option<(u64, u64)> {
    let (number, time) = line.trim().split_once(' ')?;
    Some((number.parse().ok()?, time.parse().ok()?))
}

fn tailed(bench: &Bench, gate: &Gate, round: u64) -> Fallible<Command> {
    let log = bench.files().join(format!("tailed-{round}.log"));
    let role = ["clocked", &gate.path(), &ROUND.to_string(), &round.to_string()];
    let mut writer =
        bench.child(&role)?.stdin(Stdio::null()).stdout(File::create(&log)?).spawn()?;
    // It ends by itself; somebody has to collect it.
    std::thread::spawn(move || writer.wait());
    let mut tail = program("tail")?;
    tail.args(["-n", "+1", "-F"]).arg(log);
    Ok(tail)
}

fn followed(world: &World, gate: &Gate, round: u64) -> Fallible<Command> {
    let label = format!("clocked-{}", clock::now());
    let role = ["clocked", &gate.path(), &ROUND.to_string(), &round.to_string()];
    let id = world.start_role(&label, &role)?.process.id;
    Ok(world.cli(&["output", "--follow", "--lines", "all", "--raw", &id]))
}
