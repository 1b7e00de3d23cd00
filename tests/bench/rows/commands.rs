//! The time that commands take which do little, compared with `true`; and what a list costs that is
//! watched while its processes change.

use std::process::Stdio;
use std::time::Duration;

use crate::bench::{Bench, program};
use crate::daemon::{Daemon, LARGE_LOG_LIMIT};
use crate::row::{Row, ms};
use crate::rows::rest::KillOnDrop;
use crate::rows::start::seconds_to_run;
use crate::stats::{Pairs, median};
use crate::{Fallible, clock, machine};

/// Commands, and how many milliseconds each may take beside `true`.
const COMMANDS: [(&[&str], f64); 8] = [
    (&["list"], 3.0),
    (&["list", "--format", "json"], 3.0),
    (&["prompt"], 3.0),
    (&["env", "quiet-one"], 5.0),
    (&["completions", "bash"], 5.0),
    (&["help"], 5.0),
    (&["man"], 10.0),
    (&["doctor"], 100.0),
];

/// Changes in each second of a list that is watched.
const CHANGES_PER_SECOND: u32 = 10;

pub(crate) fn start_up(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    daemon.start_process("quiet-one", &["sleep", "900"])?;
    let mut rows = Vec::new();
    for (words, goal) in COMMANDS {
        let mut pairs = Pairs::default();
        for _ in 0..bench.either(40, 10) {
            let baseline = seconds_to_run(&mut program("true")?)?;
            // `doctor` fails if it finds something, which depends on the machine.
            let began = clock::now();
            daemon.cli(words).stderr(Stdio::null()).output()?;
            pairs.push(baseline, clock::seconds(began, clock::now()));
        }
        let difference = pairs.difference() * 1e3;
        rows.push(
            Row::new(23, format!("`persistproc {}`, vs. `true`", words.join(" ")))
                .baseline(ms(median(&pairs.baseline)))
                .ours(ms(median(&pairs.ours)))
                .goal(format!("+ {goal} ms (is + {difference:.1})"), difference <= goal),
        );
    }
    Ok(rows)
}

pub(crate) fn watch(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let count = bench.either(200, 20);
    for at in 0..count {
        daemon.start_process(&format!("idle-{at}"), &["sleep", "900"])?;
    }
    let mut watch = daemon.cli(&["list", "--watch", "--long", "--format", "json"]);
    let watch = KillOnDrop(watch.stdout(Stdio::null()).spawn()?);
    let cpu = || {
        Ok::<_, crate::Failure>(
            machine::cpu_seconds(daemon.pid())? + machine::cpu_seconds(watch.0.id())?,
        )
    };
    let seconds = bench.either(10, 2);
    // What the changes cost by themselves, then with the list that shows them.
    let changes = |seconds| {
        let began = clock::now();
        for at in 0..seconds * CHANGES_PER_SECOND {
            daemon.start_process("change", &["true"])?;
            let next = f64::from(at + 1) / f64::from(CHANGES_PER_SECOND);
            let left = next - clock::seconds(began, clock::now());
            std::thread::sleep(Duration::from_secs_f64(left.max(0.0)));
        }
        Fallible::Ok(clock::seconds(began, clock::now()))
    };
    changes(1)?;
    let before = cpu()?;
    let took = changes(seconds)?;
    let percent = (cpu()? - before) / took * 100.0;
    Ok(vec![
        Row::new(24, format!("CPU of `list --watch --long` and daemon, {count} processes, {CHANGES_PER_SECOND} changes/s"))
            .ours(format!("{percent:.0} %"))
            .goal("≤ 30 %", percent <= 30.0),
    ])
}
