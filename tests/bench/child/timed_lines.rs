//! Lines that contain the time at which they were written.

use std::io::{self, Write};
use std::time::Duration;

use crate::clock::{self, Random};
use crate::handshake::ChildHandshake;

use super::raw;

/// Writes `count` lines, 5 to 45 ms apart at random: the number, and the time before the write.
pub(super) fn write(handshake: &str, count: u64, seed: u64) -> io::Result<()> {
    let mut out = raw(&io::stdout())?;
    let mut random = Random::new(seed);
    let mut handshake = ChildHandshake::connect(handshake)?;
    handshake.wait_for_start()?;
    for number in 0..count {
        std::thread::sleep(Duration::from_micros(random.between(5_000, 45_000)));
        out.write_all(format!("{number} {}\n", clock::now()).as_bytes())?;
    }
    handshake.report("")
}
