//! A real Vite project in a real terminal: `pp npm run dev` looks the same as `npm run dev`. Other
//! clients restart it and read its output, and a stop leaves no process behind.

use std::fs;
use std::path::Path;

use crate::support::http::Http;
use crate::support::tmux::Screen;
use crate::support::world::free_port;
use crate::support::{Output, Tmux, World, until, vite};

#[test]
fn vite_under_pp_looks_the_same_and_other_clients_can_control_it() {
    let world = World::new();
    let project = vite::project(&world);
    let port = free_port();
    let dev = format!("npm run dev -- --port {port} --strictPort");
    let tmux = Tmux::new(&world);

    let plain = tmux.window();
    let expected = banner(&plain, &project, &dev);
    press(&plain, "q");
    plain.exit();

    let first = tmux.window();
    assert_eq!(banner(&first, &project, &format!("pp {dev}")), expected, "the screens differ");

    press(&first, "h");
    first.until("press r + enter to restart the server");

    let second = tmux.window();
    second.type_line("pp list");
    second.until("running");

    let before = world.process("npm");
    let label = format!("{dev} in {}", project.display());
    assert_eq!(before["label"], label);
    assert_eq!(second.run(&format!("pp restart '{label}'")), 0);
    assert_ne!(world.process("npm")["pid"], before["pid"]);
    first.until_times("ready in", 2);
    press(&first, "h");
    first.until_times("press r + enter to restart the server", 2);

    fs::write(project.join("src/main.js"), "export function broken( {\n").unwrap();
    let page = Http::tcp("localhost", port, world.normalizer()).get("/src/main.js");
    assert_eq!(page.status, 500, "{page}");
    until("the syntax error in `pp output`", || {
        let text = world.pp(["output", &label]).ok().out();
        if text.contains("src/main.js") && text.contains("invalid JS syntax") {
            Ok(())
        } else {
            Err(text)
        }
    });

    first.press_key("C-c");
    first.until("Stop it? [y/N]");
    first.press_key("y");
    first.exit();
    assert_eq!(world.process("npm")["status"], "terminated");
    let left = world
        .children()
        .into_iter()
        .filter(|found| found.has_argument("vite") || found.has_argument("npm"));
    assert_eq!(left.count(), 0, "{:#?}", world.children());
}

/// The state of a terminal.
#[derive(Debug, PartialEq)]
struct TerminalState {
    /// The screen with its colours, without Vite's start time.
    screen: String,
    /// Scrollback and screen since npm's first line.
    history: String,
    cursor: String,
}

/// Starts Vite in a cleared terminal and returns the terminal's state when Vite is ready.
fn banner(screen: &Screen, project: &Path, command: &str) -> TerminalState {
    screen.type_line(&format!("cd {}", project.display()));
    screen.start(&format!("clear; {command}"));
    screen.until("press h + enter to show help");
    let history = without_start_time(&screen.history());
    let (_, history) = history.split_once("\n> vite-project").expect("npm prints the command");
    TerminalState {
        screen: without_start_time(&screen.colours()),
        history: history.to_owned(),
        cursor: screen.cursor(),
    }
}

fn press(screen: &Screen, key: &str) {
    screen.press_key(key);
    screen.press_key("Enter");
}

fn without_start_time(screen: &str) -> String {
    let lines = screen.lines().map(|line| match line.split_once("ready in") {
        Some((before, _)) => format!("{before}ready in N ms\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn start_with_wait_returns_the_url_or_the_error_of_vite() {
    let world = World::new();
    let project = vite::project(&world);
    let port = free_port().to_string();
    let ready = start_and_wait(&world, &project, "web", &port).ok().json();
    let waited = &ready["waited"];
    assert_eq!(waited["reached"], true, "{ready:#}");
    assert_eq!(waited["url"], format!("http://localhost:{port}/"), "{ready:#}");
    assert_eq!(waited["ports"][0].to_string(), port, "{ready:#}");

    // A second Vite on the same port fails, and the answer names the process that holds the port.
    let taken = start_and_wait(&world, &project, "other", &port);
    assert_eq!(taken.code, 1, "{taken}");
    let waited = &taken.json()["waited"];
    assert_eq!((&waited["reached"], &waited["reason"]), (&false.into(), &"exit".into()));
    let note = waited["note"].as_str().unwrap_or_default();
    assert!(note.contains(&port) && note.contains("managed here as `web`"), "{waited:#}");

    world.pp(["stop", "web"]).ok();
    fs::write(project.join("vite.config.js"), "export default { plugins: [nonsense] }\n").unwrap();
    let broken = start_and_wait(&world, &project, "web", &port);
    assert_eq!(broken.code, 1, "{broken}");
    let lines = broken.json()["waited"]["output"].to_string();
    assert!(lines.contains("nonsense is not defined"), "{lines}");
}

/// Starts Vite on this port under a label and waits until it is ready.
fn start_and_wait(world: &World, project: &Path, label: &str, port: &str) -> Output {
    let words = ["--format", "json", "start", "--label", label, "--wait-for", "ready", "--"];
    let mut command = world.pp_command(words);
    command.args(["npm", "run", "dev", "--", "--port", port, "--strictPort"]);
    command.current_dir(project);
    world.run(command)
}
