//! The table at common widths of terminals and in a pipe, with few and many processes.

use super::*;
use persistproc_api::facts::Facts;
use persistproc_api::{ErrorCode, Problem, Status, client_names};
use unicode_width::UnicodeWidthStr;

const NOW: i64 = 1_800_000_000;

/// Widths of terminals: a narrow pane, the default, half and all of a wide screen.
const WIDTHS: [u16; 5] = [60, 80, 100, 140, 200];

fn ago(seconds: i64) -> Time {
    Time::from_micros((NOW - seconds) * 1_000_000)
}

pub(crate) fn process(
    id: &str,
    label: Option<&str>,
    command: &[&str],
    directory: &str,
    status: Status,
) -> Process {
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    let line = persistproc_api::words::join_words(&command);
    Process {
        id: id.to_owned(),
        label: label.map_or_else(|| format!("{line} in {directory}"), str::to_owned),
        command,
        command_base64: None,
        working_directory: directory.into(),
        working_directory_base64: None,
        status,
        run: 1,
        tty: true,
        streams: persistproc_api::streams::Streams::Split,
        stdin: persistproc_api::process::StdinSource::Own,
        private: false,
        let_go: Vec::new(),
        ended_with: Vec::new(),
        leader_exit: None,
        assigned_port: None,
        answering: true,
        log_combined: "/l/combined.log".into(),
        log_stdout: "/l/stdout.log".into(),
        log_stderr: "/l/stderr.log".into(),
        lost_bytes: 0,
        started_by: None,
        started_by_session: None,
        stopped_by: None,
        facts: None,
        texts: None,
    }
}

fn running(seconds: i64) -> Status {
    Status::Running { pid: 48_213, start_time: ago(seconds) }
}

fn exited(exit: Exit, seconds_ago: i64) -> Status {
    let (start_time, end_time) = (ago(9_000), ago(seconds_ago));
    Status::Exited { pid: 977, start_time, end_time, exit }
}

fn stopped_by(client: &str, process: Process) -> Process {
    let (start_time, end_time) = (ago(9_000), ago(120));
    let status = Status::Terminated { pid: 5, start_time, end_time, exit: Exit::Signal(15) };
    Process { status, stopped_by: Some(client.to_owned()), ..process }
}

fn with_url(url: &str, ports: &[u16], process: Process) -> Process {
    let url = (!url.is_empty()).then(|| url.to_owned());
    let facts = Facts { url, ports: ports.to_vec(), ..Facts::default() };
    Process { facts: Some(Box::new(facts)), ..process }
}

fn web() -> Process {
    let command = ["npm", "run", "dev", "--", "--host", "0.0.0.0", "--strict-port", "--open"];
    let web = process("web", Some("web"), &command, "/home/ada/src/todo", running(320));
    with_url("http://localhost:5173/", &[5173, 24_678], web)
}

fn three() -> Vec<Process> {
    let api = ["cargo", "run"];
    vec![
        process("todo-npm-run-dev", None, &["npm", "run", "dev"], "/home/ada/todo", running(7_000)),
        web(),
        process("api-cargo-run", None, &api, "/home/ada/src/api", exited(Exit::Code(101), 40)),
    ]
}

/// One of each kind: statuses, wide characters, long names, a command without a name of its own.
fn kinds() -> Vec<Process> {
    let long = "worker-python-m-worker-with-a-very-long-name-that-goes-on";
    let python = ["python", "-m", "worker"];
    let error = Problem::new(ErrorCode::CommandNotFound, "No program is called nmp.");
    let failed = Status::Failed { end_time: ago(40), error };
    let lost = Status::Lost { pid: Some(9), start_time: ago(9_000) };
    let db = ["postgres", "-D", "/var/lib/postgres/a-very-long-name-of-a-data-directory/data"];
    let db = process("db", Some("db"), &db, "/", running(90_000));
    let deep = "/home/ada/work/clients/example/services/frontend/packages/checkout";
    vec![
        web(),
        with_url("", &[5432], db),
        process("checkout-npm-test", None, &["npm", "test"], deep, running(3)),
        process(
            "8",
            Some("日本語のサーバー"),
            &["node", "サーバー.js"],
            "/home/ada/日本",
            running(60),
        ),
        process("9", Some("🚀 launch 👩‍💻"), &["./launch"], "/home/ada", running(4_000)),
        process(long, None, &python, "/srv/worker", exited(Exit::Signal(9), 7_300)),
        stopped_by(
            "claude-code",
            process("api", Some("api"), &["api"], "/home/ada/api", failed.clone()),
        ),
        stopped_by(
            "cli",
            process("docs", Some("docs"), &["mdbook", "serve"], "/home/ada/docs", failed.clone()),
        ),
        process("x-nmp-start", None, &["nmp", "start"], "/x", failed),
        process("y-sleep-9", None, &["sleep", "9"], "/tmp/y", lost),
    ]
}

/// The kinds above, and processes that run.
fn many(count: usize) -> Vec<Process> {
    let mut processes = kinds();
    while processes.len() < count {
        let number = processes.len();
        let (id, directory) = (format!("task-{number}"), format!("/home/ada/tasks/{number}"));
        let command = ["task".to_owned(), number.to_string()];
        let command = [&*command[0], &*command[1]];
        processes.push(process(&id, Some(&id), &command, &directory, running(number as i64)));
    }
    processes
}

fn format(width: Option<u16>, long: bool) -> TableFormat<'static> {
    let home = Some(Path::new("/home/ada"));
    TableFormat { now: ago(0), home, width, colour: false, long, reader: client_names::CLI }
}

/// The table at all widths, on screens of 24 rows.
fn at_all_widths(processes: &[Process], long: bool) -> String {
    let mut text = String::new();
    for width in WIDTHS {
        let lines = ProcessTable::new(processes, format(Some(width), long)).first_lines(24);
        let ruler = format!("{:─^1$}", width.to_string(), usize::from(width));
        text += &format!("{ruler}\n{}\n", lines.join("\n"));
    }
    text
}

#[test]
fn no_processes() {
    insta::assert_snapshot!(at_all_widths(&[], false));
}

#[test]
fn three_processes() {
    insta::assert_snapshot!(at_all_widths(&three(), false));
}

#[test]
fn every_kind_of_process() {
    insta::assert_snapshot!(at_all_widths(&kinds(), false));
}

#[test]
fn sixty_processes() {
    insta::assert_snapshot!(at_all_widths(&many(60), false));
}

#[test]
fn five_hundred_processes() {
    insta::assert_snapshot!(at_all_widths(&many(500), false));
}

#[test]
fn facts_are_below_the_row() {
    let facts = Facts {
        cpu_seconds: 12.34.try_into().unwrap(),
        memory: 241_000_000,
        tree: 4,
        uptime: 320.0.try_into().unwrap(),
        log_size: 1_540_000,
        last_line: Some(
            "  12:03:11 [vite]   hmr update /src/App.tsx, /src/components/List.tsx".into(),
        ),
        ..*web().facts.unwrap()
    };
    let mut processes = three();
    processes[1].facts = Some(Box::new(facts));
    processes[1].started_by = Some("claude-code".to_owned());
    processes[2].facts = Some(Box::new(Facts { log_size: 90, ..Facts::default() }));
    processes[2].started_by = Some("cli".to_owned());
    insta::assert_snapshot!(at_all_widths(&processes, true));
}

#[test]
fn a_pipe_has_all_columns_and_the_words_of_the_api() {
    let lines = ProcessTable::new(&kinds(), format(None, false)).lines();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn no_line_is_wider_than_the_terminal_and_no_process_is_missing() {
    let processes = many(500);
    for width in [1, 8, 20, 40, 60, 61, 79, 80, 99, 100, 119, 140, 200, 400] {
        let lines = ProcessTable::new(&processes, format(Some(width), false)).lines();
        assert_eq!(lines.len(), 501, "{width}");
        for line in lines {
            assert!(line.width() <= usize::from(width), "{width}: {line}");
        }
    }
}

#[test]
fn a_screen_is_filled_and_not_exceeded() {
    let first_lines = |count, height| {
        let table = ProcessTable::new(&many(count), format(Some(80), false));
        table.first_lines(height)
    };
    assert_eq!(first_lines(23, 24).len(), 24, "all fit");
    let lines = first_lines(60, 24);
    assert_eq!((lines.len(), lines[23].as_str()), (24, "+ 38 more"));
    assert_eq!(first_lines(60, 1).len(), 1);
    assert_eq!(first_lines(60, 2), [first_lines(60, 1)[0].as_str(), "+ 60 more"]);
}

#[test]
fn a_command_is_shown_where_the_name_does_not_say_it() {
    for (id, label, command, shown) in [
        ("todo-npm-run-dev", None, &["npm", "run", "dev"][..], ""),
        ("todo-npm-run-dev-2", None, &["npm", "run", "dev"], ""),
        ("web", Some("web"), &["npm", "run", "dev"], "npm run dev"),
        ("api", Some("api"), &["./bin/api"], ""),
        (
            "todo-node-a-script-with-a-very-long",
            None,
            &["node", "a-script-with-a-very-long-name"],
            "node a-script-with-a-very-long-name",
        ),
    ] {
        let process = process(id, label, command, "/todo", running(1));
        assert_eq!(further_command(&process), shown, "{id}");
    }
}
