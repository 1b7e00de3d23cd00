//! The text for each reason that ends a wait.

use persistproc_api::{Exit, Process, Status, Time};

use super::*;

fn waited(reason: Reason, reached: bool, status: Status) -> Waited {
    let process = Process {
        id: "todo-npm-run-dev".into(),
        label: "npm run dev in /todo".into(),
        command: vec!["npm".into(), "run".into(), "dev".into()],
        command_base64: None,
        working_directory: "/todo".into(),
        working_directory_base64: None,
        status,
        run: 1,
        tty: false,
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
    };
    Waited {
        ready_by: None,
        reason,
        reached,
        process,
        matched_line: None,
        ports: Vec::new(),
        url: None,
        dropped_bytes: 0,
        output: vec!["one".into(), "two".into()],
        cursor: "1-a-0".into(),
        note: String::new(),
        waited_seconds: Seconds::try_from(0.44).unwrap(),
    }
}

fn running() -> Status {
    Status::Running { pid: 7, start_time: Time::from_micros(0) }
}

fn exited(exit: Exit) -> Status {
    let start_time = Time::from_micros(0);
    let end_time = Time::from_micros(1);
    Status::Exited { pid: 7, start_time, end_time, exit }
}

fn text(waited: &Waited, goal: Goal) -> String {
    lines(waited, goal, false).join("\n")
}

#[test]
fn ready_shows_url_and_ports() {
    let mut ready = waited(Reason::Port, true, running());
    ready.url = Some("http://localhost:5173/".into());
    ready.ports = vec![5173];
    insta::assert_snapshot!(text(&ready, Goal::Ready), @"todo-npm-run-dev is ready: http://localhost:5173/ (port 5173), after 0.4 s");
    ready.url = None;
    ready.ports = vec![5173, 24678];
    insta::assert_snapshot!(text(&ready, Goal::Port), @"todo-npm-run-dev is ready: ports 5173 and 24678, after 0.4 s");
    let mut reported = waited(Reason::Ready, true, running());
    reported.matched_line = Some("Compiled successfully".into());
    insta::assert_snapshot!(text(&reported, Goal::Ready), @r"
    todo-npm-run-dev is ready, after 0.4 s
      Compiled successfully
    ");
}

#[test]
fn a_pattern_shows_its_line_and_all_lines_on_request() {
    let mut matched = waited(Reason::Pattern, true, running());
    matched.matched_line = Some("two".into());
    insta::assert_snapshot!(text(&matched, Goal::Pattern), @r"
    todo-npm-run-dev printed a line that matches, after 0.4 s
      two
    ");
    assert!(lines(&matched, Goal::Pattern, true).contains(&"  one".to_owned()));
}

#[test]
fn an_exit_shows_its_status_and_the_last_lines() {
    let mut ended = waited(Reason::Exit, false, exited(Exit::Code(1)));
    ended.note = "PID 12 holds port 5173: node other.js".into();
    insta::assert_snapshot!(text(&ended, Goal::Ready), @r"
    todo-npm-run-dev exited with code 1, after 0.4 s
      one
      two
    PID 12 holds port 5173: node other.js
    ");
    let killed = waited(Reason::Exit, true, exited(Exit::Signal(9)));
    insta::assert_snapshot!(text(&killed, Goal::Exit), @r"
    todo-npm-run-dev was killed by SIGKILL, after 0.4 s
      one
      two
    ");
}

#[test]
fn a_timeout_says_what_was_not_reached() {
    let timeout = waited(Reason::Timeout, false, running());
    let sentences = [Goal::Ready, Goal::Port, Goal::Pattern, Goal::Exit, Goal::Quiet]
        .map(|goal| lines(&timeout, goal, false)[0].clone());
    insta::assert_snapshot!(sentences.join("\n"), @r"
    Timeout after 0.4 s: todo-npm-run-dev is running, but listens on no port yet
    Timeout after 0.4 s: todo-npm-run-dev is running, but the port accepts no connections
    Timeout after 0.4 s: todo-npm-run-dev is running, but no line matched
    Timeout after 0.4 s: todo-npm-run-dev is still running
    Timeout after 0.4 s: todo-npm-run-dev still prints output
    ");
}

#[test]
fn a_stopping_daemon_says_that_the_process_keeps_running() {
    let stopped = waited(Reason::DaemonStopping, false, running());
    let lines = lines(&stopped, Goal::Exit, false);
    let expected = "The daemon stopped after 0.4 s; todo-npm-run-dev keeps running. Wait again.";
    assert_eq!(lines[0], expected);
}
