//! The last 100 lines of a large log, compared with `tail` on a plain file and with a small log.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use persistproc_api::Target;

use crate::bench::{Bench, program};
use crate::check::Faults;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT, output_of};
use crate::handshake::Handshake;
use crate::row::{Row, ms};
use crate::rows::start::seconds_to_run;
use crate::stats::{Pairs, median};
use crate::{Failure, Fallible, clock};

const CHUNK: &str = "65536";

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let bytes = large_log_bytes(bench);
    let file = plain_file(bench, bytes)?;
    let large = process_with_output(bench, &daemon, "large", bytes)?;
    let small = process_with_output(bench, &daemon, "small", 1_000_000)?;
    let tail = || {
        let mut tail = program("tail")?;
        tail.args(["-n", "100"]).arg(&file);
        Ok::<_, Failure>(tail)
    };
    let last = |id: &str| daemon.cli(&["output", "--lines", "100", id]);
    let is_same = output_of(&mut tail()?)? == output_of(&mut last(&large))?;
    let faults = Faults { lines: 100, lost: if is_same { 0 } else { 100 }, ..Faults::default() };
    let mut to_tail = Pairs::default();
    let mut to_small = Pairs::default();
    for _ in 0..bench.either(60, 15) {
        let ours = seconds_to_run(&mut last(&large))?;
        to_tail.push(seconds_to_run(&mut tail()?)?, ours);
        to_small.push(seconds_to_run(&mut last(&small))?, ours);
    }
    std::fs::remove_file(file)?;
    let name = format!("last 100 lines of {} GB", bytes as f64 / 1e9);
    let ratio_to_small = to_small.ratio();
    Ok(vec![
        Row::new(11, format!("{name}, vs. `tail -n 100`"))
            .compare(&to_tail, ms, 2.0)
            .checked(bench.count(faults)),
        Row::new(11, format!("{name}, vs. those of 1 MB"))
            .baseline(ms(median(&to_small.baseline)))
            .ours(ms(median(&to_small.ours)))
            .ratio(ratio_to_small)
            .goal("≤ 1.2 ×", ratio_to_small <= 1.2),
    ])
}

/// The size of the large log.
pub(super) fn large_log_bytes(bench: &Bench) -> u64 {
    bench.either(1_000_000_000, 100_000_000)
}

/// A plain file of numbered lines.
pub(super) fn plain_file(bench: &Bench, bytes: u64) -> Fallible<PathBuf> {
    let file = bench.files().join("plain.log");
    let handshake = Handshake::new(bench.sockets(), "plain")?;
    let role = ["flood", &handshake.path(), CHUNK, &bytes.to_string(), "0", "exit"];
    let mut child =
        bench.child(&role)?.stdin(Stdio::null()).stdout(File::create(&file)?).spawn()?;
    run_child(&handshake)?;
    child.wait()?;
    Ok(file)
}

fn run_child(handshake: &Handshake) -> Fallible {
    let mut ready = handshake.accept()?;
    ready.start()?;
    ready.report()?;
    Ok(())
}

/// An ended process that has written this much.
pub(super) fn process_with_output(
    bench: &Bench,
    daemon: &Daemon,
    label: &str,
    bytes: u64,
) -> Fallible<String> {
    let handshake = Handshake::new(bench.sockets(), label)?;
    let role = ["flood", &handshake.path(), CHUNK, &bytes.to_string(), "0", "exit"];
    let id = daemon.start_role(label, &role)?.process.id;
    run_child(&handshake)?;
    clock::wait_until("the process to end", Duration::from_millis(5), || {
        let ended = !daemon.client.process(&Target::from_id(&id))?.status.is_alive();
        Ok(ended.then_some(()))
    })?;
    Ok(id)
}
