//! Names in a real browser: hot updates of Vite arrive through them, and the page about a process that
//! is not ready reloads itself.

use std::fs;
use std::process::Command;

use super::host_of;
use crate::support::tools::{path_of, root};
use crate::support::{World, until, vite};

/// A browser that prints the page at this host once it is complete.
fn chromium(world: &World, host: &str) -> Command {
    let profile = world.folder("home").join("profile");
    let mut chromium = world.command(path_of("chromium"));
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
    chromium.args(["--disable-background-networking", "--disable-dev-shm-usage", "--disable-sync"]);
    chromium.arg(format!("--user-data-dir={}", profile.display()));
    chromium.arg("--dump-dom").arg(format!("http://{host}/"));
    chromium
}

/// Whether a connection to this port of 127.0.0.1 is open.
fn is_connected(port: u16) -> bool {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let remote = format!(" 0100007F:{port:04X} 01 ");
    table.lines().any(|line| line.contains(&remote))
}

#[test]
fn the_page_about_a_process_that_is_not_ready_reloads_itself() {
    let world = World::new();
    path_of("node");
    let mut mkfifo = world.command("mkfifo");
    mkfifo.arg("go");
    world.run(mkfifo).ok();
    let server = root().join("tests/names/server.mjs");
    let script = format!("read word <go; exec node {}", server.display());
    let words = ["--format", "json", "start", "--label", "late", "--assign-port", "sh", "-c"];
    let mut start = world.pp_command(words);
    start.arg(script);
    let host = host_of(&world, &world.run(start).ok().json());
    let mut chromium = chromium(&world, &host);
    // Time passes only while nothing is loaded, and the event of the page is loaded.
    chromium.arg("--virtual-time-budget=5000");
    let browser = world.spawn(chromium);
    until("the browser to be connected", || {
        if is_connected(world.port) { Ok(()) } else { Err("it is not".to_owned()) }
    });
    fs::write(world.work().join("go"), "go\n").unwrap();
    let page = browser.end().ok().out();
    assert!(page.contains(">ok<"), "{page}");
}

/// Holds the page open, and prints what it reports.
const VITE_CONFIG: &str = "const held = [];
const report = { name: 'report', configureServer(server) {
    server.ws.on('connection', () => console.log('the page is connected'));
    server.middlewares.use((request, response, next) => {
        if (request.url === '/end.png') return held.push(response);
        if (!request.url.startsWith('/report')) return next();
        console.log(`${request.headers.host} ${request.url}`);
        response.end();
        if (request.url.includes('two')) held.forEach((waiting) => waiting.end());
    });
} };
export default { plugins: [report] };
";

const MAIN: &str = "import { value } from './value.js';
document.body.dataset.value = value;
fetch('/report?' + value);
import.meta.hot.accept('./value.js', (module) => {
    document.body.dataset.value = module.value;
    fetch('/report?' + module.value);
});
";

#[test]
fn hot_updates_of_vite_reach_the_browser_through_the_name() {
    let world = World::new();
    let project = vite::project(&world);
    let write = |name: &str, text: &str| std::fs::write(project.join(name), text).unwrap();
    write("vite.config.js", VITE_CONFIG);
    write(
        "index.html",
        "<body><img src=\"/end.png\"><script type=\"module\" src=\"/src/main.js\"></script>",
    );
    write("src/main.js", MAIN);
    write("src/value.js", "export const value = 'one';\n");
    let words = ["--format", "json", "start", "--label", "web", "--assign-port", "--wait-for"];
    let mut start = world.pp_command(words);
    start.args(["ready", "--wait-timeout", "120", "npm", "run", "dev"]).current_dir(&project);
    let started = world.run(start).ok().json();
    // Vite ignores PORT, so it got a flag.
    let port = &started["assigned_port"];
    assert_eq!(started["waited"]["url"], format!("http://localhost:{port}/"), "{started:#}");

    let host = host_of(&world, &started);
    let browser = world.spawn(chromium(&world, &host));
    until_printed(&world, "the page is connected");
    until_printed(&world, &format!("{host} /report?one"));
    write("src/value.js", "export const value = 'two';\n");
    until_printed(&world, &format!("{host} /report?two"));
    let dom = browser.end().ok().out();
    assert!(dom.contains("data-value=\"two\""), "{dom}");
}

/// Waits until the process `web` has printed this.
fn until_printed(world: &World, text: &str) {
    until(text, || {
        let output = world.pp(["output", "--lines", "all", "web"]).ok().out();
        if output.contains(text) { Ok(()) } else { Err(output) }
    });
}
