//! Every way in which a wait can end, as a reader sees it.

use persistproc_api::{Process, Time};

use super::*;

fn waited(reason: Reason, reached: bool, status: Status) -> Waited {
    let process = Process {
        id: "todo-npm-run-dev".into(),
        label: "npm run dev in /todo".into(),
        command: vec!["npm".into(), "run".into(), "dev".into()],
        working_directory: "/todo".into(),
        status,
        run: 1,
        tty: false,
        log_combined: "/l/combined.log".into(),
        log_stdout: "/l/stdout.log".into(),
        log_stderr: "/l/stderr.log".into(),
        lost_bytes: 0,
        started_by: None,
        stopped_by: None,
        facts: None,
    };
    Waited {
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
    let (start_time, end_time) = (Time::from_micros(0), Time::from_micros(1));
    Status::Exited { pid: 7, start_time, end_time, exit }
}

fn told(waited: &Waited, goal: Goal) -> String {
    lines(waited, goal, false).join("\n")
}

#[test]
fn ready_says_where() {
    let mut ready = waited(Reason::Port, true, running());
    ready.url = Some("http://localhost:5173/".into());
    ready.ports = vec![5173];
    insta::assert_snapshot!(told(&ready, Goal::Ready), @"todo-npm-run-dev is ready: http://localhost:5173/ (port 5173), after 0.4 s");
    ready.url = None;
    ready.ports = vec![5173, 24678];
    insta::assert_snapshot!(told(&ready, Goal::Port), @"todo-npm-run-dev is ready: ports 5173 and 24678, after 0.4 s");
    let mut said = waited(Reason::Ready, true, running());
    said.matched_line = Some("Compiled successfully".into());
    insta::assert_snapshot!(told(&said, Goal::Ready), @r"
    todo-npm-run-dev is ready, after 0.4 s
      Compiled successfully
    ");
}

#[test]
fn a_pattern_shows_its_line_and_all_lines_only_when_asked() {
    let mut matched = waited(Reason::Pattern, true, running());
    matched.matched_line = Some("two".into());
    insta::assert_snapshot!(told(&matched, Goal::Pattern), @r"
    todo-npm-run-dev printed a line that matches, after 0.4 s
      two
    ");
    assert!(lines(&matched, Goal::Pattern, true).contains(&"  one".to_owned()));
}

#[test]
fn an_end_shows_how_and_its_last_lines() {
    let mut ended = waited(Reason::Exit, false, exited(Exit::Code(1)));
    ended.note = "PID 12 holds port 5173: node other.js".into();
    insta::assert_snapshot!(told(&ended, Goal::Ready), @r"
    todo-npm-run-dev ended with exit code 1, after 0.4 s
      one
      two
    PID 12 holds port 5173: node other.js
    ");
    let killed = waited(Reason::Exit, true, exited(Exit::Signal(9)));
    insta::assert_snapshot!(told(&killed, Goal::Exit), @r"
    todo-npm-run-dev was ended by SIGKILL, after 0.4 s
      one
      two
    ");
}

#[test]
fn a_timeout_says_what_did_not_happen() {
    let late = waited(Reason::Timeout, false, running());
    let told = [Goal::Ready, Goal::Port, Goal::Pattern, Goal::Exit, Goal::Quiet]
        .map(|goal| lines(&late, goal, false)[0].clone());
    insta::assert_snapshot!(told.join("\n"), @r"
    Timeout after 0.4 s: todo-npm-run-dev runs, but does not say that it is ready
    Timeout after 0.4 s: todo-npm-run-dev runs, but the port accepts no connections
    Timeout after 0.4 s: todo-npm-run-dev runs, but no line matched
    Timeout after 0.4 s: todo-npm-run-dev still runs
    Timeout after 0.4 s: todo-npm-run-dev still prints
    ");
}

#[test]
fn a_daemon_that_leaves_says_that_nothing_happened_to_the_process() {
    let left = waited(Reason::DaemonStopping, false, running());
    let told = lines(&left, Goal::Exit, false);
    let expected = "The daemon left after 0.4 s; todo-npm-run-dev is unaffected. Wait again.";
    assert_eq!(told[0], expected);
}
