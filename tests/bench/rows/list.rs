//! `persistproc list` with one process and with a crowd, beside one bare GET; and what the crowd
//! costs while nothing happens.

use std::time::Duration;

use crate::bench::Bench;
use crate::row::{Row, mb, ms};
use crate::rows::start::timed;
use crate::stats::{Pairs, median};
use crate::world::{ROOMY, World, printed};
use crate::{Fallible, clock, machine};

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let size: usize = bench.either(500, 50);
    world.start("crowd-0", &["sleep", "900"])?;
    let one = list(bench, &world, 1)?;
    for at in 1..size {
        world.start(&format!("crowd-{at}"), &["sleep", "900"])?;
    }
    let all = list(bench, &world, size)?;
    bench.note(
        "8: the limit is this program connecting and asking for one process over the same socket.",
    );
    let mut rows = vec![
        Row::new(8, "`persistproc list`, 1 process").times(&one, ms, 1.4),
        Row::new(8, format!("`persistproc list`, {size} processes")).times(&all, ms, 2.5),
    ];
    rows.extend(idle(bench, &world, size)?);
    Ok(rows)
}

fn list(bench: &Bench, world: &World, size: usize) -> Fallible<Pairs> {
    let lines = String::from_utf8(printed(&mut world.cli(&["list"]))?)?.lines().count();
    if lines != size + 1 {
        return Err(format!("a list of {size} processes has {lines} lines").into());
    }
    let socket = world.socket().to_string_lossy().into_owned();
    let mut pairs = Pairs::default();
    for _ in 0..bench.either(60, 15) {
        let mut bare = bench.child(&["get", &socket, "/v1/processes?label=crowd-0"])?;
        pairs.push(timed(&mut bare)?, timed(&mut world.cli(&["list"]))?);
    }
    Ok(pairs)
}

fn idle(bench: &Bench, world: &World, size: usize) -> Fallible<Vec<Row>> {
    let shims = world.shims()?;
    // The daemon's threads that read for the list go after ten seconds without work.
    std::thread::sleep(Duration::from_secs(bench.either(12, 2)));
    let pids = || std::iter::once(world.daemon()).chain(shims.iter().copied());
    let spent = || pids().map(machine::cpu).sum::<Fallible<f64>>();
    let (before, began) = (spent()?, clock::now());
    std::thread::sleep(Duration::from_secs(bench.either(30, 3)));
    let share = (spent()? - before) / clock::seconds(began, clock::now()) * 100.0;
    let sizes = shims.iter().map(|pid| machine::pss(*pid)).collect::<Fallible<Vec<f64>>>()?;
    let (daemon, all) = (machine::pss(world.daemon())?, sizes.iter().sum::<f64>());
    let most = 15e6 + 0.5e6 * size as f64;
    let memory = format!(
        "{}: daemon {}, a shim {:.2} MB",
        mb(daemon + all),
        mb(daemon),
        median(&sizes) / 1e6
    );
    let what = |of| format!("{of} of daemon and {size} shims at rest");
    Ok(vec![
        Row::new(14, what("CPU"))
            .limit("0")
            .ours(format!("{share:.3} %"))
            .goal("0.0 %", share < 0.05),
        Row::new(14, what("PSS"))
            .ours(memory)
            .goal(format!("≤ {}", mb(most)), daemon + all <= most),
    ])
}
