//! [`question`]: whether to stop processes that others than the user of this terminal started.

use std::collections::BTreeMap;
use std::path::Path;

use persistproc_api::Process;

/// The question before all processes are stopped; `None` if this client started all of them in this
/// directory and below.
pub(super) fn question(processes: &[Process], client: &str, directory: &Path) -> Option<String> {
    let running: Vec<_> = processes.iter().filter(|process| process.status.is_alive()).collect();
    let mut by_client: BTreeMap<&str, usize> = BTreeMap::new();
    let mut elsewhere = 0;
    for process in &running {
        match process.started_by.as_deref() {
            Some(other) if other != client => *by_client.entry(other).or_default() += 1,
            _ if !process.working_directory.starts_with(directory) => elsewhere += 1,
            _ => {}
        }
    }
    let clients = by_client.iter().map(|(client, count)| (*count, format!("by {client}")));
    let mut others: Vec<(usize, String)> = clients.collect();
    if elsewhere > 0 {
        let place = if elsewhere == 1 { "another directory" } else { "other directories" };
        others.push((elsewhere, format!("in {place}")));
    }
    let (first, rest) = others.split_first()?;
    let verb = if first.0 == 1 { "was" } else { "were" };
    let rest: Vec<_> = rest.iter().map(|(count, who)| format!(" and {count} {who}")).collect();
    let (count, who) = first;
    let all = running.len();
    let (noun, stop) = match all {
        1 => ("process", "Stop it?".to_owned()),
        _ => ("processes", format!("Stop all {all}?")),
    };
    Some(format!("{count} of {all} {noun} {verb} started {who}{}. {stop}", rest.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(directory: &str, started_by: Option<&str>, status: &str) -> Process {
        serde_json::from_value(serde_json::json!({
            "id": "x", "label": "x", "command": ["x"], "working_directory": directory,
            "status": status, "pid": 1, "start_time": "2026-11-22T14:00:00Z",
            "end_time": "2026-11-22T14:00:01Z", "exit_code": 0, "run": 1, "tty": false,
            "log_combined": "/l", "log_stdout": "/l", "log_stderr": "/l",
            "started_by": started_by,
        }))
        .unwrap()
    }

    #[test]
    fn processes_of_others_are_counted() {
        let ours = process("/home/me/todo", Some("cli"), "running");
        let older = process("/home/me/todo/api", None, "running");
        let agents = process("/home/me/todo", Some("claude-code"), "running");
        let ended = process("/home/me/todo", Some("claude-code"), "exited");
        let elsewhere = process("/srv", Some("cli"), "running");
        let ask = |processes: &[&Process]| {
            let processes: Vec<_> = processes.iter().map(|process| (*process).clone()).collect();
            question(&processes, "cli", Path::new("/home/me/todo")).unwrap_or_default()
        };
        assert_eq!(ask(&[]), "");
        assert_eq!(ask(&[&ours, &older, &ended]), "");
        assert_eq!(ask(&[&agents]), "1 of 1 process was started by claude-code. Stop it?");
        assert_eq!(ask(&[&elsewhere]), "1 of 1 process was started in another directory. Stop it?");
        assert_eq!(
            ask(&[&ours, &agents, &agents, &elsewhere]),
            "2 of 4 processes were started by claude-code and 1 in another directory. Stop all 4?"
        );
    }
}
