//! Real watchers: an edit that breaks a project is one piece of news, at once and in few tokens; its repair is
//! another; edits that break nothing are none.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::mcp::count_tokens;
use crate::support::background::Background;
use crate::support::http::Http;
use crate::support::tools::{self, number_from_env};
use crate::support::wait::{pause, within};
use crate::support::world::free_port;
use crate::support::{World, vite};

/// Harmless edits of each project. `PERSISTPROC_TEST_NEWS_EDITS` makes more.
const DEFAULT_EDITS: u64 = 8;

/// From the time at which a program has printed an error until a follower has the news.
const MAX_DELAY: Duration = Duration::from_secs(2);

/// The tokens of a piece of news for an agent.
const MAX_TOKENS: usize = 150;

/// A program gets this long to start, or to see an edit.
const EDIT_TIMEOUT: Duration = Duration::from_secs(90);

/// After this time an edit is made again.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// How many harmless edits may be reported, however many there are.
const MAX_FALSE_ALARMS: usize = 1;

/// A project under a watcher.
struct Project {
    /// The command line, for a shell.
    command: String,
    folder: PathBuf,
    /// What it prints when it is ready for edits.
    ready: &'static str,
    /// The file that is edited.
    source: PathBuf,
    good: String,
    /// What is broken, and a part of what is reported.
    broken: Vec<(String, &'static str)>,
    /// A comment that is appended by a harmless edit.
    comment: &'static str,
    /// The page that has the file compiled: a port and a path.
    page: Option<(u16, &'static str)>,
}

/// A follower of the news, and how many pieces the test has seen.
struct Reader {
    follower: Background,
    seen: usize,
}

impl Reader {
    fn pieces(&self) -> Vec<Value> {
        let out = self.follower.out();
        // The last line may be incomplete.
        let pages = out.lines().filter_map(|page| serde_json::from_str::<Value>(page).ok());
        pages
            .flat_map(|mut page| serde_json::from_value::<Vec<Value>>(page["news"].take()).unwrap())
            .collect()
    }

    /// Waits for the next piece.
    #[track_caller]
    fn next(&mut self, world: &World, what: &str, retry: impl Fn()) -> Value {
        let mut asked = Instant::now();
        let found = within(EDIT_TIMEOUT, || {
            // The request may have reached a server that had not seen the edit, and a watcher may miss
            // one that is made while it is busy.
            if asked.elapsed() > RETRY_INTERVAL {
                retry();
                asked = Instant::now();
            }
            let pieces = self.pieces();
            pieces.get(self.seen).cloned().ok_or_else(|| format!("{pieces:#?}"))
        });
        let Ok(piece) = found else {
            panic!("nothing after {what}: {found:?}\n{}", world.pp(["output", "-n", "60", "web"]));
        };
        self.seen += 1;
        piece
    }
}

/// Plays all edits of a project.
#[track_caller]
fn play(world: &World, project: &Project) {
    let Project { command, folder, ready, source, good, broken, comment, page } = project;
    write_whole(source, good);
    let mut start = world.pp_command(["start", "--label", "web", "sh", "-c", command]);
    start.current_dir(folder);
    world.run(start).ok();
    let is_ready = within(EDIT_TIMEOUT, || {
        let out = world.pp(["output", "web"]).ok().out();
        if out.contains(ready) { Ok(()) } else { Err(out) }
    });
    assert_eq!(is_ready, Ok(()));
    request(world, *page);
    let follower =
        world.spawn_pp(["news", "--follow", "--format", "json", "--after", "1-0-0", "web"]);
    let mut reader = Reader { follower, seen: 0 };
    pause(Duration::from_secs(1));
    let at_start = reader.pieces();
    assert!(at_start.is_empty(), "before any edit: {at_start:#?}");

    let mut delays = Vec::new();
    let mut texts = Vec::new();
    for (text, expected) in broken {
        edit(world, source, text, *page);
        let piece = reader.next(world, expected, || edit(world, source, text, *page));
        delays.push(delay_of(&piece));
        assert_eq!(piece["kind"], "error", "{piece:#}");
        let shown = format!("{} {}", piece["line"].as_str().unwrap(), piece["place"]);
        assert!(shown.contains(expected), "{expected} in {piece:#}");
        texts.push(piece.to_string());
        edit(world, source, good, *page);
        let repair = reader.next(world, "the repair", || edit(world, source, good, *page));
        assert_eq!(repair["kind"], "recovery", "{repair:#}");
        texts.push(repair.to_string());
    }

    let edits = number_from_env("PERSISTPROC_TEST_NEWS_EDITS", DEFAULT_EDITS);
    for number in 0..edits {
        edit(world, source, &format!("{good}{comment} {number}\n"), *page);
        pause(Duration::from_millis(150));
    }
    pause(Duration::from_secs(3));
    let false_alarms = reader.pieces().split_off(reader.seen);
    let tokens = count_tokens(&texts);
    println!(
        "{edits} harmless edits: {} false alarms; delays {delays:?}; tokens {tokens:?}",
        false_alarms.len()
    );
    assert!(false_alarms.len() <= MAX_FALSE_ALARMS, "{false_alarms:#?}");
    assert!(tokens.iter().all(|count| *count <= MAX_TOKENS), "{tokens:?}: {texts:#?}");
    assert!(delays.iter().all(|delay| *delay < MAX_DELAY), "{delays:?}");
    world.pp(["stop", "web"]).ok();
}

/// Writes a file at once. A watcher that reads a half-written file reports an error that no edit has made.
fn write_whole(file: &Path, text: &str) {
    let part = file.with_extension("part");
    fs::write(&part, text).unwrap();
    fs::rename(&part, file).unwrap();
}

/// Writes the file as an editor does, and has it compiled.
fn edit(world: &World, source: &Path, text: &str, page: Option<(u16, &str)>) {
    write_whole(source, text);
    pause(Duration::from_millis(150));
    request(world, page);
}

/// Asks for a page. A server that starts again refuses connections meanwhile, and one that is broken may never
/// answer, so nothing waits for the answer.
fn request(world: &World, page: Option<(u16, &str)>) {
    let Some((port, path)) = page else { return };
    let http = Http::tcp("localhost", port, world.normalizer());
    let path = path.to_owned();
    thread::spawn(move || {
        within(Duration::from_secs(5), || {
            let reply = http.try_send("GET", &path, &[], b"").map_err(|error| error.to_string())?;
            Ok::<u16, String>(reply.status)
        })
        .ok();
    });
}

/// From the time of the line until now.
fn delay_of(piece: &Value) -> Duration {
    let time: persistproc_api::Time = serde_json::from_value(piece["time"].clone()).unwrap();
    let now = persistproc_api::Time::now();
    Duration::from_secs_f64(now.seconds_since(time).max(0.0))
}

/// The folder of the fetched watchers.
fn watchers() -> PathBuf {
    tools::fetch("fetch-watchers");
    tools::folder().join("watchers")
}

#[test]
fn vite_reports_what_an_edit_breaks() {
    let world = World::new();
    let folder = vite::project(&world);
    let port = free_port();
    let good = fs::read_to_string(folder.join("src/main.js")).unwrap();
    let project = Project {
        command: format!("exec npm run dev -- --port {port} --strictPort"),
        ready: "ready in",
        source: folder.join("src/main.js"),
        broken: vec![
            ("export function broken( {\n".to_owned(), "src/main.js:1"),
            (format!("import './nosuch.js'\n{good}"), "Failed to resolve import"),
            ("export function broken( {\n".to_owned(), "invalid JS syntax"),
        ],
        good,
        comment: "//",
        page: Some((port, "/src/main.js")),
        folder,
    };
    play(&world, &project);
}

#[test]
fn tsc_reports_what_an_edit_breaks() {
    let world = World::new();
    let good =
        "export function add(a: number, b: number): number {\n  return a + b;\n}\n".to_owned();
    let settings = r#"{"compilerOptions": {"outDir": "out", "strict": true}, "include": ["src"]}"#;
    world.write("tsconfig.json", settings);
    let tsc = watchers().join("node_modules/.bin/tsc");
    let project = Project {
        command: format!("exec {} --watch --preserveWatchOutput", tsc.display()),
        ready: "Watching for file changes",
        source: world.write("src/cart.ts", &good),
        broken: vec![
            (good.replace("a + b", "a + c"), "src/cart.ts:2:14"),
            (good.replace("): number", "): string"), "TS2322"),
            ("export function add(a: number {\n".to_owned(), "TS1005"),
        ],
        good,
        comment: "//",
        page: None,
        folder: world.work(),
    };
    play(&world, &project);
}

#[test]
fn pytest_reports_what_an_edit_breaks() {
    let world = World::new();
    let tests = "from cart import total\n\ndef test_total():\n    assert total([1, 2]) == 3\n";
    world.write("test_cart.py", tests);
    let good = "def total(items):\n    return sum(items)\n".to_owned();
    let programs = watchers().join("python/bin");
    let project = Project {
        command: format!("PATH={}:$PATH exec ptw . --now", programs.display()),
        ready: "1 passed",
        source: world.write("cart.py", &good),
        broken: vec![
            (good.replace("sum(items)", "sum(items) + 1"), "test_cart.py"),
            (good.replace("sum(", "sums("), "NameError"),
            ("def total(items:\n    return 3\n".to_owned(), "SyntaxError"),
        ],
        good,
        comment: "#",
        page: None,
        folder: world.work(),
    };
    play(&world, &project);
}

#[test]
fn uvicorn_reports_what_an_edit_breaks() {
    let world = World::new();
    let good = "async def app(scope, receive, send):\n    if scope['type'] != 'http':\n        return\n    \
                await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n    \
                await send({'type': 'http.response.body', 'body': b'ok'})\n"
        .to_owned();
    let uvicorn = watchers().join("python/bin/uvicorn");
    let port = free_port();
    let project = Project {
        command: format!(
            "exec {} app:app --reload --port {port} --lifespan off",
            uvicorn.display()
        ),
        ready: "Started server process",
        source: world.write("app.py", &good),
        broken: vec![
            (good.replace("b'ok'", "nosuch"), "NameError"),
            (format!("import nosuch\n{good}"), "ModuleNotFoundError"),
            (good.replace("scope['type']", "scope['type'"), "app.py:2"),
        ],
        good,
        comment: "#",
        page: Some((port, "/")),
        folder: world.work(),
    };
    play(&world, &project);
}

/// A loop in place of `cargo watch`, which takes minutes to compile.
#[test]
fn cargo_reports_what_an_edit_breaks() {
    let world = World::new();
    world.write(
        "Cargo.toml",
        "[package]\nname = \"cart\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n",
    );
    let check = "last=; while :; do now=$(cksum src/main.rs); if [ \"$now\" != \"$last\" ]; then last=$now; \
                 cargo check; fi; sleep 0.1; done";
    let cargo = PathBuf::from(std::env::var_os("CARGO").unwrap());
    let good = "fn total(items: &[u32]) -> u32 {\n    items.iter().sum()\n}\n\nfn main() {\n    \
                println!(\"{}\", total(&[1, 2]));\n}\n"
        .to_owned();
    let project = Project {
        command: format!("PATH={}:$PATH; {check}", cargo.parent().unwrap().display()),
        ready: "Finished",
        source: world.write("src/main.rs", &good),
        broken: vec![
            (good.replace("-> u32", "-> String"), "src/main.rs:2"),
            (good.replace("items.iter", "item.iter"), "E0425"),
            (good.replace("u32 {", "u32"), "src/main.rs"),
        ],
        good,
        comment: "//",
        page: None,
        folder: world.work(),
    };
    play(&world, &project);
}

#[test]
fn next_reports_what_an_edit_breaks() {
    let world = World::new();
    let modules = watchers().join("node_modules");
    let copied = world.run({
        let mut copy = world.command("cp");
        copy.args(["-a"]).arg(&modules).arg(world.work());
        copy
    });
    copied.ok();
    world.write("package.json", "{}");
    let layout = "export default function Layout({ children }) {\n  return <html><body>{children}</body></html>;\n}\n";
    world.write("app/layout.js", layout);
    let good = "export default function Page() {\n  return <p>hello</p>;\n}\n".to_owned();
    let port = free_port();
    let project = Project {
        command: format!("NEXT_TELEMETRY_DISABLED=1 exec node_modules/.bin/next dev --port {port}"),
        ready: "Ready in",
        source: world.write("app/page.js", &good),
        broken: vec![
            (good.replace("<p>", "<p"), "app/page.js:2"),
            (format!("import x from './nosuch';\n{good}"), "Module not found"),
            (good.replace("return", "null.x;\n  return"), "TypeError"),
        ],
        good,
        comment: "//",
        page: Some((port, "/")),
        folder: world.work(),
    };
    play(&world, &project);
}
