//! `prompt`: how many processes run here and how many ended badly, in a few characters. A prompt
//! waits for it, so it starts no daemon and is silent where there is nothing to say.

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use persistproc_api::process::Process;
use serde_json::json;

use crate::context::Context;
use crate::error::Outcome;
use crate::quick;
use crate::render::{self, words};

/// Longer nobody waits for a prompt.
const PATIENCE: Duration = Duration::from_millis(20);

pub(crate) fn run(context: &Context) -> Outcome {
    let Ok(here) = env::current_dir() else { return Ok(ExitCode::SUCCESS) };
    let processes = quick::processes(context.data_dirs().clone(), PATIENCE);
    let (running, failed) = counts(&processes, &here);
    if context.json() {
        render::json(&json!({ "running": running, "failed": failed }))?;
        return Ok(ExitCode::SUCCESS);
    }
    render::lines(segment(running, failed))?;
    Ok(ExitCode::SUCCESS)
}

/// Those in this directory or below it.
fn counts(processes: &[Process], here: &Path) -> (usize, usize) {
    let ours = || processes.iter().filter(|process| process.working_directory.starts_with(here));
    let running = ours().filter(|process| process.status.is_alive()).count();
    (running, ours().filter(|process| words::went_wrong(&process.status)).count())
}

fn segment(running: usize, failed: usize) -> Option<String> {
    let part = |sign: &str, count: usize| (count > 0).then(|| format!("{sign}{count}"));
    let parts: Vec<_> = [part("▶", running), part("✗", failed)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn nothing_to_say_is_nothing_said() {
        assert_eq!(segment(0, 0), None);
        assert_eq!(segment(2, 0).as_deref(), Some("▶2"));
        assert_eq!(segment(2, 1).as_deref(), Some("▶2 ✗1"));
    }
}
