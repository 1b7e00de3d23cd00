//! The table at common terminal widths and in a pipe.

use super::*;
use persistproc_api::facts::Facts;
use persistproc_api::{ErrorCode, Problem, Status};

const NOW: i64 = 1_800_000_000;

fn ago(seconds: i64) -> Time {
    Time::from_micros((NOW - seconds) * 1_000_000)
}

pub(in crate::render) fn process(
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
    }
}

fn examples() -> Vec<Process> {
    let start_time = ago(9_000);
    let end_time = ago(40);
    let exit = Exit::Code(1);
    let error = Problem::new(ErrorCode::CommandNotFound, "No program is called nmp.");
    vec![
        process(
            "todo-npm-run-dev",
            None,
            &["npm", "run", "dev", "--", "--host", "0.0.0.0", "--strict-port", "--open"],
            "/home/ada/src/todo",
            Status::Running { pid: 48_213, start_time: ago(320) },
        ),
        process(
            "api-cargo-run",
            Some("api"),
            &["cargo", "run"],
            "/home/ada/src/api",
            Status::Exited { pid: 977, start_time, end_time, exit },
        ),
        process(
            "worker-python-m-worker-with-a-very-long-name-that-goes-on",
            None,
            &["python", "-m", "worker"],
            "/srv/worker",
            Status::Terminated { pid: 5, start_time, end_time: ago(7_300), exit: Exit::Signal(15) },
        ),
        process("x", None, &["nmp", "start"], "/", Status::Failed { end_time, error }),
        process(
            "y",
            Some("日本語\nlabel"),
            &["sleep", "9"],
            "/tmp",
            Status::Lost { pid: Some(9), start_time },
        ),
    ]
}

fn shown_at(width: Option<u16>) -> String {
    let format =
        TableFormat { now: ago(0), home: Some(Path::new("/home/ada")), width, colour: false };
    processes(&examples(), format).join("\n")
}

#[test]
fn eighty_columns() {
    insta::assert_snapshot!(shown_at(Some(80)), @r"
    NAME                    STATUS        PID  FOR    EXIT  COMMAND
    todo-npm-run-dev        running     48213  5 min        npm run dev -- --host…
    api                     exited        977  40 s   1     cargo run
    worker-python-m-worke…  terminated      5  2 h    TERM  python -m worker
    x                       failed             40 s         nmp start
    日本語 label            lost            9               sleep 9
    ");
}

#[test]
fn a_hundred_and_sixty_columns() {
    insta::assert_snapshot!(shown_at(Some(160)), @r"
    NAME                                                 STATUS        PID  FOR    EXIT  COMMAND                                             DIRECTORY
    todo-npm-run-dev                                     running     48213  5 min        npm run dev -- --host 0.0.0.0 --strict-port --open  ~/src/todo
    api                                                  exited        977  40 s   1     cargo run                                           ~/src/api
    worker-python-m-worker-with-a-very-long-name-that-…  terminated      5  2 h    TERM  python -m worker                                    /srv/worker
    x                                                    failed             40 s         nmp start                                           /
    日本語 label                                         lost            9               sleep 9                                             /tmp
    ");
}

#[test]
fn a_pipe_gets_the_complete_table() {
    insta::assert_snapshot!(shown_at(None), @r"
    NAME                                                       STATUS        PID  FOR    EXIT  COMMAND                                             DIRECTORY
    todo-npm-run-dev                                           running     48213  5 min        npm run dev -- --host 0.0.0.0 --strict-port --open  ~/src/todo
    api                                                        exited        977  40 s   1     cargo run                                           ~/src/api
    worker-python-m-worker-with-a-very-long-name-that-goes-on  terminated      5  2 h    TERM  python -m worker                                    /srv/worker
    x                                                          failed             40 s         nmp start                                           /
    日本語 label                                               lost            9               sleep 9                                             /tmp
    ");
}

/// Two processes, one with all facts and one with few.
fn with_facts_at(width: Option<u16>) -> String {
    let mut processes_with_facts = examples();
    processes_with_facts.truncate(2);
    processes_with_facts[0].facts = Some(Box::new(Facts {
        name_url: None,
        ports: vec![5173, 24_678],
        url: Some("http://localhost:5173/".to_owned()),
        tree: 4,
        cpu_seconds: 12.34.try_into().unwrap(),
        memory: 241_000_000,
        uptime: 320.0.try_into().unwrap(),
        log_size: 1_540_000,
        last_line: Some(
            "  12:03:11 [vite] (client) hmr update /src/App.tsx, /src/components/List.tsx".into(),
        ),
    }));
    processes_with_facts[1].facts = Some(Facts { log_size: 90, ..Facts::default() }.into());
    let format =
        TableFormat { now: ago(0), home: Some(Path::new("/home/ada")), width, colour: false };
    processes(&processes_with_facts, format).join("\n")
}

#[test]
fn facts_are_below_the_row() {
    insta::assert_snapshot!(with_facts_at(Some(80)), @"
    NAME              STATUS     PID  FOR    EXIT  COMMAND
    todo-npm-run-dev  running  48213  5 min        npm run dev -- --host 0.0.0.0…
      http://localhost:5173/ · port 24678 · CPU 12.3 s · 230 MiB in 4 processes
      log 1.5 MiB
      › 12:03:11 [vite] (client) hmr update /src/App.tsx, /src/components/List.tsx
    api               exited     977  40 s   1     cargo run
      log 90 B
    ");
    insta::assert_snapshot!(with_facts_at(Some(160)), @"
    NAME              STATUS     PID  FOR    EXIT  COMMAND                                             DIRECTORY
    todo-npm-run-dev  running  48213  5 min        npm run dev -- --host 0.0.0.0 --strict-port --open  ~/src/todo
      http://localhost:5173/ · port 24678 · CPU 12.3 s · 230 MiB in 4 processes · log 1.5 MiB
      › 12:03:11 [vite] (client) hmr update /src/App.tsx, /src/components/List.tsx
    api               exited     977  40 s   1     cargo run                                           ~/src/api
      log 90 B
    ");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [20, 40, 60, 80, 109, 110, 200] {
        for line in shown_at(Some(width)).lines() {
            assert!(line.chars().count() <= usize::from(width).max(60), "{width}: {line}");
        }
    }
}
