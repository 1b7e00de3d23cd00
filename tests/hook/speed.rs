//! How long a hook takes beside 50 processes and long logs. `PERSISTPROC_TEST_HOOK_CALLS` and
//! `PERSISTPROC_TEST_HOOK_MEGABYTES` set how thorough the measurement is.

use std::time::{Duration, Instant};

use super::hook_of_bytes;
use super::inputs::{after_edit, before_shell, session_start};
use crate::support::tools::number_from_env;
use crate::support::{World, until};

const PROCESSES: u64 = 50;

/// How many of them have written a log.
const WRITERS: u64 = 5;

/// The program takes 40 ms at most, besides its start. A test build on a busy machine is allowed this much
/// for both.
const MAX_MEDIAN: Duration = Duration::from_secs(3);

#[test]
fn a_hook_is_fast_beside_many_processes_and_long_logs() {
    let calls = number_from_env("PERSISTPROC_TEST_HOOK_CALLS", 10);
    let megabytes = number_from_env("PERSISTPROC_TEST_HOOK_MEGABYTES", 20);
    let world = World::new();
    let write = format!(
        "yes 'GET /cart 200 in 12 ms' | head -c {}; echo written; exec sleep 1000",
        megabytes * 1_000_000 / WRITERS
    );
    for number in 0..PROCESSES {
        let script = if number < WRITERS { &write } else { "exec sleep 1000" };
        world.pp(["start", "--label", &format!("p{number}"), "sh", "-c", script]).ok();
    }
    for number in 0..WRITERS {
        until("the log", || {
            let last = world.pp(["logs", "--lines", "1", &format!("p{number}")]).out();
            if last.contains("written") { Ok(()) } else { Err(last) }
        });
    }
    let work = world.work();
    for (name, input) in [
        ("session start", session_start("claude-code", &work)),
        ("after an edit", after_edit("claude-code", &work)),
        ("before a dev server", before_shell("claude-code", &work, "npm run dev")),
        ("before pkill", before_shell("claude-code", &work, "pkill -f p49-and-more")),
        ("before ls", before_shell("claude-code", &work, "ls -la")),
    ] {
        // A hook that is late is silent, too.
        let mut silent = 0;
        let mut times: Vec<Duration> = (0..calls)
            .map(|call| {
                let mut input = input.clone();
                input["session_id"] = format!("s-{call}").into();
                let start = Instant::now();
                let output = hook_of_bytes(
                    &world,
                    &["claude-code", "--guard-shell"],
                    input.to_string().as_bytes(),
                );
                silent += usize::from(output.stdout.is_empty());
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        let of = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        let (median, p99) = (of(0.5), of(0.99));
        println!("hook {name}: p50 {median:.1?}, p99 {p99:.1?}, {calls} calls, {silent} silent");
        assert!(median < MAX_MEDIAN, "{name}: {times:?}");
    }
}
