//! `persistproc list` with one process and with many, compared with a bare GET request; and the CPU
//! time and memory of many idle processes.

use std::time::Duration;

use crate::bench::Bench;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT, output_of};
use crate::row::{Row, mb, ms};
use crate::rows::start::seconds_to_run;
use crate::stats::{Pairs, median};
use crate::{Fallible, clock, machine};

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let count: usize = bench.either(500, 50);
    daemon.start_process("idle-0", &["sleep", "900"])?;
    let one = list(bench, &daemon, 1)?;
    for at in 1..count {
        daemon.start_process(&format!("idle-{at}"), &["sleep", "900"])?;
    }
    let all = list(bench, &daemon, count)?;
    bench.note(
        "8: The baseline is a process that connects to the same socket and requests one process.",
    );
    let mut rows = vec![
        Row::new(8, "`persistproc list`, 1 process").compare(&one, ms, 1.4),
        Row::new(8, format!("`persistproc list`, {count} processes")).compare(&all, ms, 2.5),
    ];
    rows.extend(idle(bench, &daemon, count)?);
    Ok(rows)
}

fn list(bench: &Bench, daemon: &Daemon, count: usize) -> Fallible<Pairs> {
    let lines = String::from_utf8(output_of(&mut daemon.cli(&["list"]))?)?.lines().count();
    if lines != count + 1 {
        return Err(format!("the list of {count} processes has {lines} lines").into());
    }
    let socket = daemon.socket().to_string_lossy().into_owned();
    let mut pairs = Pairs::default();
    for _ in 0..bench.either(60, 15) {
        let mut bare = bench.child(&["get", &socket, "/v1/processes?label=idle-0"])?;
        pairs.push(seconds_to_run(&mut bare)?, seconds_to_run(&mut daemon.cli(&["list"]))?);
    }
    Ok(pairs)
}

fn idle(bench: &Bench, daemon: &Daemon, count: usize) -> Fallible<Vec<Row>> {
    let shims = daemon.shims()?;
    // Threads of the daemon that read for the list exit after ten idle seconds.
    std::thread::sleep(Duration::from_secs(bench.either(12, 2)));
    let pids = || std::iter::once(daemon.pid()).chain(shims.iter().copied());
    let cpu_seconds = || pids().map(machine::cpu_seconds).sum::<Fallible<f64>>();
    let before = cpu_seconds()?;
    let began = clock::now();
    std::thread::sleep(Duration::from_secs(bench.either(30, 3)));
    let percent = (cpu_seconds()? - before) / clock::seconds(began, clock::now()) * 100.0;
    let shim_sizes = shims.iter().map(|pid| machine::pss(*pid)).collect::<Fallible<Vec<f64>>>()?;
    let daemon_size = machine::pss(daemon.pid())?;
    let total = daemon_size + shim_sizes.iter().sum::<f64>();
    let max_total = 15e6 + 0.5e6 * count as f64;
    let memory = format!(
        "{}: daemon {}, a shim {:.2} MB",
        mb(total),
        mb(daemon_size),
        median(&shim_sizes) / 1e6
    );
    Ok(vec![
        Row::new(14, format!("CPU of daemon and {count} shims, idle"))
            .baseline("0")
            .ours(format!("{percent:.3} %"))
            .goal("0.0 %", percent < 0.05),
        Row::new(14, format!("PSS of daemon and {count} shims, idle"))
            .ours(memory)
            .goal(format!("≤ {}", mb(max_total)), total <= max_total),
    ])
}
