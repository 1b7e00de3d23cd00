//! Floods of numbered lines.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use rustix::process::{Signal, getpid, kill_process};

use crate::clock::Random;
use crate::handshake::ChildHandshake;
use crate::lines::{Batch, LENGTH};

use super::raw;

/// Lines that are generated at a time: a whole number of 64 KiB chunks.
const BATCH_LINES: u64 = 16384;

/// Writes `bytes` in chunks, and `rate` bytes a second unless it is 0. With a rate it reports the
/// longest write in nanoseconds; without one it does not read the clock, because that takes time.
pub(super) fn flood(handshake: &str, chunk: usize, bytes: u64, rate: u64) -> io::Result<()> {
    let mut out = raw(&io::stdout())?;
    let mut batch = Batch::new(BATCH_LINES as usize);
    let mut handshake = ChildHandshake::connect(handshake)?;
    let total = bytes / LENGTH as u64;
    handshake.wait_for_start()?;
    let began = Instant::now();
    let mut longest = Duration::ZERO;
    while batch.generated() < total {
        let count = BATCH_LINES.min(total - batch.generated());
        let mut written = (batch.generated() * LENGTH as u64) as f64;
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
    handshake.report(&longest.as_nanos().to_string())
}

/// Writes `count` lines to each stream in pieces of random size, and ends at once: it `exit`s, is
/// `killed`, or exits after an incomplete line (`cut`).
pub(super) fn two_streams(count: u64, seed: u64, end: &str) -> io::Result<()> {
    let mut out = [raw(&io::stdout())?, raw(&io::stderr())?];
    let mut batch = Batch::new(count as usize);
    let lines = batch.next(count).to_vec();
    let mut at = [0; 2];
    let mut random = Random::new(seed);
    while at.iter().any(|at| *at < lines.len()) {
        let stream = random.between(0, 2) as usize;
        let until = lines.len().min(at[stream] + random.between(1, 9000) as usize);
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
