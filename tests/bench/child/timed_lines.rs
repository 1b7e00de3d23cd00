//! Lines that say when they were written, at moments nobody expects.

use std::io::{self, Write};
use std::time::Duration;

use crate::clock::{self, Dice};
use crate::gate::Visit;

use super::raw;

/// Writes `count` lines, 5 to 45 ms apart: the number, and the time right before the write.
pub(super) fn lines(gate: &str, count: u64, seed: u64) -> io::Result<()> {
    let mut out = raw(&io::stdout())?;
    let mut dice = Dice::new(seed);
    let mut visit = Visit::at(gate)?;
    visit.wait()?;
    for number in 0..count {
        std::thread::sleep(Duration::from_micros(dice.between(5_000, 45_000)));
        out.write_all(format!("{number} {}\n", clock::now()).as_bytes())?;
    }
    visit.leave("")
}
