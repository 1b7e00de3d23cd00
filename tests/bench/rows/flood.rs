//! A child that writes as fast as it can: the time until everything is stored, compared with `cat`,
//! and the CPU time, compared with a minimal capture loop.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::bench::{Bench, program};
use crate::check::{self, Faults};
use crate::daemon::{Daemon, LARGE_LOG_LIMIT};
use crate::handshake::Handshake;
use crate::row::{Row, rate};
use crate::run_log::RunLog;
use crate::stats::{Pairs, median};
use crate::{Fallible, clock, machine};

/// Bytes of a write.
const BLOCK: usize = 64 << 10;

/// The cost of one flood.
struct FloodCost {
    /// Until everything was stored.
    seconds: f64,
    /// Of the processes that stored it.
    cpu_seconds: f64,
    faults: Faults,
}

/// CPU seconds per gigabyte. On a machine that exceeds `ours`, the goal is the ratio of the two.
struct CpuGoal {
    baseline: f64,
    ours: f64,
}

pub(crate) fn blocks(bench: &Bench) -> Fallible<Vec<Row>> {
    let bytes = bench.either(1_000_000_000, 100_000_000);
    let cpu_goal = CpuGoal { baseline: 0.5, ours: 1.2 };
    measure(bench, 1, "64 KiB writes", BLOCK, bytes, &cpu_goal)
}

pub(crate) fn lines(bench: &Bench) -> Fallible<Vec<Row>> {
    let bytes = bench.either(300_000_000, 30_000_000);
    let cpu_goal = CpuGoal { baseline: 1.0, ours: 2.0 };
    measure(bench, 2, "one write per line", crate::lines::LENGTH, bytes, &cpu_goal)
}

fn measure(
    bench: &Bench,
    number: u8,
    writes: &str,
    chunk: usize,
    bytes: u64,
    cpu_goal: &CpuGoal,
) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let mut time = Pairs::default();
    let mut cpu = Pairs::default();
    let mut faults = Faults::default();
    for round in 0..bench.either(7, 3) {
        let capture = capture(bench, chunk, bytes)?;
        let cat = cat(bench, chunk, bytes)?;
        let ours = managed(bench, &daemon, &format!("flood-{round}"), chunk, bytes)?;
        let gigabytes = bytes as f64 / 1e9;
        time.push(cat.seconds, ours.seconds);
        cpu.push(capture.cpu_seconds / gigabytes, ours.cpu_seconds / gigabytes);
        faults = faults + ours.faults;
    }
    let show = |cpu| format!("{cpu:.2} s/GB");
    let ours = median(&cpu.ours);
    let max_ratio = cpu_goal.ours / cpu_goal.baseline;
    let goal = format!("≤ {} s/GB or {max_ratio:.1} ×", cpu_goal.ours);
    let met = ours <= cpu_goal.ours || cpu.ratio() <= max_ratio;
    Ok(vec![
        Row::new(number, format!("throughput of {writes}, vs. `cat`"))
            .compare(&time, rate(bytes), 1.25)
            .checked(faults),
        Row::new(3, format!("CPU to capture {writes}, vs. a minimal loop"))
            .baseline(show(median(&cpu.baseline)))
            .ours(show(ours))
            .ratio(cpu.ratio())
            .goal(goal, met)
            .checked(faults),
    ])
}

fn cat(bench: &Bench, chunk: usize, bytes: u64) -> Fallible<FloodCost> {
    let log = bench.files().join("cat.log");
    let mut command = program("cat")?;
    command.stdout(File::create(&log)?);
    piped(bench, command, &log, chunk, bytes)
}

fn capture(bench: &Bench, chunk: usize, bytes: u64) -> Fallible<FloodCost> {
    let log = bench.files().join("capture.log");
    let index = bench.files().join("capture.index");
    let name = |path: &Path| path.to_string_lossy().into_owned();
    let command = bench.child(&["capture", &name(&log), &name(&index)])?;
    piped(bench, command, &log, chunk, bytes)
}

/// A flood through a pipe into `sink`, which writes it to `log`.
fn piped(
    bench: &Bench,
    sink: Command,
    log: &Path,
    chunk: usize,
    bytes: u64,
) -> Fallible<FloodCost> {
    let handshake = Handshake::new(bench.sockets(), "flood")?;
    let (mut child, mut sink) = spawn_flood(bench, sink, &handshake, chunk, bytes)?;
    let mut ready = handshake.accept()?;
    let began = clock::now();
    ready.start()?;
    ready.report()?;
    let end = clock::wait_until("the file to be complete", Duration::from_micros(200), || {
        let length = std::fs::metadata(log).map_or(0, |file| file.len());
        Ok((length >= bytes).then(clock::now))
    })?;
    // Even if it has exited, its times can be read until it is reaped.
    let cpu_seconds = machine::cpu_seconds(sink.id())?;
    child.wait()?;
    sink.wait()?;
    let faults = check::read(File::open(log)?, bytes / crate::lines::LENGTH as u64)?;
    std::fs::remove_file(log)?;
    if faults.any() {
        return Err(format!("the baseline has faults: {faults}").into());
    }
    Ok(FloodCost { seconds: clock::seconds(began, end), cpu_seconds, faults })
}

/// Starts a child that floods `sink` once its handshake is completed.
pub(super) fn spawn_flood(
    bench: &Bench,
    mut sink: Command,
    handshake: &Handshake,
    chunk: usize,
    bytes: u64,
) -> Fallible<(Child, Child)> {
    let chunk = chunk.to_string();
    let bytes = bytes.to_string();
    let role = ["flood", &handshake.path(), &chunk, &bytes, "0", "exit"];
    let mut child = bench.child(&role)?.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let pipe = child.stdout.take().ok_or("the child has no pipe")?;
    let sink = sink.stdin(pipe).spawn()?;
    Ok((child, sink))
}

fn managed(
    bench: &Bench,
    daemon: &Daemon,
    label: &str,
    chunk: usize,
    bytes: u64,
) -> Fallible<FloodCost> {
    let handshake = Handshake::new(bench.sockets(), "flood")?;
    let chunk = chunk.to_string();
    let size = bytes.to_string();
    let started =
        daemon.start_role(label, &["flood", &handshake.path(), &chunk, &size, "0", "sleep"])?;
    let log = RunLog::of(&started.process);
    let shim = machine::parent(started.process.status.pid().ok_or("no pid")?)?;
    let mut ready = handshake.accept()?;
    let pids = [shim, daemon.pid()];
    let cpu_seconds = || pids.into_iter().map(machine::cpu_seconds).sum::<Fallible<f64>>();
    let before = cpu_seconds()?;
    let began = clock::now();
    ready.start()?;
    ready.report()?;
    let end = log.wait_for_bytes("combined", bytes)?;
    let cpu_seconds = cpu_seconds()? - before;
    let lines = bytes / crate::lines::LENGTH as u64;
    let faults = log.check("stdout", lines)? + log.check("combined", lines)?;
    daemon.discard(&started.process.id)?;
    Ok(FloodCost { seconds: clock::seconds(began, end), cpu_seconds, faults: bench.count(faults) })
}
