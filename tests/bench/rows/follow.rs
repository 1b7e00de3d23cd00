//! The time from the write of a line until a follower has it, compared with `tail -F`, alone and next
//! to a process with a lot of output.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::bench::{Bench, program};
use crate::check::Faults;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT};
use crate::follower::Follower;
use crate::handshake::Handshake;
use crate::row::{Row, ms};
use crate::stats::percentile;
use crate::{Fallible, clock, lines};

/// Lines of a round. The three followers are measured in turn.
const LINES_PER_ROUND: u64 = 50;

/// Bytes per second of the other process, with one write per line.
const BUSY_RATE: u64 = 5_000_000;

/// How long a follower may take to start.
const SETTLE_TIME: Duration = Duration::from_millis(300);

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let mut rows = measure_both(bench, &daemon, "line written → follower has it")?;
    let handshake = Handshake::new(bench.sockets(), "busy")?;
    let chunk = lines::LENGTH.to_string();
    let role = ["flood", &handshake.path(), &chunk, "4000000000", &BUSY_RATE.to_string(), "exit"];
    let busy = daemon.start_role("busy", &role)?.process;
    let mut ready = handshake.accept()?;
    ready.start()?;
    rows.extend(measure_both(
        bench,
        &daemon,
        "the same, next to 50,000 lines/s of another process",
    )?);
    daemon.discard(&busy.id)?;
    bench.note(
        "6: `persistproc output --follow` and `tail -F` are read through a pipe, REST directly.",
    );
    Ok(rows)
}

/// Seconds from the write of each line until a follower had it.
#[derive(Default)]
struct Delays {
    tail: Vec<f64>,
    cli: Vec<f64>,
    rest: Vec<f64>,
}

fn measure_both(bench: &Bench, daemon: &Daemon, what: &str) -> Fallible<Vec<Row>> {
    let mut delays = Delays::default();
    let mut faults = Faults::default();
    for round in 0..bench.either(6, 1) {
        let handshake = Handshake::new(bench.sockets(), "timed")?;
        let follower = start_tail(bench, &handshake, round)?;
        let found = read_lines(&handshake, follower, &mut delays.tail)?;
        faults = faults + bench.count(found);
        let follower = start_cli(daemon, &handshake, round)?;
        let found = read_lines(&handshake, follower, &mut delays.cli)?;
        faults = faults + bench.count(found);
        let follower = start_rest(daemon, &handshake, round)?;
        let found = read_lines(&handshake, follower, &mut delays.rest)?;
        faults = faults + bench.count(found);
    }
    Ok(vec![
        row(&format!("{what} (CLI)"), &delays.tail, &delays.cli).checked(faults),
        row(&format!("{what} (REST)"), &delays.tail, &delays.rest).checked(faults),
    ])
}

fn row(what: &str, tail: &[f64], ours: &[f64]) -> Row {
    let show =
        |all: &[f64]| format!("{}, p99 {}", ms(percentile(all, 0.5)), ms(percentile(all, 0.99)));
    let ratio = percentile(ours, 0.5) / percentile(tail, 0.5);
    let met = ratio <= 1.5 && percentile(ours, 0.99) <= 0.002;
    let row = Row::new(6, what).baseline(show(tail)).ours(show(ours));
    row.ratio(ratio).goal("≤ 1.5 ×, p99 ≤ 2 ms", met)
}

/// Starts the writer and measures the delay of each line that the follower prints.
fn read_lines(
    handshake: &Handshake,
    follower: Follower,
    delays: &mut Vec<f64>,
) -> Fallible<Faults> {
    let mut ready = handshake.accept()?;
    std::thread::sleep(SETTLE_TIME);
    ready.start()?;
    let mut reader = BufReader::new(follower);
    let mut faults = Faults::default();
    let mut line = String::new();
    for number in 0..LINES_PER_ROUND {
        line.clear();
        reader.read_line(&mut line)?;
        let now = clock::now();
        faults.lines += 1;
        match parse(&line) {
            Some((found, written)) if found == number => delays.push(clock::seconds(written, now)),
            _ => faults.lost += 1,
        }
    }
    Ok(faults)
}

/// The number of a line, and when it was written.
fn parse(line: &str) -> Option<(u64, u64)> {
    let (number, time) = line.trim().split_once(' ')?;
    Some((number.parse().ok()?, time.parse().ok()?))
}

fn role(handshake: &Handshake, round: u64) -> [String; 4] {
    ["timed-lines".into(), handshake.path(), LINES_PER_ROUND.to_string(), round.to_string()]
}

fn start_tail(bench: &Bench, handshake: &Handshake, round: u64) -> Fallible<Follower> {
    let log = bench.files().join(format!("tail-{round}.log"));
    let mut writer = bench.child(&role(handshake, round).each_ref().map(String::as_str))?;
    let mut writer = writer.stdin(Stdio::null()).stdout(File::create(&log)?).spawn()?;
    // The thread reaps the writer when it exits.
    std::thread::spawn(move || writer.wait());
    let mut tail = program("tail")?;
    tail.args(["-n", "+1", "-F"]).arg(log);
    Follower::program(&mut tail)
}

fn start_writer(daemon: &Daemon, handshake: &Handshake, round: u64) -> Fallible<String> {
    let label = format!("timed-{}", clock::now());
    Ok(daemon
        .start_role(&label, &role(handshake, round).each_ref().map(String::as_str))?
        .process
        .id)
}

fn start_cli(daemon: &Daemon, handshake: &Handshake, round: u64) -> Fallible<Follower> {
    let id = start_writer(daemon, handshake, round)?;
    Follower::program(&mut daemon.cli(&["output", "--follow", "--lines", "all", "--raw", &id]))
}

fn start_rest(daemon: &Daemon, handshake: &Handshake, round: u64) -> Fallible<Follower> {
    let id = start_writer(daemon, handshake, round)?;
    Ok(Follower::rest(daemon.follow(&id, json!({ "lines": "all" }))?))
}
