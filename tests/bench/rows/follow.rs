//! A line is written → whoever follows has it: beside `tail -F`, alone and with a busy sibling.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::bench::{Bench, program};
use crate::check::Faults;
use crate::gate::Gate;
use crate::live::Live;
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
    let mut rows = both(bench, &world, "a line written → a follower has it")?;
    let gate = Gate::new(bench.sockets(), "busy")?;
    let chunk = lines::LENGTH.to_string();
    let role = ["flood", &gate.path(), &chunk, "4000000000", &BUSY.to_string(), "exit"];
    let sibling = world.start_role("sibling", &role)?.process;
    let mut held = gate.arrival()?;
    held.go()?;
    rows.extend(both(bench, &world, "the same beside 50,000 lines/s of a sibling")?);
    world.discard(&sibling.id)?;
    bench.note("6: `persistproc output --follow` beside `tail -F`, both read through a pipe; REST without a program between.");
    Ok(rows)
}

/// Delays of `tail`, of the program and of REST, and what was wrong.
type Seen = ([Vec<f64>; 3], Faults);

fn both(bench: &Bench, world: &World, what: &str) -> Fallible<Vec<Row>> {
    let mut seen = Seen::default();
    for round in 0..bench.either(6, 1) {
        let gate = Gate::new(bench.sockets(), "clocked")?;
        let starts: [&dyn Fn() -> Fallible<Live>; 3] =
            [&|| tailed(bench, &gate, round), &|| followed(world, &gate, round), &|| {
                asked(world, &gate, round)
            }];
        for (at, start) in starts.into_iter().enumerate() {
            let faults = observe(&gate, start()?, &mut seen.0[at])?;
            seen.1 = seen.1 + bench.found(faults);
        }
    }
    let ([tail, program, rest], faults) = &seen;
    let row = |delays, how| row(&format!("{what} ({how})"), tail, delays).checked(*faults);
    Ok(vec![row(program, "CLI"), row(rest, "REST")])
}

fn row(what: &str, tail: &[f64], ours: &[f64]) -> Row {
    let at = |delays: &[f64]| (percentile(delays, 0.5), percentile(delays, 0.99));
    let ((limit, limit_late), (middle, late)) = (at(tail), at(ours));
    let show = |middle, late| format!("{}, p99 {}", ms(middle), ms(late));
    let met = middle <= 1.5 * limit && late <= 0.002;
    let row = Row::new(6, what).limit(show(limit, limit_late)).ours(show(middle, late));
    row.ratio(middle / limit).goal("≤ 1.5 ×, p99 ≤ 2 ms", met)
}

/// Lets the writer go and reads what the follower has: the delay of each line.
fn observe(gate: &Gate, follower: Live, delays: &mut Vec<f64>) -> Fallible<Faults> {
    let mut held = gate.arrival()?;
    std::thread::sleep(SETTLE);
    held.go()?;
    let mut printed = BufReader::new(follower);
    let (mut faults, mut line) = (Faults::default(), String::new());
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
    Ok(faults)
}

/// The number of a line, and when it was written.
fn parsed(line: &str) -> Option<(u64, u64)> {
    let (number, time) = line.trim().split_once(' ')?;
    Some((number.parse().ok()?, time.parse().ok()?))
}

fn role(gate: &Gate, round: u64) -> [String; 4] {
    ["clocked".into(), gate.path(), ROUND.to_string(), round.to_string()]
}

fn tailed(bench: &Bench, gate: &Gate, round: u64) -> Fallible<Live> {
    let log = bench.files().join(format!("tailed-{round}.log"));
    let mut writer = bench.child(&role(gate, round).each_ref().map(String::as_str))?;
    let mut writer = writer.stdin(Stdio::null()).stdout(File::create(&log)?).spawn()?;
    // It ends by itself; somebody has to collect it.
    std::thread::spawn(move || writer.wait());
    let mut tail = program("tail")?;
    tail.args(["-n", "+1", "-F"]).arg(log);
    Live::program(&mut tail)
}

fn started(world: &World, gate: &Gate, round: u64) -> Fallible<String> {
    let label = format!("clocked-{}", clock::now());
    Ok(world.start_role(&label, &role(gate, round).each_ref().map(String::as_str))?.process.id)
}

fn followed(world: &World, gate: &Gate, round: u64) -> Fallible<Live> {
    let id = started(world, gate, round)?;
    Live::program(&mut world.cli(&["output", "--follow", "--lines", "all", "--raw", &id]))
}

fn asked(world: &World, gate: &Gate, round: u64) -> Fallible<Live> {
    let id = started(world, gate, round)?;
    Ok(Live::rest(world.follow(&id, json!({ "lines": "all" }))?))
}
