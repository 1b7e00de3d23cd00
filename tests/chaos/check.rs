//! What is told of each child, beside what it wrote down itself: every byte of both streams in
//! order, how it ended, and that the index says the same as the logs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::round::{Child, Round};
use crate::support::wait::within;

/// Logs that are mended are there, mended, within this.
const MENDED: Duration = Duration::from_secs(10);

/// The most a child writes at once: the last piece of one that was killed may have got no further
/// than its own copy.
const PIECE: usize = 65536;

/// Compares everything.
pub(super) fn all(round: &mut Round) {
    let list = round.world.list();
    let mut losses = Vec::new();
    for child in &round.children {
        let Some(told) = list.iter().find(|told| told["label"] == child.label.as_str()) else {
            losses.push(format!("{}: the process is lost", child.label));
            continue;
        };
        let copies = child.copies(&round.world);
        let mut found: Vec<String> = exit(child, told, &copies).err().into_iter().collect();
        for (stream, copy) in [("log_stdout", "out"), ("log_stderr", "err")] {
            let log = fs::read(told[stream].as_str().unwrap()).unwrap_or_default();
            let copy = fs::read(copies.with_extension(copy)).unwrap_or_default();
            round.outcome.bytes += copy.len() as u64;
            let copy = if child.kind == "terminal" { with_returns(&copy) } else { copy };
            let lost = told["lost_bytes"].as_u64().unwrap_or_default() as usize;
            found.extend(
                bytes(child, &log, &copy, lost).err().map(|error| format!("{stream}: {error}")),
            );
        }
        // A daemon mends what it finds damaged after it opened its doors.
        found.extend(within(MENDED, || index(told)).err());
        losses.extend(found.into_iter().map(|what| format!("{}: {what}\n{told}", child.label)));
    }
    round.outcome.losses.extend(losses);
}

/// How it ended.
fn exit(child: &Child, told: &Value, copies: &Path) -> Result<(), String> {
    let note = fs::read_to_string(copies.with_extension("exit")).unwrap_or_default();
    let said = match (told["exit_code"].as_i64(), told["signal"].as_i64()) {
        (Some(code), _) => code.to_string(),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "nothing".to_owned(),
    };
    let status = told["status"].as_str().unwrap_or_default();
    let well = match (child.forsaken, child.killed) {
        (true, _) => matches!(status, "exited" | "terminated" | "lost"),
        (false, true) => status == "exited" && (said == note || said == "signal 9"),
        (false, false) if child.kind == "forever" => status == "terminated" && said == note,
        (false, false) => status == "exited" && said == note,
    };
    if well { Ok(()) } else { Err(format!("{status} with {said}, and it noted {note:?}")) }
}

/// The log against the copy: the same, but for gaps that are told of; how much is missing at the
/// end of the log.
pub(crate) fn missing(log: &[u8], copy: &[u8]) -> Result<usize, String> {
    let mut at = 0;
    for part in parts(log) {
        match part {
            Part::Bytes(bytes) if copy.get(at..).is_some_and(|copy| copy.starts_with(bytes)) => {
                at += bytes.len();
            }
            Part::Bytes(bytes) => {
                let copy = copy.get(at..).unwrap_or_default();
                let same = bytes.iter().zip(copy).take_while(|(log, copy)| log == copy).count();
                let shown = |bytes: &[u8]| {
                    let from = same.saturating_sub(30).min(bytes.len());
                    String::from_utf8_lossy(&bytes[from..bytes.len().min(same + 60)]).into_owned()
                };
                let (log, copy) = (shown(bytes), shown(copy));
                return Err(format!("other bytes at {}:\n  {log:?}\n  {copy:?}", at + same));
            }
            Part::Missing(count) => at += count,
        }
    }
    Ok(copy.len().saturating_sub(at))
}

fn bytes(child: &Child, log: &[u8], copy: &[u8], lost: usize) -> Result<(), String> {
    let missing = missing(log, copy)?;
    let excused = match (child.forsaken, child.killed) {
        (true, _) => missing,
        (false, true) => PIECE,
        (false, false) => 0,
    };
    if missing <= excused.max(lost) {
        Ok(())
    } else {
        Err(format!("{missing} bytes are missing at the end"))
    }
}

enum Part<'a> {
    Bytes(&'a [u8]),
    Missing(usize),
}

/// A log, taken apart at its markers.
fn parts(log: &[u8]) -> Vec<Part<'_>> {
    const BEGIN: &[u8] = b"\n[persistproc: ";
    const END: &[u8] = b" bytes of output are missing here, the disk was full]\n";
    let (mut parts, mut rest) = (Vec::new(), log);
    while let Some(place) = rest.windows(BEGIN.len()).position(|bytes| bytes == BEGIN) {
        let after = &rest[place + BEGIN.len()..];
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !after[digits..].starts_with(END) {
            break;
        }
        parts.push(Part::Bytes(&rest[..place]));
        let count = std::str::from_utf8(&after[..digits]).unwrap();
        parts.push(Part::Missing(count.parse().unwrap()));
        rest = &after[digits + END.len()..];
    }
    parts.push(Part::Bytes(rest));
    parts
}

/// A terminal writes two bytes for the end of a line.
fn with_returns(copy: &[u8]) -> Vec<u8> {
    let lines = copy.split_inclusive(|byte| *byte == b'\n');
    let ended = lines.map(|line| match line.strip_suffix(b"\n") {
        Some(line) => [line, b"\r\n"].concat(),
        None => line.to_vec(),
    });
    ended.collect::<Vec<_>>().concat()
}

/// Read by its index, the combined log is both streams.
fn index(told: &Value) -> Result<(), String> {
    let combined = fs::read(told["log_combined"].as_str().unwrap()).unwrap_or_default();
    let index = Path::new(told["log_combined"].as_str().unwrap()).with_file_name("index");
    let index = fs::read(index).unwrap_or_default();
    let (mut streams, mut at) = ([Vec::new(), Vec::new()], [0_usize; 2]);
    for entry in index.chunks(40) {
        let word =
            |number: usize| Some(u64::from_le_bytes(*entry.get(number * 8..)?.first_chunk()?));
        let (Some(kind), Some(out), Some(err)) = (word(0), word(1), word(2)) else {
            return Err("a torn index".into());
        };
        let now = [out as usize, err as usize];
        let place = at[0] + at[1];
        match kind & 0xFF {
            1 | 2 => {
                let source = (kind & 0xFF) as usize - 1;
                let bytes =
                    combined.get(place..now[0] + now[1]).ok_or("an index beyond the log")?;
                streams[source].extend_from_slice(bytes);
            }
            _ => {}
        }
        at = now;
    }
    for (stream, bytes) in ["log_stdout", "log_stderr"].into_iter().zip(streams) {
        let log = fs::read(told[stream].as_str().unwrap()).unwrap_or_default();
        if log != bytes {
            return Err(format!(
                "by the index {stream} has {} bytes, it has {}",
                bytes.len(),
                log.len()
            ));
        }
    }
    Ok(())
}
