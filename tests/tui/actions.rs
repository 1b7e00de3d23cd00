//! Each action by its key.

use super::{ECHO, SERVER, dashboard, until_line};
use crate::support::{Tmux, World};

#[test]
fn a_process_is_stopped_started_restarted_and_forgotten() {
    let world = World::new();
    world.write("server", SERVER);
    world.pp(["start", "--label", "web", "sh", "server"]).ok();
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    until_line(&screen, &["web", "running"]);
    screen.press_key("f");
    screen.until("web is running. Press x to stop it");
    screen.press_key("x");
    screen.until("Stop web? [y/N]");
    screen.press_key("n");
    screen.until_gone("[y/N]");
    assert_eq!(world.process("web")["status"], "running");
    screen.press_keys(&["x", "y"]);
    screen.until("Stopped web (SIGTERM)");
    until_line(&screen, &["web", "stopped by you"]);
    screen.press_key("Enter");
    screen.until("web is not running. Press s to start it again.");
    screen.press_key("s");
    screen.until("Started web with PID");
    until_line(&screen, &["web", "running"]);
    screen.until("run 2");
    screen.press_keys(&["r", "y"]);
    screen.until("Restarted web with PID");
    screen.until("run 3");
    screen.press_keys(&["x", "y"]);
    screen.until("Stopped web");
    screen.press_key("f");
    screen.until("Forget web and its logs? [y/N]");
    screen.press_key("y");
    screen.until("Forgot web (3 runs");
    assert!(world.list().is_empty());
}

#[test]
fn a_line_and_a_signal_are_sent() {
    let world = World::new();
    // A signal interrupts `read`.
    let script = "trap 'echo hung up' HUP; echo who?\n\
                  while :; do read name && echo hello $name; done\n";
    world.write("echo", script);
    world.pp(["start", "--tty", "--label", "echo", "sh", "echo"]).ok();
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    screen.until("who?");
    screen.press_key("i");
    screen.until("Send to echo:");
    screen.type_line("wörld q");
    screen.until("Sent `wörld q` to echo");
    screen.until("hello wörld q");
    screen.press_key("S");
    screen.until("Signal for echo:");
    screen.type_line("hup");
    screen.until("Sent SIGHUP to echo");
    screen.press_key("S");
    screen.type_line("nonsense");
    screen.until("Error:");
    screen.press_key("Escape");
    screen.until_gone("Error:");
}

#[test]
fn the_url_is_opened() {
    let world = World::new();
    world.program("browser", "#!/bin/sh\necho \"$1\" >opened\n");
    let server = "import http.server\ns = http.server.HTTPServer(('127.0.0.1', 0), None)\n\
                  print(f'http://localhost:{s.server_port}/', flush=True)\ns.serve_forever()\n";
    world.write("server.py", server);
    world.pp(["start", "--wait-for", "ready", "--label", "web", "python3", "server.py"]).ok();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.run("export BROWSER=browser");
    screen.start("pp ui");
    until_line(&screen, &["web", "running", "http://localhost:"]);
    screen.press_key("o");
    screen.until("Opened http://localhost:");
    crate::support::until("the browser", || {
        let opened = std::fs::read_to_string(world.work().join("opened")).unwrap_or_default();
        if opened.starts_with("http://localhost:") { Ok(()) } else { Err(opened) }
    });
}

#[test]
fn enter_attaches_and_a_key_comes_back() {
    let world = World::new();
    world.write("echo", ECHO);
    world.pp(["start", "--tty", "--label", "echo", "sh", "echo"]).ok();
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    screen.until("who?");
    for name in ["one", "two"] {
        screen.press_key("Enter");
        screen.until_gone("NAME");
        screen.type_line(name);
        screen.until(&format!("hello {name}"));
        assert!(screen.modes().starts_with("alternate 0"), "{}", screen.modes());
        screen.press_keys(&["C-]", "C-]", "C-]"]);
        screen.until("NAME");
        // Keys belong to the dashboard again.
        screen.press_key("?");
        screen.until("Attach in this terminal");
        screen.press_key("Escape");
        until_line(&screen, &["echo", "running"]);
    }
    // A process that ends comes back too.
    screen.press_key("Enter");
    screen.until_gone("NAME");
    screen.press_key("C-d");
    screen.until("NAME");
    until_line(&screen, &["echo", "exited (0)"]);
    screen.press_key("q");
    assert_eq!(screen.exit(), 0);
    let text = screen.history();
    assert!(text.contains("hello one") && text.contains("before"), "the scrollback stays: {text}");
    assert_eq!(screen.run("stty -a >after; cmp before after"), 0, "{}", screen.text());
}

#[test]
fn less_opens_the_log() {
    let world = World::new();
    world.write("colours", "printf '\\033[31mred\\033[0m\\n'; sleep 1000\n");
    world.pp(["start", "--label", "web", "sh", "colours"]).ok();
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    screen.until("red");
    screen.press_key("l");
    screen.until("(END)");
    assert!(screen.colours().contains("[31m"), "{}", screen.colours());
    screen.press_key("q");
    screen.until("NAME");
    screen.press_key("q");
    assert_eq!(screen.exit(), 0);
}
