//! A regular expression over a large log, beside `rg` on a plain file (`grep -E` where there is
//! none), and the memory it takes.

use std::path::Path;
use std::process::Command;

use persistproc_api::routes;

use crate::bench::{Bench, on_path, program};
use crate::check::Faults;
use crate::row::{Row, mb, ms};
use crate::rows::tail::{filled, large, plain};
use crate::stats::{Pairs, median};
use crate::wire::Wire;
use crate::world::{ROOMY, World, printed};
use crate::{Fallible, clock, machine};

/// What is looked for. Neither has a letter that smart case could see otherwise than `rg` does.
const PATTERNS: [(&str, &str); 2] =
    [("a number", "000000654321"), ("a pattern of classes", "^[0-9]{6}[67][56]4[34]21 [^A-Z]+ok")];

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let mut wire = world.wire()?;
    if wire.get("/v1/search?grep=nothing")?.status != 200 {
        return Ok(vec![
            Row::new(12, "a regex over 1 GB").goal("≤ 1 ×", true).absent("not built yet"),
        ]);
    }
    let bytes = large(bench);
    let file = plain(bench, bytes)?;
    filled(bench, &world, "large", bytes)?;
    let mut rows = Vec::new();
    for (what, pattern) in PATTERNS {
        rows.extend(searched(bench, &world, &mut wire, &file, what, pattern)?);
    }
    std::fs::remove_file(file)?;
    Ok(rows)
}

fn searched(
    bench: &Bench,
    world: &World,
    wire: &mut Wire,
    file: &Path,
    what: &str,
    pattern: &str,
) -> Fallible<Vec<Row>> {
    let path = format!("/v1/search?lines=1000&grep={}", routes::encode(pattern));
    let expected = printed(&mut bare(file, pattern)?)?;
    let (before, mut pairs) = (machine::resident(world.daemon())?, Pairs::default());
    machine::forget_peak(world.daemon())?;
    let mut found = 0;
    for _ in 0..bench.either(7, 3) {
        let began = clock::now();
        printed(&mut bare(file, pattern)?)?;
        let limit = clock::seconds(began, clock::now());
        let began = clock::now();
        let answer = wire.get(&path)?;
        pairs.push(limit, clock::seconds(began, clock::now()));
        let answer: serde_json::Value = serde_json::from_slice(&answer.body)?;
        found = answer["matches"].as_array().map_or(0, Vec::len);
    }
    let more = machine::peak(world.daemon())? - before;
    let wanted = expected.split(|byte| *byte == b'\n').count() - 1;
    let faults =
        Faults { lines: wanted as u64, lost: wanted.abs_diff(found) as u64, ..Faults::default() };
    let program = if on_path("rg").is_some() { "rg -j1" } else { "grep -E" };
    let (limit, ours, ratio) = (median(&pairs.limit), median(&pairs.ours), pairs.ratio());
    let what = format!("regex over {} GB, {what}, beside `{program}`", large(bench) as f64 / 1e9);
    let row = Row::new(12, what)
        .limit(ms(limit))
        .ours(format!("{}, + {}", ms(ours), mb(more)))
        .ratio(ratio);
    Ok(vec![row.goal("≤ 1 ×, + 32 MB", ratio <= 1.0 && more <= 32e6).checked(bench.found(faults))])
}

fn bare(file: &Path, pattern: &str) -> Fallible<Command> {
    let (name, flags): (_, &[&str]) = match on_path("rg") {
        Some(_) => ("rg", &["-j1", "--no-config"]),
        None => ("grep", &["-E"]),
    };
    let mut command = program(name)?;
    command.args(flags).arg(pattern).arg(file).env("LC_ALL", "C");
    Ok(command)
}
