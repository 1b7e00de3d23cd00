//! Tests of the order of resolution, and of what may be changed by a part of a name.

use persistproc_api::{Exit, Status, Time};

use super::*;

fn process(id: &str, command: &str, directory: &str, pid: u32, alive: bool) -> Process {
    let start_time = Time::from_micros(1);
    let end_time = Time::from_micros(2);
    let status = if alive {
        Status::Running { pid, start_time }
    } else {
        Status::Exited { pid, start_time, end_time, exit: Exit::Code(0) }
    };
    Process {
        id: id.into(),
        label: format!("{command} in {directory}"),
        command: command.split(' ').map(Into::into).collect(),
        command_base64: None,
        working_directory: directory.into(),
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
        log_combined: "/".into(),
        log_stdout: "/".into(),
        log_stderr: "/".into(),
        lost_bytes: 0,
        started_by: None,
        started_by_session: None,
        stopped_by: None,
        facts: None,
    }
}

#[test]
fn the_first_step_with_a_hit_decides() {
    let all = [
        process("a-npm-run-dev", "npm run dev", "/a", 10, true),
        process("b-npm-run-dev", "npm run dev", "/b", 11, true),
        process("web", "vite", "/w", 12, true),
        process("old", "vite --port 1", "/w", 10, false),
        process("shell", "sh -c vite --p", "/w", 13, true),
    ];
    let found = |target: &str, directory: Option<&str>| {
        resolve(&all, &Target::new(target, directory.map(Into::into)))
            .map(|process| process.id.clone())
            .map_err(|e| e.code)
    };
    assert_eq!(found("web", None).unwrap(), "web");
    assert_eq!(found("10", None).unwrap(), "a-npm-run-dev", "the running process with this pid");
    assert_eq!(found("vite in /w", None).unwrap(), "web");
    assert_eq!(found("npm run dev", Some("/b")).unwrap(), "b-npm-run-dev");
    assert_eq!(found("npm run dev", None), Err(ErrorCode::Ambiguous));
    assert_eq!(found("vite", None).unwrap(), "web");
    assert_eq!(found("--port", None).unwrap(), "old");
    assert_eq!(found("vite --p", None).unwrap(), "old", "the beginning of its command");
    assert_eq!(found("run dev", Some("/a")), Err(ErrorCode::Ambiguous), "part of two commands");
    assert_eq!(found("nothing", None), Err(ErrorCode::NotFound));
    assert_eq!(found("", None), Err(ErrorCode::NotFound));
    assert!(
        resolve(&all, &Target::new("wev", None)).unwrap_err().hint.did_you_mean() == Some("web")
    );
}

#[test]
fn a_change_needs_an_exact_name_or_a_part_that_is_long_and_whole() {
    let all = [
        process("a-sleep", "sleep 47110", "/a", 10, true),
        process("worker-10", "node worker.js", "/a", 11, true),
        process("api-web", "vite --port 3000", "/a", 12, true),
        process("web-api", "next dev", "/a", 13, true),
        process("old", "vite --port 4711", "/b", 14, false),
        process("shell", "/bin/sh -c ls", "/a", 15, true),
    ];
    let found = |name: &str| {
        resolve_to_change(&all, &Target::new(name, None), None)
            .map(|process| process.id.clone())
            .map_err(|problem| problem.code)
    };
    let not_found = Err(ErrorCode::NotFound);
    for (name, expected) in [
        ("10", Ok("a-sleep")),
        ("worker-10", Ok("worker-10")),
        ("next dev in /a", Ok("web-api")),
        ("next dev", Ok("web-api")),
        ("worker", Ok("worker-10")),
        ("er-10", Ok("worker-10")),
        ("--port 3000", Ok("api-web")),
        ("sh", Ok("shell")),
    ] {
        assert_eq!(found(name), expected.map(str::to_owned), "{name}");
    }
    for name in
        ["4711", "47110", "010", "+10", " 10", "3.0", "", "e", "-w", "/a", "10 ", "-c", "ls"]
    {
        assert_eq!(found(name), not_found, "{name:?}");
    }
    for name in ["sleep 4711", "worker-1", "0 in /a", "--port 300"] {
        assert_eq!(found(name), not_found, "cuts a number: {name:?}");
    }
    assert_eq!(found("web"), Err(ErrorCode::Ambiguous), "the beginning of one, a part of another");
}

#[test]
fn a_part_changes_a_process_of_the_same_directory_tree_only() {
    let all = [
        process("todo-dev", "npm run dev", "/home/me/todo", 10, true),
        process("shop-dev", "npm run dev:shop", "/home/me/shop/web", 11, true),
    ];
    let found = |name: &str, directory: &str| {
        let tree = DirectoryTree::new(directory.as_ref());
        resolve_to_change(&all, &Target::new(name, Some(directory.into())), Some(&tree))
            .map(|process| process.id.clone())
            .map_err(|problem| problem.code)
    };
    assert_eq!(found("dev", "/home/me/todo").unwrap(), "todo-dev", "the same directory");
    assert_eq!(found("dev", "/home/me/todo/src").unwrap(), "todo-dev", "a directory below it");
    assert_eq!(found("dev", "/home/me/shop").unwrap(), "shop-dev", "a directory above it");
    assert_eq!(found("dev", "/home/me"), Err(ErrorCode::Ambiguous), "above both");
    assert_eq!(found("dev", "/home/me/other"), Err(ErrorCode::NotFound));
    assert_eq!(found("dev", "/home/me/tod"), Err(ErrorCode::NotFound), "no part of a path");
    assert_eq!(found("npm run dev", "/home/me/other").unwrap(), "todo-dev", "an exact command");
    assert_eq!(found("shop-dev", "/home/me/other").unwrap(), "shop-dev", "an exact id");
}
