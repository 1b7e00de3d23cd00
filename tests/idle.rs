//! Idle processes: a daemon and the shims of idle children use no CPU time and never wake up.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::World;
use crate::support::procs::{ticks, wakeups};
use crate::support::tools::number_from_env;
use crate::support::wait::{pause, until_stable};

const CHILDREN: usize = 20;

/// Measures for ten seconds; with `tests/run --thorough` for thirty.
#[test]
fn idle_children_cost_no_cpu_time() {
    let world = World::new();
    for number in 0..CHILDREN {
        let tty = if number % 2 == 0 { "--tty" } else { "--if-running=return" };
        world.pp(["start", "--label", &format!("idle {number}"), tty, "sleep", "1000"]).ok();
    }
    let measure_by_pid = |measure: fn(u32) -> u64| -> BTreeMap<u32, u64> {
        let own = world.processes().into_iter().filter(|process| process.is_persistproc());
        own.map(|process| (process.pid, measure(process.pid))).collect()
    };
    let woken = until_stable("the wake-ups", Duration::from_secs(1), || measure_by_pid(wakeups));
    // A terminal has a session, which a fork of its shim leads.
    let expected = 1 + CHILDREN + CHILDREN / 2;
    assert_eq!(woken.len(), expected, "a daemon and the shims: {:#?}", world.processes());
    let before = measure_by_pid(ticks);
    pause(Duration::from_secs(number_from_env("PERSISTPROC_TEST_IDLE_SECONDS", 10)));
    assert_eq!(measure_by_pid(ticks), before, "ticks of CPU time by pid");
    assert_eq!(measure_by_pid(wakeups), woken, "wake-ups by pid");
}
