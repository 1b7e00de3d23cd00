//! What users of docker compose, pm2, tmux, overmind and systemctl type first. Each line does what
//! they mean, or says in a sentence what to type.

use std::os::unix::fs::PermissionsExt;

use crate::support::{World, until};

/// A world with a running process `web` and an ended one, `build`.
fn world() -> World {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", "echo begun; exec sleep 1000"]).ok();
    world.pp(["wait", "--pattern", "begun", "web"]).ok();
    world.pp(["start", "--label", "build", "--wait-for", "exit", "sh", "-c", "echo built"]).ok();
    world
}

/// The exit code of a line, and the first lines of what it prints.
fn answer(world: &World, line: &str) -> String {
    let words = shell_words::split(line).unwrap();
    let mut command = world.command(env!("CARGO_BIN_EXE_pp"));
    command.args(&words[1..]);
    let output = world.run(command);
    let text = format!("{}{}", output.out(), output.err());
    let lines: Vec<&str> = text.lines().take(2).map(str::trim_end).collect();
    format!("{line}\n  {} {}", output.code, lines.join("\n    ")).trim_end().to_owned()
}

fn answers(lines: &[&str]) -> String {
    let world = world();
    let answers: Vec<String> = lines.iter().map(|line| answer(&world, line)).collect();
    answers.join("\n")
}

#[test]
fn words_of_other_tools_are_understood_or_explained() {
    let answers = answers(&[
        "pp rm web",
        "pp kill web",
        "pp top",
        "pp up",
        "pp down",
        "pp exec web sh",
        "pp config",
        "pp log build",
        "pp logs --tail 1 web",
        "pp logs --since 5m build",
        "pp tail web",
        "pp delete build",
        "pp env A=1 true",
        "pp lsit",
        "pp stpo web",
        "pp run -x web",
        "pp list --nonsense",
        "pp cd src",
        "pp stop --timeout 5x web",
        "pp logs --grep nothing-like-it web",
    ]);
    insta::assert_snapshot!(answers, @r"
    pp rm web
      2 Error: `rm` deletes files, and web is a process here.
        Run `pp forget web` for the process, or `pp run rm web`.
    pp kill web
      2 Error: `kill` sends a signal to a PID, and web is a process here.
        Run `pp stop web` for the process, or `pp run kill web`.
    pp top
      2 Error: `top` is a program that shows all processes of the machine.
        Run `pp ui` for the processes here, or `pp run top`.
    pp up
      127 Error: Command not found: `up`.
        Run `pp start` with a command to start it in the background.
    pp down
      127 Error: Command not found: `down`.
        Run `pp stop` with a name, or `pp shutdown` to stop all processes.
    pp exec web sh
      127 Error: Command not found: `exec`.
        The process runs on this machine: run the command itself.
    pp config
      127 Error: Command not found: `config`.
        Run `pp doctor` to see the settings, or `pp serve --help` for those of the daemon.
    pp log build
      0 built
    pp logs --tail 1 web
      0 begun
    pp logs --since 5m build
      0 built
    pp tail web
      0 begun
    pp delete build
      0 Forgot build (1 run, 86 B of logs)
    pp env A=1 true
      0
    pp lsit
      127 Error: Command not found: `lsit`.
        Did you mean `pp list`?
    pp stpo web
      127 Error: Command not found: `stpo`.
        Did you mean `pp stop`?
    pp run -x web
      2 Error: Unexpected argument '-x' found.
        Usage: pp run [OPTIONS] <PROGRAM> [ARGS]...
    pp list --nonsense
      2 Error: Unexpected argument '--nonsense' found.
        Usage: pp list [OPTIONS] [TARGET]...
    pp cd src
      127 Error: `cd` is built into the shell and acts on the shell itself.
        Run `cd src` without `pp`.
    pp stop --timeout 5x web
      2 Error: Invalid value '5x' for '--timeout <S>': expected a duration, such as 8, 0.5, 500ms, 30s, 5m or 1h30m.
        Run `pp stop --help` to see all options.
    pp logs --grep nothing-like-it web
      1
    ");
}

#[test]
fn flags_of_other_tools_are_accepted() {
    let world = world();
    std::fs::create_dir(world.work().join("sub")).unwrap();
    let started = world
        .pp([
            "run",
            "-d",
            "--name",
            "api",
            "-C",
            "sub",
            "-e",
            "A=1",
            "sh",
            "-c",
            "echo $A; pwd; read x",
        ])
        .ok();
    assert!(started.out().contains("api"), "{started}");
    world.pp(["wait", "--pattern", "sub", "--timeout", "10s", "api"]).ok();
    let output = world.pp(["logs", "api"]).ok().out();
    let lines: Vec<&str> = output.lines().collect();
    assert!(lines[0] == "1" && lines[1].ends_with("work/sub"), "{output}");
    let listed = world.pp(["list", "--json"]).ok().json();
    assert_eq!(listed["processes"].as_array().unwrap().len(), 3);
    assert!(world.pp(["logs", "-t", "api"]).ok().out().contains("1\n"));
    world.pp(["stop", "--timeout", "500ms", "api"]).ok();
}

#[test]
fn a_program_that_is_named_with_run_is_run() {
    let world = world();
    world.write("web", "x");
    world.pp(["run", "rm", "web"]).ok();
    assert!(!world.work().join("web").exists());
    assert_eq!(world.process("web")["status"], "running");
    // A file whose name is only a part of that of a process.
    world.write("buil", "x");
    world.pp(["rm", "buil"]).ok();
    assert!(!world.work().join("buil").exists());
}

#[test]
fn colours_are_kept_in_a_terminal_or_on_request() {
    let world = World::new();
    let print = "printf '\\033[32mgreen\\033[0m\\n\\033]0;title\\007plain\\n'";
    world.pp(["start", "--label", "it", "--wait-for", "exit", "sh", "-c", print]).ok();
    let coloured = "\u{1b}[32mgreen\u{1b}[0m\nplain\n";
    for flag in ["--since-time=1h", "--follow", "--lines=all"] {
        assert_eq!(world.pp(["logs", flag, "it"]).ok().out(), "green\nplain\n", "{flag}");
        let printed = world.pp(["logs", flag, "--color", "always", "it"]).ok().out();
        assert_eq!(printed, coloured, "{flag}");
    }
}

#[test]
fn the_url_of_a_process_is_printed_and_opened() {
    let world = World::new();
    let opened = world.work().join("opened");
    let script = "#!/bin/sh\nprintf %s \"$1\" > opened.part; mv opened.part opened\n";
    let browser = world.write("browser", script);
    std::fs::set_permissions(&browser, PermissionsExt::from_mode(0o700)).unwrap();
    let serve = "import http.server as h; s = h.HTTPServer(('127.0.0.1', 0), h.BaseHTTPRequestHandler); \
                 print(f'at http://localhost:{s.server_port}/app', flush=True); s.serve_forever()";
    world.pp(["start", "--label", "web", "--wait-for", "ready", "python3", "-c", serve]).ok();
    let url = world.pp(["url", "web"]).ok().out();
    assert!(url.starts_with("http://localhost:") && url.ends_with("/app\n"), "{url}");
    let mut command = world.command(env!("CARGO_BIN_EXE_pp"));
    command.args(["open", "web"]).env("BROWSER", browser);
    assert_eq!(world.run(command).ok().out(), format!("Opened {url}"));
    until("the browser", || std::fs::read_to_string(&opened).map_err(|error| error.to_string()));
    assert_eq!(std::fs::read_to_string(&opened).unwrap(), url.trim_end());
    world.pp(["start", "--label", "quiet", "sleep", "1000"]).ok();
    insta::assert_snapshot!(world.pp(["url", "quiet"]), @r"
    --- stderr
    Error: quiet listens on no port and has printed no URL.
    Run `pp wait quiet` to wait until it is ready.
    --- exit 3
    ");
    world.pp(["stop", "web"]).ok();
    insta::assert_snapshot!(world.pp(["url", "web"]), @r"
    --- stderr
    Error: web is not running, so it has no URL.
    Run `pp restart web` to start it again.
    --- exit 1
    ");
}

#[test]
fn a_process_with_another_environment_says_which_variables_differ() {
    let world = World::new();
    let start = |port: &str| {
        let mut command = world.command(env!("CARGO_BIN_EXE_pp"));
        command.args(["start", "--label", "web", "sleep", "1000"]).env("PORT", port);
        world.run(command).ok()
    };
    assert_eq!(start("3000").err(), "");
    assert_eq!(start("3000").err(), "");
    insta::assert_snapshot!(start("4000").err(), @"It runs with another environment (different: PORT); --if-running restart starts it with this one.");
    let mut command = world.command(env!("CARGO_BIN_EXE_pp"));
    command.args(["env", "web"]).env("PORT", "4000").env("EXTRA", "1");
    insta::assert_snapshot!(world.run(command).ok().out(), @r"
    Different: PORT
    Only here: EXTRA
    ");
    assert!(world.pp(["env", "--all", "web"]).ok().out().contains("PORT\n"));
}

#[test]
fn a_wait_can_answer_with_the_exit_code_of_the_process() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "read code; exit $code"]).ok();
    assert_eq!(world.pp(["wait", "--exit-code", "--timeout", "100ms", "it"]).code, 1);
    let wait = world.spawn_pp(["wait", "--exit-code", "--timeout", "1m", "it"]);
    world.pp(["send", "it", "42"]).ok();
    assert_eq!(wait.end().code, 42);
}

#[test]
fn a_start_can_wait_and_answer_with_the_exit_code_of_the_program() {
    let world = World::new();
    let start = |flags: &[&str], script: &str| {
        let mut command = world.pp_command(["start"]);
        command.args(flags).args(["sh", "-c", script]);
        world.run(command)
    };
    assert_eq!(start(&["--wait-for", "exit", "--exit-code"], "exit 3").code, 3);
    assert_eq!(start(&["--exit-code"], "exit 4").code, 4);
    assert_eq!(start(&["--exit-code"], "kill -9 $$").code, 137);
    assert_eq!(start(&["--wait-for", "exit"], "exit 5").code, 0, "the end was reached");
    assert_eq!(start(&["--exit-code", "--wait-timeout", "100ms"], "sleep 1000").code, 1);
    insta::assert_snapshot!(start(&["--exit-code", "--wait-for", "ready"], "exit 6"), @"
    --- stderr
    Error: `--exit-code` needs `--wait-for exit`.
    Leave out `--wait-for`: `--exit-code` waits for the end.
    --- exit 2
    ");
    assert_eq!(world.pp(["wait", "--for", "exit", "--exit-code", "exit 3"]).code, 3);
    let restart = world.pp(["restart", "--exit-code", "exit 4"]);
    assert_eq!(restart.code, 4, "{restart}");
}

#[test]
fn a_restart_can_take_the_environment_of_this_shell() {
    let world = World::new();
    let run = |words: &[&str], port: &str| {
        let mut command = world.pp_command([]);
        command.args(words).env("PORT", port);
        world.run(command).ok()
    };
    let line = |count: usize| {
        let logged = || world.pp(["logs", "-n", "1", "web"]).ok().out();
        crate::support::until("the run to print", || {
            let run = world.process("web")["run"] == count;
            let text = logged();
            if run && text.starts_with("port") { Ok(text) } else { Err(text) }
        })
    };
    run(&["start", "--label", "web", "sh", "-c", "echo port $PORT; sleep 1000"], "3000");
    assert_eq!(line(1), "port 3000\n");
    run(&["restart", "web"], "4000");
    assert_eq!(line(2), "port 3000\n");
    insta::assert_snapshot!(run(&["restart", "--env", "web"], "4000").err(), @"Its environment is another one (different: PORT).");
    assert_eq!(line(3), "port 4000\n");
    insta::assert_snapshot!(run(&["restart", "--env", "web"], "4000").err(), @"Its environment is the same as before.");
    // It stays.
    world.kill_daemon();
    run(&["restart", "web"], "5000");
    assert_eq!(line(5), "port 4000\n");
    let request = serde_json::json!({"environment": {"PORT": "6000", "PATH": "/usr/bin:/bin"}});
    let answer = world.rest().post("/v1/processes/web/restart", &request).expect(200);
    let note = answer["note"].as_str().unwrap();
    assert!(note.contains("PORT") && !note.contains("6000"), "{note}");
    assert_eq!(line(6), "port 6000\n");
}

#[test]
fn the_list_takes_a_name_and_prints_ids_alone() {
    let world = world();
    let listed = world.pp(["list", "web"]).ok().out();
    assert!(listed.contains("web") && !listed.contains("build"), "{listed}");
    assert_eq!(world.pp(["list", "-q"]).ok().out(), "web\nbuild\n");
    assert_eq!(world.pp(["ps", "-q", "build"]).ok().out(), "build\n");
}

#[test]
fn mistakes_are_named() {
    let answers = answers(&[
        "pp stop ''",
        "pp /tmp",
        "pp env --help",
        "pp logs --bfore-time 5m",
        "pp serve dist",
    ]);
    insta::assert_snapshot!(answers, @"
    pp stop ''
      3 Error: An empty name matches no process.
        Run `pp list` to see all processes.
    pp /tmp
      126 Error: `/tmp` is a directory.
        Give the path of a program.
    pp env --help
      0 Show how a process's environment differs from this one
    pp logs --bfore-time 5m
      2 Error: Unexpected argument '--bfore-time' found.
        tip: a similar argument exists: '--before-time'
    pp serve dist
      2 Error: Unexpected argument 'dist' found.
        Run `pp run serve …` to run a program called serve.
    ");
}
