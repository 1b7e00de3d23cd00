//! `prompt`: how many processes of this directory run and how many failed, in a few characters. The
//! shell waits for it at every prompt, so it starts no daemon and gives up after a few milliseconds.

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use persistproc_api::process::Process;
use serde_json::json;

use crate::context::Context;
use crate::error::Outcome;
use crate::quick_list;
use crate::render;

/// How long the daemon may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(20);

/// Processes of a directory and its subdirectories.
#[derive(Clone, Copy)]
struct Counts {
    running: usize,
    failed: usize,
}

pub(crate) fn run(context: &Context) -> Outcome {
    let Ok(directory) = env::current_dir() else { return Ok(ExitCode::SUCCESS) };
    let processes = quick_list::processes(context.data_dirs().clone(), ANSWER_TIMEOUT);
    let counts = count(&processes, &directory);
    if context.json() {
        render::json(&json!({ "running": counts.running, "failed": counts.failed }))?;
    } else {
        render::lines(segment(counts))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn count(processes: &[Process], directory: &Path) -> Counts {
    let mut counts = Counts { running: 0, failed: 0 };
    for process in processes {
        if !process.working_directory.starts_with(directory) {
            continue;
        }
        if process.status.is_alive() {
            counts.running += 1;
        } else if process.status.is_failure() {
            counts.failed += 1;
        }
    }
    counts
}

/// The segment of the prompt, such as `▶2 ✗1`; none if both counts are zero.
fn segment(counts: Counts) -> Option<String> {
    let parts = [("▶", counts.running), ("✗", counts.failed)];
    let parts = parts.into_iter().filter(|(_, count)| *count > 0);
    let parts: Vec<_> = parts.map(|(sign, count)| format!("{sign}{count}")).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_segment_leaves_out_zeros() {
        let segment = |running, failed| segment(Counts { running, failed });
        assert_eq!(segment(0, 0), None);
        assert_eq!(segment(2, 0).as_deref(), Some("▶2"));
        assert_eq!(segment(2, 1).as_deref(), Some("▶2 ✗1"));
    }
}
