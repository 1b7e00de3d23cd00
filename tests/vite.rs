//! The main job, on a real project in a real terminal: `pp npm run dev` in the place of
//! `npm run dev`, seen, restarted and read from elsewhere, and stopped without a trace.

use std::fs;
use std::path::Path;

use crate::support::http::Http;
use crate::support::tmux::Screen;
use crate::support::world::free_port;
use crate::support::{Tmux, World, until, vite};

#[test]
fn a_vite_project_under_pp_is_what_it_is_without_and_everybody_can_reach_it() {
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

/// What a reader of a terminal sees.
#[derive(Debug, PartialEq)]
struct Seen {
    /// The screen with its colours, less the time it took.
    screen: String,
    /// Everything since npm's first word, scrolled off or not.
    history: String,
    cursor: String,
}

/// Starts Vite in a cleared terminal and looks when it is ready.
fn banner(screen: &Screen, project: &Path, command: &str) -> Seen {
    screen.type_line(&format!("cd {}", project.display()));
    screen.start(&format!("clear; {command}"));
    screen.until("press h + enter to show help");
    let history = timeless(&screen.history());
    let (_, history) = history.split_once("\n> vite-project").expect("npm says what it runs");
    Seen {
        screen: timeless(&screen.colours()),
        history: history.to_owned(),
        cursor: screen.cursor(),
    }
}

fn press(screen: &Screen, key: &str) {
    screen.press_key(key);
    screen.press_key("Enter");
}

fn timeless(screen: &str) -> String {
    let lines = screen.lines().map(|line| match line.split_once("ready in") {
        Some((before, _)) => format!("{before}ready in N ms\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn a_start_that_waits_for_vite_answers_with_its_url_or_with_what_went_wrong() {
    let world = World::new();
    let project = vite::project(&world);
    let port = free_port().to_string();
    let start = |label| {
        let words = ["--format", "json", "start", "--label", label, "--wait-for", "ready", "--"];
        let mut command = world.pp_command(words);
        command.args(["npm", "run", "dev", "--", "--port", &port, "--strictPort"]);
        command.current_dir(&project);
        world.run(command)
    };
    let ready = start("web").ok().json();
    let waited = &ready["waited"];
    assert_eq!(waited["reached"], true, "{ready:#}");
    assert_eq!(waited["url"], format!("http://localhost:{port}/"), "{ready:#}");
    assert_eq!(waited["ports"][0].to_string(), port, "{ready:#}");

    // A second one on the same port dies, and the answer says who holds it.
    let taken = start("other");
    assert_eq!(taken.code, 1, "{taken}");
    let waited = &taken.json()["waited"];
    assert_eq!((&waited["reached"], &waited["reason"]), (&false.into(), &"exit".into()));
    let note = waited["note"].as_str().unwrap_or_default();
    assert!(note.contains(&port) && note.contains("managed here as `web`"), "{waited:#}");

    world.pp(["stop", "web"]).ok();
    fs::write(project.join("vite.config.js"), "export default { plugins: [nonsense] }\n").unwrap();
    let broken = start("web");
    assert_eq!(broken.code, 1, "{broken}");
    let lines = broken.json()["waited"]["output"].to_string();
    assert!(lines.contains("nonsense is not defined"), "{lines}");
}
