//! What more processes, more records and more output cost: each is measured at three sizes, and the cost
//! for each unit must not grow. Only measured with `--growth`, since it takes minutes and 8 GiB of disk.

use std::process::Command;

use crate::bench::Bench;
use crate::daemon::Daemon;
use crate::row::Row;
use crate::rows::facts::several;
use crate::rows::start::seconds_to_run;
use crate::rows::tail::process_with_output;
use crate::stats::median;
use crate::{Fallible, clock, machine};

/// No row reaches these limits.
const LOG_LIMIT: &str = "64GiB";
const KEPT_PROCESSES: &str = "20000";

/// How much more a unit may cost at the largest size than at the smallest.
const MAX_GROWTH: f64 = 1.2;

/// One curve: a value at each size.
struct Curve {
    name: &'static str,
    unit: &'static str,
    points: Vec<(u64, f64)>,
}

impl Curve {
    fn new(name: &'static str, unit: &'static str) -> Self {
        Self { name, unit, points: Vec::new() }
    }

    /// The row. The goal is that the part of the value that grows with the size grows no faster.
    fn row(self, number: u8) -> Row {
        let shown: Vec<String> =
            self.points.iter().map(|(size, value)| format!("{size}: {value:.2}")).collect();
        let row = Row::new(number, format!("{}, {}", self.name, self.unit)).ours(shown.join("; "));
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return row;
        };
        let growth = (last.1 / first.1) / (last.0 as f64 / first.0 as f64);
        row.ratio(growth).goal(format!("≤ {MAX_GROWTH} × for each"), growth <= MAX_GROWTH)
    }
}

/// 500, 1,000 and 2,000 running processes.
pub(crate) fn processes(bench: &Bench) -> Fallible<Vec<Row>> {
    let mut daemon = Daemon::start_with(bench, LOG_LIMIT, KEPT_PROCESSES)?;
    let mut curves = standard_curves();
    let mut facts = Curve::new("list with facts, running processes", "ms");
    let mut running = 0;
    for count in bench.either([500, 1000, 2000], [20, 40, 80]) {
        for at in running..count {
            daemon.start_process(&format!("idle-{at}"), &["sleep", "900"])?;
        }
        running = count;
        measure_standard(bench, &mut daemon, count as u64, &mut curves)?;
        let mut connection = daemon.connect()?;
        let seconds = several(bench, || {
            let began = clock::now();
            connection.get("/v1/processes?facts=true")?;
            Ok(clock::seconds(began, clock::now()))
        })?;
        facts.points.push((count as u64, seconds * 1e3));
    }
    curves.push(facts);
    Ok(curves.into_iter().map(|curve| curve.row(25)).collect())
}

/// 2,500, 5,000 and 10,000 ended processes.
pub(crate) fn records(bench: &Bench) -> Fallible<Vec<Row>> {
    let mut daemon = Daemon::start_with(bench, LOG_LIMIT, KEPT_PROCESSES)?;
    let mut curves = standard_curves();
    let mut ended = 0;
    for count in bench.either([2500, 5000, 10_000], [20, 40, 80]) {
        for at in ended..count {
            daemon.start_process(&format!("ended-{at}"), &["true"])?;
        }
        ended = count;
        measure_standard(bench, &mut daemon, count as u64, &mut curves)?;
    }
    Ok(curves.into_iter().map(|curve| curve.row(26)).collect())
}

/// 2, 4 and 8 GiB of output of one process.
pub(crate) fn output(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start_with(bench, LOG_LIMIT, KEPT_PROCESSES)?;
    let mut last = Curve::new("last 100 lines, GiB of output", "ms");
    let mut grep = Curve::new("`output --grep`, GiB of output", "ms");
    let mut search = Curve::new("search, GiB of output", "ms");
    let mut memory = Curve::new("memory of the daemon, GiB of output", "MB");
    for size in [2, 4, 8] {
        let bytes = size * bench.either(1 << 30, 1 << 22);
        let id = process_with_output(bench, &daemon, "large", bytes)?;
        let milliseconds =
            |mut command: Command| seconds_to_run(&mut command).map(|seconds| seconds * 1e3);
        let several = |words: &[&str]| {
            let times: Fallible<Vec<f64>> =
                (0..bench.either(7, 3)).map(|_| milliseconds(daemon.cli(words))).collect();
            Ok::<_, crate::Failure>(median(&times?))
        };
        last.points.push((size, several(&["output", "--lines", "100", &id])?));
        let pattern = "00777777";
        grep.points.push((size, several(&["output", "--grep", pattern, "--lines", "all", &id])?));
        search.points.push((size, several(&["search", pattern])?));
        memory.points.push((size, machine::pss(daemon.pid())? / 1e6));
        daemon.discard(&id)?;
    }
    Ok([last, grep, search, memory].into_iter().map(|curve| curve.row(27)).collect())
}

/// What is measured for any number of processes.
fn standard_curves() -> Vec<Curve> {
    vec![
        Curve::new("start of the daemon after `kill -9`, processes", "ms"),
        Curve::new("list, processes", "ms"),
        Curve::new("search without a match, processes", "ms"),
        Curve::new("memory of the daemon, processes", "MB"),
        Curve::new("descriptors of the daemon, processes", "files"),
    ]
}

fn measure_standard(
    bench: &Bench,
    daemon: &mut Daemon,
    count: u64,
    curves: &mut [Curve],
) -> Fallible {
    let start = daemon.kill_and_start()?;
    let mut connection = daemon.connect()?;
    let mut seconds_of = |path: &str| {
        several(bench, || {
            let began = clock::now();
            connection.get(path)?;
            Ok(clock::seconds(began, clock::now()))
        })
    };
    let list = seconds_of("/v1/processes")?;
    let search = seconds_of("/v1/search?grep=no-line-has-this")?;
    let memory = machine::pss(daemon.pid())? / 1e6;
    let files = machine::open_files(daemon.pid())? as f64;
    let values = [start * 1e3, list * 1e3, search * 1e3, memory, files];
    for (curve, value) in curves.iter_mut().zip(values) {
        curve.points.push((count, value));
    }
    Ok(())
}
