//! The cost of a question: bounded by what counts as known, not by the size of the log.

use std::time::{Duration, Instant};

use crate::support::World;
use crate::support::tools::number_from_env;
use crate::support::wait::within;

/// Megabytes of output. `PERSISTPROC_TEST_NEWS_MB` prints more.
const DEFAULT_SIZE: u64 = 32;

/// How long the process may take to print all of it.
const PRINT_TIMEOUT: Duration = Duration::from_secs(300);

/// A busy machine takes this long. The benchmark measures the time on an idle one.
const MAX_TIME: Duration = Duration::from_secs(3);

#[test]
fn the_first_question_over_a_large_log_is_quick_and_later_ones_cost_nothing() {
    let world = World::new();
    let megabytes = number_from_env("PERSISTPROC_TEST_NEWS_MB", DEFAULT_SIZE);
    let script = format!(
        "yes 'GET /api/items/42 200 in 12 ms and some more text to fill the line' | head -c {megabytes}M; \
         echo; echo 'Error: no database'; sleep 1000"
    );
    world.pp(["start", "--label", "web", "sh", "-c", &script]).ok();
    let printed = within(PRINT_TIMEOUT, || {
        let last = world.pp(["output", "-n", "1", "web"]).ok().out();
        if last.contains("no database") { Ok(()) } else { Err(last) }
    });
    assert_eq!(printed, Ok(()));
    let ask = |world: &World| {
        let start = Instant::now();
        let (news, cursor) = world.until_news("");
        assert_eq!(news[0]["line"], "Error: no database", "{news:#?}");
        (start.elapsed(), cursor)
    };
    let (first, cursor) = ask(&world);
    world.kill_daemon();
    world.pp(["list"]).ok();
    let (after_restart, _) = ask(&world);
    let start = Instant::now();
    let (none, _) = world.news_after(&cursor);
    let later = start.elapsed();
    assert!(none.is_empty(), "{none:#?}");
    println!("{megabytes} MB: first {first:?}, after a restart {after_restart:?}, later {later:?}");
    assert!(first < MAX_TIME && after_restart < MAX_TIME && later < MAX_TIME);
}
