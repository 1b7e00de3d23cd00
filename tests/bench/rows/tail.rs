//! The last 100 lines of a large log, beside `tail` on a plain file, and beside a small log.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use crate::bench::{Bench, program};
use crate::check::Faults;
use crate::gate::Gate;
use crate::row::{Row, ms};
use crate::rows::start::timed;
use crate::stats::{Pairs, median};
use crate::world::{ROOMY, World, printed};
use crate::{Failure, Fallible, clock};

const CHUNK: &str = "65536";

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let bytes = large(bench);
    let (file, id) = (plain(bench, bytes)?, filled(bench, &world, "large", bytes)?);
    let small = filled(bench, &world, "small", 1_000_000)?;
    let tail = || {
        let mut tail = program("tail")?;
        tail.args(["-n", "100"]).arg(&file);
        Ok::<_, Failure>(tail)
    };
    let last = |id: &str| world.cli(&["output", "--lines", "100", id]);
    let same = printed(&mut tail()?)? == printed(&mut last(&id))?;
    let faults = Faults { lines: 100, lost: if same { 0 } else { 100 }, ..Faults::default() };
    let (mut beside, mut growth) = (Pairs::default(), Pairs::default());
    for _ in 0..bench.either(60, 15) {
        let ours = timed(&mut last(&id))?;
        beside.push(timed(&mut tail()?)?, ours);
        growth.push(timed(&mut last(&small))?, ours);
    }
    std::fs::remove_file(file)?;
    let what = format!("last 100 lines of {} GB", bytes as f64 / 1e9);
    let grown = growth.ratio();
    Ok(vec![
        Row::new(11, format!("{what}, beside `tail -n 100`"))
            .times(&beside, ms, 2.0)
            .checked(bench.found(faults)),
        Row::new(11, format!("{what}, beside 1 MB"))
            .limit(ms(median(&growth.limit)))
            .ours(ms(median(&growth.ours)))
            .ratio(grown)
            .goal("≤ 1.2 ×", grown <= 1.2),
    ])
}

/// Bytes of a large log.
pub(super) fn large(bench: &Bench) -> u64 {
    bench.either(1_000_000_000, 100_000_000)
}

/// A plain file of numbered lines.
pub(super) fn plain(bench: &Bench, bytes: u64) -> Fallible<PathBuf> {
    let file = bench.files().join("plain.log");
    let gate = Gate::new(bench.sockets(), "plain")?;
    let role = ["flood", &gate.path(), CHUNK, &bytes.to_string(), "0", "exit"];
    let mut child =
        bench.child(&role)?.stdin(Stdio::null()).stdout(File::create(&file)?).spawn()?;
    released(&gate)?;
    child.wait()?;
    Ok(file)
}

fn released(gate: &Gate) -> Fallible {
    let mut held = gate.arrival()?;
    held.go()?;
    held.report()?;
    Ok(())
}

/// An ended process that wrote this much.
pub(super) fn filled(bench: &Bench, world: &World, label: &str, bytes: u64) -> Fallible<String> {
    let gate = Gate::new(bench.sockets(), label)?;
    let role = ["flood", &gate.path(), CHUNK, &bytes.to_string(), "0", "exit"];
    let id = world.start_role(label, &role)?.process.id;
    released(&gate)?;
    clock::until("a large log", Duration::from_millis(5), || {
        let ended = !world.client.process(&id, None)?.status.is_alive();
        Ok(ended.then_some(()))
    })?;
    Ok(id)
}
