//! What `ready` says, against what the program itself has noted: when it began to listen, and when it
//! ended. Each of eleven programs is started again and again, at random moments and with random delays.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::World;
use crate::support::tools::number_from_env;
use crate::support::world::free_port;

/// How many starts run at the same time.
const PARALLEL: usize = 2;

/// An answer that comes later than this after the program listens is missed. Generous: the figure for a
/// quiet machine is printed.
const MISSED_AFTER: Duration = Duration::from_secs(3);

/// What every program begins with. `note` appends a moment to its file; it is noted before the call that
/// begins to listen, so that no answer can be between the two.
const PRELUDE: &str = r"
import os, random, signal, socket, subprocess, sys, time
port, delay, truth, folder = int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.argv[5]
def note(what):
    with open(truth, 'a') as file: file.write('%s %d\n' % (what, time.time_ns()))
def listen(port, family=socket.AF_INET, host='127.0.0.1'):
    server = socket.socket(family)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((host, port)); note('listens'); server.listen()
    return server
def say(text): print(text, flush=True)
kind = sys.argv[1]
";

/// The programs by name, and whether they become ready.
const PROGRAMS: [(&str, bool, &str); 11] = [
    ("silent", true, "time.sleep(delay); s = listen(port); time.sleep(1000)"),
    (
        "url first",
        true,
        "say('  Local: http://localhost:%d/' % port); time.sleep(delay); s = listen(port); time.sleep(1000)",
    ),
    (
        "another service",
        true,
        "say('database at http://localhost:5432/'); time.sleep(delay); s = listen(port); time.sleep(1000)",
    ),
    (
        "debugger",
        true,
        "d = socket.create_server(('127.0.0.1', 0))\nsay('Debugger listening on ws://127.0.0.1:%d/x' % d.getsockname()[1])\ntime.sleep(delay); s = listen(port); time.sleep(1000)",
    ),
    (
        "second port",
        true,
        "say('  Local: http://localhost:%d/' % port); a = socket.create_server(('127.0.0.1', 0))\ntime.sleep(min(delay, 0.4)); s = listen(port); time.sleep(1000)",
    ),
    ("IPv6", true, "time.sleep(delay); s = listen(port, socket.AF_INET6, '::1'); time.sleep(1000)"),
    (
        "Unix socket",
        true,
        "path = os.path.join(folder, '%d.sock' % port); s = socket.socket(socket.AF_UNIX); time.sleep(delay)\ns.bind(path); note('listens'); s.listen(); say('Listening on unix:%s' % path); time.sleep(1000)",
    ),
    (
        "in a session of its own",
        true,
        "if os.fork(): os._exit(0)\nos.setsid(); time.sleep(1 + delay); s = listen(port); time.sleep(1000)",
    ),
    (
        "reloader",
        true,
        "if os.fork() == 0:\n    time.sleep(delay); s = listen(port); time.sleep(1000)\nos.wait()",
    ),
    ("worker", false, "say('waiting for jobs at http://localhost:5432/'); time.sleep(1000)"),
    (
        "crash",
        false,
        "say('Error: another server runs at http://localhost:%d/' % port); time.sleep(delay); note('ends'); sys.exit(1)",
    ),
];

/// A number from the clock: the delays need not be the same in each run.
fn random_below(bound: u64) -> u64 {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    u64::from(nanos) / 1000 % bound
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

/// What was wrong, and how late the answers were.
#[derive(Default)]
struct Outcome {
    wrong: Vec<String>,
    late: Vec<Duration>,
    /// Of a program that has named a port of another service: that port is preferred for a second.
    late_after_hint: Vec<Duration>,
}

/// 33 starts. `PERSISTPROC_TEST_STARTS` sets how many.
#[test]
fn ready_is_neither_too_early_nor_missed() {
    let world = World::new();
    world.pp(["list"]).ok();
    for (number, (_, _, program)) in PROGRAMS.iter().enumerate() {
        world.write(&format!("program-{number}.py"), &format!("{PRELUDE}{program}\n"));
    }
    let starts = number_from_env("PERSISTPROC_TEST_STARTS", 33);
    let next = AtomicU64::new(0);
    let outcome = Mutex::new(Outcome::default());
    thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= starts {
                        return;
                    }
                    start_once(&world, number, &outcome);
                }
            });
        }
    });
    let Outcome { wrong, mut late, late_after_hint } = outcome.into_inner().unwrap();
    late.sort_unstable();
    let over = late.iter().filter(|late| **late > Duration::from_millis(100)).count();
    let at = |part: usize| late[(late.len() - 1) * part / 100];
    println!(
        "{starts} starts: {} wrong; ready after listen: median {:.0?}, p99 {:.0?}, longest {:.0?}, over 100 ms: {over}; \
         after the port of another service was named, longest {:.0?}",
        wrong.len(),
        at(50),
        at(99),
        at(100),
        late_after_hint.iter().max().copied().unwrap_or_default()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn start_once(world: &World, number: u64, outcome: &Mutex<Outcome>) {
    let program = number as usize % PROGRAMS.len();
    let (name, becomes_ready, _) = PROGRAMS[program];
    let port = free_port();
    let truth = world.work().join(format!("truth-{number}"));
    let seconds = random_below(600) as f64 / 1000.0;
    let script = format!("program-{program}.py");
    let label = format!("start-{number}");
    let command = json!([
        "python3",
        "-SE",
        script,
        name,
        port.to_string(),
        seconds.to_string(),
        truth,
        world.folder("run")
    ]);
    let timeout = if becomes_ready { 20.0 } else { 1.5 };
    let body = json!({"command": command, "label": label, "working_directory": world.work(),
        "wait": {"for": "ready", "timeout": timeout}});
    let reply = world.rest().post("/v1/processes", &body);
    let answered = now();
    let problem = judge(name, &reply.json()["waited"], becomes_ready, &truth, answered, outcome);
    if let Some(problem) = problem {
        let text = format!("{name} (start {number}): {problem}\n{reply}");
        outcome.lock().unwrap().wrong.push(text);
    }
    world.pp(["stop", "--force", &label]);
    world.pp(["forget", &label]);
}

/// What is wrong about the result of a wait.
fn judge(
    name: &str,
    waited: &Value,
    becomes_ready: bool,
    truth: &Path,
    answered: u64,
    outcome: &Mutex<Outcome>,
) -> Option<String> {
    let noted = fs::read_to_string(truth).unwrap_or_default();
    let moment = |what: &str| {
        let line = noted.lines().find(|line| line.starts_with(what))?;
        line.rsplit(' ').next()?.parse::<u64>().ok()
    };
    let is_ready = waited["reached"] == true;
    match (is_ready, becomes_ready, moment("listens")) {
        (true, false, _) => Some("ready, though it never listens".into()),
        (false, false, _) => None,
        (true, true, Some(listens)) if answered >= listens => {
            let late = Duration::from_nanos(answered - listens);
            let mut outcome = outcome.lock().unwrap();
            let has_named_another = name == "another service";
            let list =
                if has_named_another { &mut outcome.late_after_hint } else { &mut outcome.late };
            list.push(late);
            (late > MISSED_AFTER).then(|| format!("{late:.0?} late"))
        }
        (true, true, _) => Some(format!("ready before it listens: {noted}")),
        (false, true, _) => Some(format!("not ready: {noted}")),
    }
}
