//! The listeners of a port for `port`, and the servers that persistproc did not start for
//! `list --strays`.

use std::path::Path;

use persistproc_api::Time;
use persistproc_api::ports::{PortListener, PortReply, Stray};
use persistproc_api::words::join_words;

use super::{table, words};

/// The listeners of a port: a line for each, and indented lines about it.
pub(crate) fn port(reply: &PortReply, now: Time, home: Option<&Path>) -> Vec<String> {
    let port = reply.port;
    if reply.listeners.is_empty() {
        return vec![format!("Nothing listens on port {port}.")];
    }
    reply.listeners.iter().flat_map(|listener| about(listener, port, now, home)).collect()
}

fn about(listener: &PortListener, port: u16, now: Time, home: Option<&Path>) -> Vec<String> {
    let Some(pid) = listener.pid else {
        let user = listener.user;
        return vec![
            format!("Port {port}: a process of the user with id {user}"),
            format!("  Find it:   sudo ss -ltnp 'sport = :{port}'"),
        ];
    };
    let command = words::shown(&join_words(&listener.command));
    let mut lines = vec![format!("Port {port}: PID {pid}, `{command}`")];
    if let (Some(id), Some(label)) = (&listener.id, &listener.label) {
        lines.push(format!("  Process:   {id} ({})", words::shown(label)));
    }
    if let Some(directory) = &listener.working_directory {
        lines.push(format!("  Directory: {}", words::shown(&words::directory(directory, home))));
    }
    if let Some(age) = listener.start_time.map(|start| age(start, now)) {
        lines.push(format!("  Running:   for {age}"));
    }
    if let Some(command) = &listener.stop_command {
        lines.push(format!("  Stop it:   {command}"));
    }
    lines
}

/// A table of servers, with the URL and the log of those that are known.
pub(crate) fn strays(strays: &[Stray], now: Time, home: Option<&Path>) -> Vec<String> {
    let heading = ["PORT", "PID", "FOR", "COMMAND", "DIRECTORY"].map(str::to_owned).to_vec();
    let rows = strays.iter().map(|stray| {
        let ports: Vec<String> = stray.ports.iter().map(u16::to_string).collect();
        vec![
            ports.join(","),
            stray.pid.to_string(),
            stray.start_time.map(|start| age(start, now)).unwrap_or_default(),
            words::shown(&join_words(&stray.command)),
            words::shown(&words::directory(&stray.working_directory, home)),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    let table = table::aligned(&rows).into_iter().map(|line| line.trim_end().to_owned());
    let details = std::iter::once(Vec::new()).chain(strays.iter().map(details));
    let lines = table.zip(details);
    let mut lines: Vec<String> =
        lines.flat_map(|(line, details)| std::iter::once(line).chain(details)).collect();
    lines.push(String::new());
    lines.push("Stop one with `kill PID`, and start it again with `pp` before its command.".into());
    lines
}

fn details(stray: &Stray) -> Vec<String> {
    let log = stray.log.as_ref().map(|log| format!("log {}", log.display()));
    let parts: Vec<String> = stray.url.iter().cloned().chain(log).collect();
    if parts.is_empty() {
        return Vec::new();
    }
    vec![format!("  {}", words::shown(&parts.join(" · ")))]
}

fn age(start: Time, now: Time) -> String {
    words::duration(now.seconds_since(start).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_explained_with_the_command_that_frees_it() {
        let time = |seconds: i64| Time::from_micros(seconds * 1_000_000);
        let listener = PortListener {
            addresses: vec![[127, 0, 0, 1].into()],
            user: 1000,
            pid: Some(4711),
            command: ["node", "server one.js"].map(str::to_owned).to_vec(),
            working_directory: Some("/home/me/web".into()),
            start_time: Some(time(0)),
            id: Some("web-node".into()),
            label: Some("web".into()),
            stop_command: Some("persistproc stop web-node".into()),
        };
        let unknown = PortListener { pid: None, user: 0, ..listener.clone() };
        let reply = PortReply { port: 3000, listeners: vec![listener, unknown] };
        let lines = port(&reply, time(180), Some(Path::new("/home/me")));
        assert_eq!(
            lines,
            [
                "Port 3000: PID 4711, `node 'server one.js'`",
                "  Process:   web-node (web)",
                "  Directory: ~/web",
                "  Running:   for 3 min",
                "  Stop it:   persistproc stop web-node",
                "Port 3000: a process of the user with id 0",
                "  Find it:   sudo ss -ltnp 'sport = :3000'",
            ]
        );
        let free = PortReply { port: 3000, listeners: Vec::new() };
        assert_eq!(port(&free, time(0), None), ["Nothing listens on port 3000."]);
    }
}
