//! A page of a local dev server attacks the daemon from a real browser: no technique that is available
//! to a page can read an answer or change a process.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::World;
use crate::support::tools::{path_of, root};
use crate::support::world::free_port;

/// The page makes hundreds of attempts, most of which run into their timeout: 10 s on an idle machine,
/// and several times as long beside the chaos test.
const PAGE_TIMEOUT: Duration = Duration::from_secs(180);

#[test]
fn a_page_of_a_managed_dev_server_reaches_no_route_of_the_daemon() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let port = free_port();
    // The control: another origin, whose CORS headers allow every page to read it.
    let open = format!("http://localhost:{port}/open");
    let mut attempts = attempts(&world);
    let routes = attempts.len();
    attempts.push(json!({ "url": open, "body": "" }));
    serve(&world, port, &attempts);

    let before = world.list();
    let browser = world.spawn(chromium(&world, &format!("http://127.0.0.1:{port}/")));
    let findings = findings(&world);
    let page = browser.end().ok();
    assert!(page.out().contains("A page that attacks the daemon"), "{page}");
    let by_method =
        |how: &str| findings.iter().filter(|found| found["how"] == how).collect::<Vec<_>>();
    assert_eq!(by_method("fetch POST JSON").len(), routes + 1, "{findings:#?}");
    // A method that always times out proves nothing. On a busy machine each times out sometimes.
    let methods: BTreeSet<&str> =
        findings.iter().filter_map(|found| found["how"].as_str()).collect();
    let always_late =
        methods.iter().filter(|how| by_method(how).iter().all(|found| found["late"] == true));
    assert_eq!(always_late.collect::<Vec<_>>(), Vec::<&&str>::new(), "{findings:#?}");

    // The page can read the control, and its requests do arrive at the daemon.
    let (control, daemon): (Vec<_>, Vec<_>) =
        findings.iter().partition(|found| found["url"] == open.as_str());
    assert!(control.iter().any(|found| found["read"] == "200 open to all"), "{control:#?}");
    // On a busy machine some answers arrive after the page's timeout, but not most of them.
    let arrived = daemon.iter().filter(|found| found["opaque"] == true).count();
    assert!(arrived * 2 > routes, "{arrived} of {routes}: {daemon:#?}");

    let read: Vec<_> = daemon.iter().filter(|found| !found["read"].is_null()).collect();
    assert!(read.is_empty(), "the page has read: {read:#?}");
    assert_eq!(world.list(), before);
    let log = fs::read_to_string(world.folder("data/daemon.log")).unwrap();
    let refused = format!("Requests from the origin \"http://127.0.0.1:{port}\" are refused.");
    assert!(log.contains(&refused), "{log}");
    assert!(!world.work().join("trespass").exists());
}

/// Every route at the daemon's address, and some at `localhost`, each with a body that would have an
/// effect.
fn attempts(world: &World) -> Vec<Value> {
    let document = world.tcp().get("/openapi.json").expect(200);
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 8, "{document:#}");
    let others = ["/", "/openapi.json", "/mcp"].map(str::to_owned);
    let mut paths: Vec<_> = paths.keys().map(|path| filled(path)).chain(others).collect();
    paths.sort();
    paths.dedup();
    let attempt = |host: &str, path: &str| {
        let url = format!("http://{host}:{}{path}", world.port);
        json!({ "url": url, "body": body(world, path).to_string() })
    };
    let named = ["/v1/processes", "/mcp"].map(|path| attempt("localhost", path));
    paths.iter().map(|path| attempt("127.0.0.1", path)).chain(named).collect()
}

/// A path with `nap` in place of its parameters.
fn filled(path: &str) -> String {
    let segment = |part: &str| if part.starts_with('{') { "nap".into() } else { part.to_owned() };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn body(world: &World, path: &str) -> Value {
    let work = world.work();
    match path {
        "/v1/processes" => json!({"command": ["touch", "trespass"], "working_directory": work}),
        "/v1/processes/nap/signal" => json!({"signal": "KILL"}),
        "/mcp" => json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "ctrl", "arguments": {"action": "start", "command_or_label": "touch trespass",
            "working_directory": work}}}),
        _ => json!({}),
    }
}

/// Starts the dev server and waits until it is ready.
fn serve(world: &World, port: u16, attempts: &[Value]) {
    path_of("node");
    let list = world.write("attempts.json", &json!(attempts).to_string());
    let files = root().join("tests/browser");
    let mut start = world.pp_command(["start", "--label", "page", "--wait-for", "ready", "--"]);
    start.arg("node").arg(files.join("server.mjs")).arg(files.join("page.html"));
    start.arg(list).arg(port.to_string());
    world.run(start).ok();
}

/// A browser that exits when the page is loaded.
fn chromium(world: &World, url: &str) -> Command {
    let mut command = world.command(path_of("chromium"));
    let profile = world.folder("home").join("profile");
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"]);
    command.args(["--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"]);
    command.args(["--disable-breakpad", "--disable-component-update", "--disable-sync"]);
    command.arg(format!("--user-data-dir={}", profile.display())).arg("--dump-dom").arg(url);
    command
}

/// The findings that the page sends to its server, which prints them. Waits for the last one.
fn findings(world: &World) -> Vec<Value> {
    let timeout = PAGE_TIMEOUT.as_secs().to_string();
    let wait = ["wait", "page", "--pattern", r#""how":"leaks""#, "--timeout", &timeout];
    assert_eq!(world.spawn_pp(wait).end_within(PAGE_TIMEOUT), Ok(0));
    let log = world.process("page")["log_stdout"].clone();
    let log = fs::read_to_string(log.as_str().unwrap()).unwrap();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}
