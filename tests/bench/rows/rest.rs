//! A REST call on a connection that is kept, beside an empty handler and the same client.

use std::process::{Child, Stdio};
use std::time::Duration;

use crate::bench::Bench;
use crate::check::Faults;
use crate::row::{Row, ms};
use crate::rows::tail::filled;
use crate::stats::{Pairs, median};
use crate::wire::Wire;
use crate::world::{ROOMY, World};
use crate::{Fallible, clock};

/// Calls in a row on one side.
const BATCH: usize = 100;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let id = filled(bench, &world, "lines", 1_000_000)?;
    let socket = bench.sockets().join("hello");
    let hello = bench.child(&["hello", &socket.to_string_lossy()])?.stdin(Stdio::null()).spawn()?;
    let _hello = Killed(hello);
    let mut bare =
        clock::until(
            "an empty handler",
            Duration::from_millis(5),
            || Ok(Wire::open(&socket).ok()),
        )?;
    let mut wire = world.wire()?;
    let list = beside(bench, &mut bare, &mut wire, "/v1/processes", 1)?;
    let page = format!("/v1/processes/{id}/output?lines=100");
    let lines = beside(bench, &mut bare, &mut wire, &page, 100)?;
    Ok(vec![
        Row::new(13, "REST list, kept connection").times(&list, ms, 3.0),
        Row::new(13, "REST 100 lines, kept connection").times(&lines, ms, 3.0),
    ])
}

fn beside(
    bench: &Bench,
    bare: &mut Wire,
    wire: &mut Wire,
    path: &str,
    items: usize,
) -> Fallible<Pairs> {
    check(bench, wire, path, items)?;
    in_turn(bench, || asked(bare, "/"), || asked(wire, path))
}

/// A server that was just busy answers sooner: both are asked many times in a row.
pub(super) fn in_turn(
    bench: &Bench,
    mut bare: impl FnMut() -> Fallible<f64>,
    mut ours: impl FnMut() -> Fallible<f64>,
) -> Fallible<Pairs> {
    let mut pairs = Pairs::default();
    for _ in 0..bench.either(30, 10) {
        let limit = (0..BATCH).map(|_| bare()).collect::<Fallible<Vec<_>>>()?;
        let ours = (0..BATCH).map(|_| ours()).collect::<Fallible<Vec<_>>>()?;
        pairs.push(median(&limit), median(&ours));
    }
    Ok(pairs)
}

fn asked(wire: &mut Wire, path: &str) -> Fallible<f64> {
    let began = clock::now();
    let answer = wire.get(path)?;
    let seconds = clock::seconds(began, clock::now());
    if answer.status == 200 {
        Ok(seconds)
    } else {
        Err(format!("{path} answered {}", answer.status).into())
    }
}

/// The answer is what it should be: the first list in it has so many items.
fn check(bench: &Bench, wire: &mut Wire, path: &str, items: usize) -> Fallible {
    let answer: serde_json::Value = serde_json::from_slice(&wire.get(path)?.body)?;
    let list = answer.get("processes").or(answer.get("output")).and_then(|list| list.as_array());
    let found = list.map_or(0, Vec::len);
    bench.found(Faults {
        lines: items as u64,
        lost: items.abs_diff(found) as u64,
        ..Faults::default()
    });
    Ok(())
}

/// Ends with its owner.
pub(super) struct Killed(pub(super) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
