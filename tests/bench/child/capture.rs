//! The least that capturing can cost: read from a wide pipe, append, index, and in a flood of
//! small writes gather before the next read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::raw;

const WIDE: usize = 256 << 10;
const NAP: Duration = Duration::from_micros(500);
const QUICK: Duration = Duration::from_micros(300);

/// Copies standard input to a log, with an index entry for each read.
pub(super) fn pump(log: &Path, index: &Path) -> io::Result<()> {
    let mut from = raw(&io::stdin())?;
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(&from, WIDE)?;
    let (mut log, mut index) = (File::create(log)?, File::create(index)?);
    let mut buffer = vec![0; WIDE];
    let (began, mut end, mut streak) = (Instant::now(), 0, 0);
    let mut ready = began;
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let now = Instant::now();
        log.write_all(&buffer[..count])?;
        end += count as u64;
        let mut entry = [0; 16];
        entry[..8].copy_from_slice(&end.to_le_bytes());
        entry[8..].copy_from_slice(&(now.duration_since(began).as_micros() as u64).to_le_bytes());
        index.write_all(&entry)?;
        let flood = now.duration_since(ready) < QUICK && count < WIDE / 2;
        streak = if flood { streak + 1 } else { 0 };
        if streak >= 8 {
            std::thread::sleep(NAP);
        }
        ready = Instant::now();
    }
}
