//! Floods of numbered lines.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use rustix::process::{Signal, getpid, kill_process};

use crate::clock::Dice;
use crate::gate::Visit;
use crate::lines::{Batch, LENGTH};

use super::raw;

/// Lines are made this many at a time: whole chunks of 64 KiB.
const BATCH: u64 = 16384;

/// Writes `bytes` in chunks, so many a second if `rate` is not 0, and reports its longest write
/// in nanoseconds (only with a rate: looking at the clock costs).
pub(super) fn flood(gate: &str, chunk: usize, bytes: u64, rate: u64) -> io::Result<()> {
    let mut out = raw(&io::stdout())?;
    let mut batch = Batch::new(BATCH as usize);
    let mut visit = Visit::at(gate)?;
    let total = bytes / LENGTH as u64;
    visit.wait()?;
    let (began, mut longest) = (Instant::now(), Duration::ZERO);
    while batch.made() < total {
        let count = BATCH.min(total - batch.made());
        let mut written = (batch.made() * LENGTH as u64) as f64;
        for piece in batch.next(count).chunks(chunk) {
            if rate == 0 {
                out.write_all(piece)?;
                continue;
            }
            let due = Duration::from_secs_f64(written / rate as f64);
            let early = due.saturating_sub(began.elapsed());
            if early > Duration::from_millis(1) {
                std::thread::sleep(early);
            }
            let before = Instant::now();
            out.write_all(piece)?;
            longest = longest.max(before.elapsed());
            written += piece.len() as f64;
        }
    }
    visit.leave(&longest.as_nanos().to_string())
}

/// Writes `count` lines to each stream in pieces of any size, and ends at once: `exit`s, is
/// `killed`, or ends `cut`, in the middle of a line.
pub(super) fn both(count: u64, seed: u64, end: &str) -> io::Result<()> {
    let mut out = [raw(&io::stdout())?, raw(&io::stderr())?];
    let mut batch = Batch::new(count as usize);
    let lines = batch.next(count).to_vec();
    let (mut at, mut dice) = ([0; 2], Dice::new(seed));
    while at.iter().any(|at| *at < lines.len()) {
        let stream = dice.between(0, 2) as usize;
        let until = lines.len().min(at[stream] + dice.between(1, 9000) as usize);
        out[stream].write_all(&lines[at[stream]..until])?;
        at[stream] = until;
    }
    match end {
        "cut" => out[0].write_all(b"cut")?,
        "killed" => kill_process(getpid(), Signal::KILL)?,
        _ => {}
    }
    Ok(())
}
