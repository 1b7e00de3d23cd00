//! Compares the report of persistproc about each child with the record of the child: every byte of both
//! streams in order, and the exit code. Also checks that the index agrees with the logs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::round::{Child, Round, has_terminal};
use crate::support::World;
use crate::support::wait::within;

/// How long the daemon may take to repair a damaged log after its start.
const REPAIR_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum number of bytes that a child writes at once. The child records each piece before it writes
/// it, so the last piece of a killed child may be in the record only.
const PIECE_BYTES: usize = 65536;

/// Compares everything, and adds the differences to the losses of the round.
pub(super) fn check_all(round: &mut Round) {
    let list = round.world.list();
    let mut losses = Vec::new();
    let mut ports = BTreeSet::new();
    for child in &round.children {
        let reported = list.iter().find(|process| process["label"] == child.label.as_str());
        let Some(reported) = reported else {
            if round.is_over && (!child.is_endless() || child.was_orphaned) {
                // When the records were deleted, it had ended or no shim had its record.
                continue;
            }
            losses.push(format!("{}: the process is no longer listed", child.label));
            continue;
        };
        if round.is_over && !child.is_endless() && reported["status"] == "failed" {
            // It had ended when the records were deleted, and is listed as damaged.
            continue;
        }
        let record = child.record(&round.world);
        let mut differences: Vec<String> =
            check_exit(child, reported, &record).err().into_iter().collect();
        let port = &reported["assigned_port"];
        if *port != child.process["assigned_port"]
            || (port.is_u64() && !ports.insert(port.as_u64()))
        {
            differences.push(format!("its port is {port}, of {ports:?}"));
        }
        if child.has_damaged_logs {
            differences.extend(check_damaged_logs(&round.world, child, &record).err());
            let lost = differences.into_iter();
            losses.extend(lost.map(|it| format!("{}: {it}\n{reported}", child.label)));
            continue;
        }
        for (log, copy) in [("log_stdout", "out"), ("log_stderr", "err")] {
            let bytes = fs::read(record.with_extension(copy)).unwrap_or_default();
            round.result.bytes += bytes.len() as u64;
            let difference = check_bytes(child, reported, log, &bytes).err();
            differences.extend(difference.map(|difference| format!("{log}: {difference}")));
        }
        // The daemon repairs damaged logs after it has begun to accept requests.
        differences.extend(within(REPAIR_TIMEOUT, || check_index(reported)).err());
        let lost = differences.into_iter();
        losses.extend(lost.map(|difference| format!("{}: {difference}\n{reported}", child.label)));
    }
    round.result.losses.extend(losses);
}

/// Compares how the child exited.
fn check_exit(child: &Child, reported: &Value, record: &Path) -> Result<(), String> {
    let recorded = fs::read_to_string(record.with_extension("exit")).unwrap_or_default();
    let exit = match (reported["exit_code"].as_i64(), reported["signal"].as_i64()) {
        (Some(code), _) => code.to_string(),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "nothing".to_owned(),
    };
    let status = reported["status"].as_str().unwrap_or_default();
    let is_right = match (child.was_orphaned, child.was_killed) {
        (true, _) => matches!(status, "exited" | "terminated" | "lost"),
        (false, true) => status == "exited" && (exit == recorded || exit == "signal 9"),
        (false, false) if child.is_endless() => status == "terminated" && exit == recorded,
        (false, false) => status == "exited" && exit == recorded,
    };
    if is_right {
        Ok(())
    } else {
        Err(format!("{status} with {exit}, but it recorded {recorded:?}"))
    }
}

/// Checks that output that is missing from a damaged log is reported: the raw output is whole, or its
/// exit code is 1.
fn check_damaged_logs(world: &World, child: &Child, record: &Path) -> Result<(), String> {
    let raw = world.pp(["output", "--raw", "-n", "all", &child.label]);
    let seen = raw.stdout.len() + raw.stderr.len();
    let sizes = ["out", "err"].map(|copy| {
        fs::metadata(record.with_extension(copy)).map_or(0, |file| file.len() as usize)
    });
    let written: usize = sizes.iter().sum();
    match raw.code {
        1 => Ok(()),
        0 if seen == written || !child.is_endless() || child.was_orphaned => Ok(()),
        // A deleted segment is one that the log limit dropped, as far as readers can know.
        0 if raw.err().contains("were dropped") => Ok(()),
        _ => Err(format!("{seen} of {written} bytes, without a word: {}", raw.err())),
    }
}

/// Compares a log with the bytes that the child recorded.
fn check_bytes(child: &Child, reported: &Value, log: &str, copy: &[u8]) -> Result<(), String> {
    let path = Path::new(reported[log].as_str().unwrap());
    let log = fs::read(path).unwrap_or_default();
    let gaps = gaps_of(path);
    let lost_before: usize = gaps.iter().map(|gap| gap.bytes).sum();
    let lost = reported["lost_bytes"].as_u64().unwrap_or_default() as usize;
    let lost_at_end = lost.saturating_sub(lost_before);
    let missing = if has_terminal(child.kind) {
        missing_at_end(&log, &gaps, &with_carriage_returns(copy))?
    } else {
        missing_at_end(&log, &gaps, copy)?
    };
    let tolerated = match (child.was_orphaned, child.was_killed) {
        (true, _) => missing,
        (false, true) => PIECE_BYTES,
        (false, false) => 0,
    };
    if missing <= tolerated.max(lost_at_end) {
        Ok(())
    } else {
        Err(format!("{missing} bytes are missing at the end"))
    }
}

/// How many bytes of `copy` are missing at the end of a log. An error if the log differs in any
/// other way than by its gaps.
pub(crate) fn missing_at_end(log: &[u8], gaps: &[Gap], copy: &[u8]) -> Result<usize, String> {
    let mut read = 0;
    let mut at = 0;
    let end = Gap { offset: log.len(), bytes: 0 };
    for gap in gaps.iter().filter(|gap| gap.offset < log.len()).chain([&end]) {
        let bytes = &log[read..gap.offset];
        let expected = copy.get(at..).unwrap_or_default();
        if !expected.starts_with(bytes) {
            return Err(describe_difference(at, bytes, expected));
        }
        read = gap.offset;
        at += bytes.len() + gap.bytes;
    }
    Ok(copy.len().saturating_sub(at))
}

/// Shows where two byte strings begin to differ.
fn describe_difference(at: usize, found: &[u8], expected: &[u8]) -> String {
    let same = found.iter().zip(expected).take_while(|(found, expected)| found == expected).count();
    let excerpt = |bytes: &[u8]| {
        let from = same.saturating_sub(30).min(bytes.len());
        let to = bytes.len().min(same + 60);
        String::from_utf8_lossy(&bytes[from..to]).into_owned()
    };
    format!("other bytes at {}:\n  {:?}\n  {:?}", at + same, excerpt(found), excerpt(expected))
}

/// A place in a log where bytes are missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gap {
    offset: usize,
    bytes: usize,
}

/// The gaps that are recorded beside a log of one stream.
pub(crate) fn gaps_of(log: &Path) -> Vec<Gap> {
    let stream = log.file_stem().unwrap().to_string_lossy();
    let text = fs::read_to_string(log.with_file_name("gaps.jsonl")).unwrap_or_default();
    let mut gaps: Vec<Gap> = Vec::new();
    for line in text.lines() {
        let Ok(entry) = serde_json::from_str::<Value>(line) else { continue };
        if entry["stream"] != *stream {
            continue;
        }
        let offset = entry["offset"].as_u64().unwrap() as usize;
        // A writer that was killed before it stored the bytes after a gap is followed by one that
        // records the gap again.
        while gaps.pop_if(|gap| gap.offset >= offset).is_some() {}
        let before: usize = gaps.iter().map(|gap| gap.bytes).sum();
        let bytes = entry["lost"].as_u64().unwrap() as usize - before;
        gaps.push(Gap { offset, bytes });
    }
    gaps
}

/// The bytes as a terminal outputs them, with `\r\n` for `\n`.
fn with_carriage_returns(copy: &[u8]) -> Vec<u8> {
    let lines = copy.split_inclusive(|byte| *byte == b'\n');
    let ended = lines.map(|line| match line.strip_suffix(b"\n") {
        Some(line) => [line, b"\r\n"].concat(),
        None => line.to_vec(),
    });
    ended.collect::<Vec<_>>().concat()
}

/// Checks that `combined.log`, divided as the index says, is both streams' own logs.
fn check_index(reported: &Value) -> Result<(), String> {
    let combined_path = Path::new(reported["log_combined"].as_str().unwrap());
    let combined = fs::read(combined_path).unwrap_or_default();
    let index = fs::read(combined_path.with_file_name("index")).unwrap_or_default();
    let mut streams = [Vec::new(), Vec::new()];
    let mut before = [0_usize; 2];
    for entry in index.chunks(40) {
        let word =
            |number: usize| Some(u64::from_le_bytes(*entry.get(number * 8..)?.first_chunk()?));
        let (Some(time_and_kind), Some(stdout), Some(stderr)) = (word(0), word(1), word(2)) else {
            return Err("the index has an incomplete entry".into());
        };
        let end = [stdout as usize, stderr as usize];
        let kind = time_and_kind & 0xFF;
        if kind == 1 || kind == 2 {
            let range = before[0] + before[1]..end[0] + end[1];
            let bytes = combined.get(range).ok_or("the index is longer than the log")?;
            streams[kind as usize - 1].extend_from_slice(bytes);
        }
        before = end;
    }
    for (stream, indexed) in ["log_stdout", "log_stderr"].into_iter().zip(streams) {
        let log = fs::read(reported[stream].as_str().unwrap()).unwrap_or_default();
        if log != indexed {
            return Err(format!(
                "{stream} has {} bytes, the index says {}",
                log.len(),
                indexed.len()
            ));
        }
    }
    Ok(())
}
