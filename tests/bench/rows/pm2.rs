//! `start` and `list`, compared with pm2, if it is installed. The rows have no goal, because the
//! programs do different work for these commands.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::bench::{Bench, find_on_path, program};
use crate::daemon::{Daemon, LARGE_LOG_LIMIT, output_of};
use crate::handshake::Handshake;
use crate::row::{Row, ms};
use crate::rows::start::{seconds_to_first_instruction, seconds_to_run};
use crate::stats::{Pairs, median};
use crate::{Fallible, child};

const NUMBER: u8 = 17;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    if find_on_path("pm2").is_none() {
        return Ok(vec![Row::new(NUMBER, "pm2").skipped("skipped; pm2 is not on the PATH")]);
    }
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let pm2 = Pm2::new(bench)?;
    let handshake = Handshake::new(bench.sockets(), "pm2")?;
    let own = std::env::current_exe()?.to_string_lossy().into_owned();
    let role = [child::FLAG, "start-time", &handshake.path()].map(str::to_owned);
    let mut start = Pairs::default();
    let mut list = Pairs::default();
    for round in 0..bench.either(15, 3) {
        let label = format!("pm2-{round}");
        let words = role.iter().map(String::as_str);
        let ours: Vec<&str> = ["start", "--label", &label, &own].into_iter().chain(words).collect();
        start.push(
            seconds_to_first_instruction(&handshake, pm2.start(&label, &own, &role)?)?,
            seconds_to_first_instruction(&handshake, daemon.cli(&ours))?,
        );
        list.push(
            seconds_to_run(&mut pm2.command(&["list"])?)?,
            seconds_to_run(&mut daemon.cli(&["list"]))?,
        );
    }
    let row = |pairs: &Pairs, what: &str| {
        Row::new(NUMBER, format!("{what}, vs. pm2"))
            .baseline(ms(median(&pairs.baseline)))
            .ours(ms(median(&pairs.ours)))
            .ratio(pairs.ratio())
    };
    Ok(vec![row(&start, "`start` → first instruction of the child"), row(&list, "`list`")])
}

/// A pm2 daemon with its own home directory.
struct Pm2 {
    home: PathBuf,
}

impl Pm2 {
    fn new(bench: &Bench) -> Fallible<Self> {
        let pm2 = Self { home: bench.files().join("pm2") };
        // The first command starts the daemon, which is not measured.
        output_of(&mut pm2.command(&["list"])?)?;
        Ok(pm2)
    }

    fn command(&self, arguments: &[&str]) -> Fallible<Command> {
        let mut command = program("pm2")?;
        command.args(arguments).env("PM2_HOME", &self.home);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Ok(command)
    }

    fn start(&self, name: &str, program: &str, arguments: &[String]) -> Fallible<Command> {
        let mut command = self.command(&["start", program, "--name", name])?;
        command.args(["--interpreter", "none", "--no-autorestart", "--"]).args(arguments);
        Ok(command)
    }
}

impl Drop for Pm2 {
    fn drop(&mut self) {
        // If it fails, the watchdog kills the daemon.
        if let Ok(mut kill) = self.command(&["kill"]) {
            kill.output().ok();
        }
    }
}
