//! [`forget`]: deletes the record and the logs of an ended process, on request or because too many
//! have ended. Short commands that succeeded go before others.

use std::sync::Arc;

use persistproc_api::control::Forgotten;
use persistproc_api::{Exit, Problem, Process, Status, Time};

use super::registry::Registry;
use super::runs::handle::ProcessHandle;
use super::runs::task_request::TaskRequest;

/// A command that took less time is brief.
const MAX_BRIEF_SECONDS: f64 = 10.0;

/// Brief processes take at most one of this many places.
const BRIEF_SHARE: usize = 4;

/// Forgets an ended process and measures what that frees.
pub(crate) async fn forget_measured(
    registry: &Registry,
    handle: &ProcessHandle,
) -> Result<Forgotten, Problem> {
    let folder = registry.folder(&handle.id);
    // A folder that cannot be measured can still be deleted.
    let runs = folder.runs().unwrap_or_default().len() as u32;
    let log_bytes = folder.log_bytes().unwrap_or_default();
    let process = forget(registry, handle).await?;
    Ok(Forgotten { process, runs, log_bytes })
}

/// Forgets an ended process.
pub(crate) async fn forget(
    registry: &Registry,
    handle: &ProcessHandle,
) -> Result<Process, Problem> {
    let forgotten = handle.ask(|reply| TaskRequest::Forget { reply }).await;
    registry.remove_forgotten();
    forgotten
}

/// If more processes have ended than the limits keep, forgets some of them in the background.
pub(crate) fn forget_oldest(registry: &Arc<Registry>) {
    let (ended, handles): (Vec<EndedProcess>, Vec<ProcessHandle>) = registry
        .handles()
        .values()
        .filter_map(|handle| {
            let ended = EndedProcess::of(&handle.view.borrow().process)?;
            Some((ended, handle.clone()))
        })
        .unzip();
    let surplus = surplus(&ended, registry.limits().keep_processes as usize);
    if surplus.is_empty() {
        return;
    }
    let surplus: Vec<ProcessHandle> =
        surplus.into_iter().map(|index| handles[index].clone()).collect();
    let registry = registry.clone();
    tokio::spawn(async move {
        for handle in surplus {
            // Fails for a process that was started again in the meantime.
            handle.ask(|reply| TaskRequest::Forget { reply }).await.ok();
        }
        registry.remove_forgotten();
    });
}

/// What the order of forgetting depends on.
#[derive(Clone, Copy, Debug)]
struct EndedProcess {
    end_time: Option<Time>,
    /// A short command without a name of its own that succeeded, such as `ls`.
    is_brief: bool,
}

impl EndedProcess {
    /// `None` for a process that runs, or has not run yet.
    fn of(process: &Process) -> Option<Self> {
        let status = &process.status;
        if process.run == 0 || status.is_alive() {
            return None;
        }
        let is_brief = match status {
            Status::Exited { exit: Exit::Code(0), start_time, end_time, .. } => {
                end_time.seconds_since(*start_time) < MAX_BRIEF_SECONDS
            }
            _ => false,
        };
        Some(Self { end_time: status.end_time(), is_brief: is_brief && !process.has_own_label() })
    }
}

/// The indices of the ended processes to forget so that `keep` remain. Brief ones go first, and take
/// at most a quarter of the room in any case; then those that ended first.
fn surplus(ended: &[EndedProcess], keep: usize) -> Vec<usize> {
    let mut brief: Vec<usize> = (0..ended.len()).filter(|index| ended[*index].is_brief).collect();
    let mut others: Vec<usize> = (0..ended.len()).filter(|index| !ended[*index].is_brief).collect();
    for indices in [&mut brief, &mut others] {
        indices.sort_by_key(|index| ended[*index].end_time);
    }
    let too_many = ended.len().saturating_sub(keep);
    let too_many_brief = brief.len().saturating_sub(keep.div_ceil(BRIEF_SHARE));
    let forgotten_brief = too_many.max(too_many_brief).min(brief.len());
    let forgotten_others = too_many.saturating_sub(forgotten_brief);
    brief.truncate(forgotten_brief);
    others.truncate(forgotten_others);
    brief.extend(others);
    brief
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The processes that are forgotten, as letters in the order in which they ended. Brief ones have
    /// small letters.
    fn forgotten(ended: &str, keep: usize) -> String {
        let letters: Vec<char> = ended.chars().collect();
        let ended: Vec<EndedProcess> = letters
            .iter()
            .zip(0_i64..)
            .map(|(letter, micros)| EndedProcess {
                end_time: Some(Time::from_micros(micros)),
                is_brief: letter.is_lowercase(),
            })
            .collect();
        surplus(&ended, keep).into_iter().map(|index| letters[index]).collect()
    }

    #[test]
    fn brief_processes_are_forgotten_before_others() {
        for (ended, keep, expected) in [
            ("", 4, ""),
            ("ABCD", 4, ""),
            ("ABCDE", 4, "A"),
            ("ABCDe", 4, "e"),
            ("AbCdE", 4, "b"),
            ("AbCdEF", 4, "bd"),
            ("AbCDEFG", 4, "bAC"),
            // One brief process in four.
            ("abc", 4, "ab"),
            ("abcdefgh", 8, "abcdef"),
            ("ab", 0, "ab"),
        ] {
            assert_eq!(forgotten(ended, keep), expected, "{ended} {keep}");
        }
    }

    #[test]
    fn a_process_without_an_end_time_is_forgotten_first() {
        let lost = EndedProcess { end_time: None, is_brief: false };
        let ended = EndedProcess { end_time: Some(Time::from_micros(0)), ..lost };
        assert_eq!(surplus(&[ended, lost], 1), [1]);
    }
}
