//! Tests of the order of resolution, and of what may be changed by a part of a name.

use persistproc_api::{Exit, Status, Time};

use super::*;

fn process(id: &str, command: &str, directory: &str, pid: u32, alive: bool) -> Arc<Process> {
    let start_time = Time::from_micros(1);
    let end_time = Time::from_micros(2);
    let status = if alive {
        Status::Running { pid, start_time }
    } else {
        Status::Exited { pid, start_time, end_time, exit: Exit::Code(0) }
    };
    Arc::new(Process {
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
        texts: None,
    })
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
        resolve(&all, &Target::new(target, directory.map(Into::into)), None)
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
        resolve(&all, &Target::new("wev", None), None).unwrap_err().hint.did_you_mean()
            == Some("web")
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

#[test]
fn a_part_is_no_part_of_a_path() {
    let all = [
        process("a-sh", "sh -c 'cat < /dev/tty'", "/home/dev/a", 10, true),
        process("a-node", "node --import=lib/hooks.js src/server.js", "/home/dev/a", 11, true),
    ];
    let found = |name: &str| {
        let target = Target::new(name, None);
        let to_read = resolve(&all, &target, None).map(|process| process.id.clone());
        let to_change = resolve_to_change(&all, &target, None).map(|process| process.id.clone());
        (to_read.map_err(|problem| problem.code), to_change.map_err(|problem| problem.code))
    };
    let both = |id: &str| (Ok(id.to_owned()), Ok(id.to_owned()));
    for (name, id) in [
        ("server", "a-node"),
        ("src/server", "a-node"),
        ("--import", "a-node"),
        ("hooks.js", "a-node"),
        ("tty", "a-sh"),
        ("/dev/tty", "a-sh"),
    ] {
        assert_eq!(found(name), both(id), "{name}");
    }
    for name in ["dev", "home", "src", "lib"] {
        assert_eq!(found(name), (Err(ErrorCode::NotFound), Err(ErrorCode::NotFound)), "{name}");
    }
}

#[test]
fn a_part_is_read_in_the_same_directory_tree_first() {
    let all = [
        process("todo-dev", "npm run dev", "/home/me/todo", 10, false),
        process("shop-dev", "npm run dev", "/home/me/shop", 11, true),
    ];
    let found = |directory: &str| {
        let tree = DirectoryTree::new(directory.as_ref());
        let target = Target::new("dev", Some(directory.into()));
        resolve(&all, &target, Some(&tree)).map(|process| process.id.clone()).unwrap()
    };
    assert_eq!(found("/home/me/todo"), "todo-dev", "although another one runs elsewhere");
    assert_eq!(found("/home/me/other"), "shop-dev", "the running one");
}

#[test]
fn a_directory_can_be_a_filter() {
    let all = [
        process("todo-dev", "npm run dev", "/home/me/todo", 10, false),
        process("todo-web-dev", "npm run dev", "/home/me/todo/web", 11, true),
        process("shop-dev", "npm run dev", "/home/me/shop", 12, true),
    ];
    let found = |name: &str, directory: &str| {
        let target = Target::new(name, Some(directory.into()));
        resolve_below(&all, &target, directory.as_ref(), true)
            .map(|process| process.id)
            .map_err(|problem| problem.message)
    };
    assert_eq!(found("npm run dev", "/home/me/todo").unwrap(), "todo-dev");
    assert_eq!(found("dev", "/home/me/todo").unwrap(), "todo-web-dev", "the running one");
    assert_eq!(found("shop-dev", "/home/me/shop").unwrap(), "shop-dev");
    let problem = "No process in /home/me/todo or below matches `shop-dev`.";
    assert_eq!(found("shop-dev", "/home/me/todo").unwrap_err(), problem, "its id, too");
}

#[test]
fn a_problem_names_the_candidates() {
    let all = [
        process("todo-dev", "npm run dev", "/home/me/todo", 10, false),
        process("shop-dev", "npm run dev", "/home/me/shop", 11, true),
    ];
    let candidates = |name: &str| {
        let tree = DirectoryTree::new("/home/me/other".as_ref());
        let problem = resolve_to_change(&all, &Target::new(name, None), Some(&tree)).unwrap_err();
        problem.candidates().to_vec()
    };
    assert_eq!(candidates("dev"), ["shop-dev"], "the running one");
    assert_eq!(candidates("todo"), ["todo-dev"]);
    assert!(candidates("nothing").is_empty());
}
