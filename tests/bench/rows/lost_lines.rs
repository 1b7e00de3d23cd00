//! Floods on both streams that end at once, in every way a program can end: what is missing?

use std::time::Duration;

use persistproc_api::process::Process;
use serde_json::json;

use crate::bench::Bench;
use crate::check::{Checker, Faults};
use crate::clock;
use crate::row::Row;
use crate::store::Store;
use crate::world::{ROOMY, World};
use crate::{Fallible, lines};

const ENDS: [&str; 3] = ["exit", "killed", "cut"];

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let mut dice = clock::Dice::new(4);
    let mut faults = Faults::default();
    let floods = bench.either(150, 15);
    for flood in 0..floods {
        let count = 1 << dice.between(0, 14);
        faults = faults + one(&world, flood, count, ENDS[flood as usize % ENDS.len()])?;
    }
    let bad = faults.lost + faults.torn + faults.misplaced;
    let row =
        Row::new(4, format!("lines lost, torn or out of order, {floods} floods that end at once"));
    let row = row.limit("0").ours(format!("{bad} of {}", faults.lines)).goal("0", bad == 0);
    Ok(vec![row.checked(bench.found(faults))])
}

/// One flood: both files, and the combined output as a reader gets it.
fn one(world: &World, flood: u64, count: u64, end: &str) -> Fallible<Faults> {
    let label = format!("loss-{flood}");
    let role = ["both", &count.to_string(), &flood.to_string(), end];
    let id = world.start_role(&label, &role)?.process.id;
    let ended = clock::until("a flood to end", Duration::from_millis(2), || {
        let process = world.client.process(&id, None)?;
        Ok((!process.status.is_alive()).then_some(process))
    })?;
    let cut = u64::from(end == "cut");
    let store = Store::of(&ended);
    let mut faults = store.check("stdout", count)? + store.check("stderr", count)?;
    let page = combined(world, &ended, count, cut)?;
    // The line that was cut is there, and is cut.
    faults.torn = faults.torn.abs_diff(cut);
    world.discard(&id)?;
    Ok(faults + page)
}

/// Lines of the two streams alternate as they like; each stream is in order.
fn combined(world: &World, process: &Process, count: u64, cut: u64) -> Fallible<Faults> {
    let query = json!({ "lines": "all", "stream": "combined" });
    let page = world.client.output(&process.id, &serde_json::from_value(query)?)?;
    let mut seen = vec![0_u8; count as usize];
    let mut streams = [Checker::new(), Checker::new()];
    let mut faults = Faults::default();
    for line in &page.output {
        let whole = format!("{line}\n");
        match lines::number(whole.as_bytes()) {
            // A number's first line belongs to whichever stream is ahead.
            Some(number) if (number as usize) < seen.len() => {
                let stream = usize::from(seen[number as usize] > 0);
                seen[number as usize] += 1;
                streams[stream].feed(whole.as_bytes());
            }
            _ => faults.torn += 1,
        }
    }
    faults.torn = faults.torn.abs_diff(cut);
    let [first, second] = streams;
    Ok(faults + first.finish(count) + second.finish(count))
}
