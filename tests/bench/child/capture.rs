//! The baseline of capturing output: it reads from a large pipe, appends to a log and an index, and
//! during a flood of small writes it sleeps before the next read, so that each read returns more.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::raw;

const PIPE_BYTES: usize = 256 << 10;

/// Reads that follow each other faster than this, and are not full, are part of a flood.
const FLOOD_INTERVAL: Duration = Duration::from_micros(300);

/// Consecutive reads of a flood after which it sleeps.
const FLOOD_READS: u32 = 8;

const FLOOD_SLEEP: Duration = Duration::from_micros(500);

/// Copies standard input to a log, with an index entry for each read.
pub(super) fn capture(log: &Path, index: &Path) -> io::Result<()> {
    let mut input = raw(&io::stdin())?;
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(&input, PIPE_BYTES)?;
    let mut log = File::create(log)?;
    let mut index = File::create(index)?;
    let mut buffer = vec![0; PIPE_BYTES];
    let began = Instant::now();
    let mut end = 0;
    let mut flood_reads = 0;
    let mut ready = began;
    loop {
        let count = input.read(&mut buffer)?;
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
        let is_flood = now.duration_since(ready) < FLOOD_INTERVAL && count < PIPE_BYTES / 2;
        flood_reads = if is_flood { flood_reads + 1 } else { 0 };
        if flood_reads >= FLOOD_READS {
            std::thread::sleep(FLOOD_SLEEP);
        }
        ready = Instant::now();
    }
}
