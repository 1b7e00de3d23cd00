//! Nothing polls: a daemon with idle children, and their shims, use no CPU at all.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::World;
use crate::support::procs::{ticks, wakeups};
use crate::support::tools::number_from_env;
use crate::support::wait::{pause, until_stable};

/// Watches for ten seconds; `tests/run --thorough` for thirty.
#[test]
fn twenty_idle_children_cost_nothing() {
    let world = World::new();
    for number in 0..20 {
        let tty = if number % 2 == 0 { "--tty" } else { "--if-running=return" };
        world.pp(["start", "--label", &format!("idle {number}"), tty, "sleep", "1000"]).ok();
    }
    let ours = |what: fn(u32) -> u64| -> BTreeMap<u32, u64> {
        let all = world.processes().into_iter().filter(|found| found.is_persistproc());
        all.map(|found| (found.pid, what(found.pid))).collect()
    };
    let woken = until_stable("rest", Duration::from_secs(1), || ours(wakeups));
    assert_eq!(woken.len(), 21, "a daemon and twenty shims: {:#?}", world.processes());
    let before = ours(ticks);
    pause(Duration::from_secs(number_from_env("PERSISTPROC_TEST_IDLE_SECONDS", 10)));
    assert_eq!(ours(ticks), before, "ticks of CPU time by pid");
    assert_eq!(ours(wakeups), woken, "wake-ups by pid");
}
