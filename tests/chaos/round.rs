//! One [`Round`] of the chaos test: a child of each kind, faults at random moments, and the end.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::faults::{self, Fault};
use super::news::NewsRecord;
use super::{ChaosResult, Random, check};
use crate::support::background::Background;
use crate::support::daemon::pid;
use crate::support::disk::SmallDisk;
use crate::support::procs::{alive, kill_if_alive};
use crate::support::wait::{pause, within};
use crate::support::{World, clock, until};

/// The kinds of child that `child.py` implements.
const KINDS: [&str; 14] = [
    "failing", "chatty", "terminal", "split", "merged", "silent", "crashing", "forking",
    "escaping", "huge", "binary", "reviving", "forever", "forever",
];

/// How long the children that exit by themselves may take.
const EXIT_TIMEOUT: Duration = Duration::from_secs(60);

/// How long descendants may be alive after the end of their run.
const DESCENDANTS_TIMEOUT: Duration = Duration::from_secs(5);

/// A round while it is played.
pub(super) struct Round {
    pub(super) world: World,
    pub(super) random: Random,
    pub(super) children: Vec<Child>,
    /// The disk of the data directory, in some rounds.
    pub(super) disk: Option<SmallDisk>,
    /// `pp output -f` of the last child.
    pub(super) follower: Option<Background>,
    /// The news of the first child.
    news: NewsRecord,
    /// How often the clock had been moved when the round began.
    clock_moves: u64,
    /// Whether the last fault was one after which no other may follow.
    pub(super) is_over: bool,
    pub(super) result: ChaosResult,
}

/// A child, and what happened to it.
pub(super) struct Child {
    pub(super) label: String,
    pub(super) kind: &'static str,
    /// The reply to its start.
    pub(super) process: Value,
    /// The test has killed it.
    pub(super) was_killed: bool,
    /// For a moment it had neither a daemon nor a shim. Its output and its exit may be lost.
    pub(super) was_orphaned: bool,
    /// The test has truncated or deleted its logs.
    pub(super) has_damaged_logs: bool,
}

impl Child {
    pub(super) fn pid(&self) -> u32 {
        pid(&self.process)
    }

    /// Whether it runs until it is stopped.
    pub(super) fn is_endless(&self) -> bool {
        matches!(self.kind, "forever" | "reviving")
    }

    /// The files of its record have this path with an extension.
    pub(super) fn record(&self, world: &World) -> PathBuf {
        world.work().join(&self.label)
    }
}

/// Whether a child of this kind has a terminal.
pub(super) fn has_terminal(kind: &str) -> bool {
    matches!(kind, "terminal" | "split")
}

/// Plays the round of this seed.
pub(super) fn play(seed: u64) -> ChaosResult {
    let world = World::new();
    let mut random = Random(seed);
    let has_small_disk = random.below(3) == 0;
    let disk = has_small_disk.then(|| SmallDisk::at(world.folder("data"), "24m"));
    let mut round = Round {
        world,
        random,
        children: Vec::new(),
        disk,
        follower: None,
        news: NewsRecord::default(),
        clock_moves: clock::moves(),
        is_over: false,
        result: ChaosResult::default(),
    };
    let mut history = Vec::new();
    round.start();
    for _ in 0..3 + round.random.below(4) {
        pause(Duration::from_millis(round.random.below(250)));
        let fault = *round.random.choose(&Fault::ALL).unwrap();
        if faults::inject(&mut round, fault) {
            *round.result.faults.entry(fault.name()).or_default() += 1;
            history.push(fault.name());
        }
        if round.is_over {
            break;
        }
        round.read_news();
    }
    round.end();
    let mut result = std::mem::take(&mut round.result);
    let log = fs::read_to_string(round.world.folder("data").join("daemon.log")).unwrap_or_default();
    let Round { world, disk, .. } = round;
    // The daemon uses the disk, so the world ends first.
    if catch_unwind(AssertUnwindSafe(|| drop(world))).is_err() {
        result.losses.push("processes or files were left behind, see above".into());
    }
    drop(disk);
    if !result.losses.is_empty() {
        result.losses.push(format!("the daemon's log:\n{log}"));
    }
    let history = history.join(", ");
    for loss in &mut result.losses {
        *loss = format!("seed {seed} ({history}): {loss}");
    }
    result
}

impl Round {
    /// Starts a child of each kind, and follows the output of the last.
    fn start(&mut self) {
        let script = self.world.write("child.py", include_str!("child.py"));
        let http = self.world.rest();
        for (number, kind) in KINDS.into_iter().enumerate() {
            let label = format!("{kind}-{number}");
            let record = self.world.work().join(&label);
            let command = [
                "python3".into(),
                "-SE".into(),
                script.to_string_lossy(),
                kind.into(),
                record.to_string_lossy(),
                self.random.below(1 << 30).to_string().into(),
            ];
            let tty = has_terminal(kind).then(|| json!({"rows": 24, "columns": 80}));
            let is_split = !matches!(kind, "terminal" | "merged");
            let mut environment = std::env::vars().collect::<BTreeMap<_, _>>();
            if kind == "reviving" {
                environment.extend(self.world.variables());
            }
            let request = json!({
                "command": command, "working_directory": self.world.work(), "label": label,
                "tty": tty, "streams": if is_split { "split" } else { "merged" }, "stop_timeout": 1.0,
                "environment": environment, "service": kind != "escaping",
                "assign_port": (kind == "forever").then_some(true),
            });
            let process = http.post("/v1/processes", &request).expect(201);
            self.children.push(Child {
                label,
                kind,
                process,
                was_killed: false,
                was_orphaned: false,
                has_damaged_logs: false,
            });
        }
        self.result.children += self.children.len() as u32;
        self.follow();
    }

    /// Follows the last child from its first byte on.
    pub(super) fn follow(&mut self) {
        let label = self.children.last().unwrap().label.clone();
        self.follower = Some(self.world.spawn_pp(["output", "-f", "-n", "all", &label]));
    }

    /// Stops the children that run forever, waits for the others, and checks everything.
    fn end(&mut self) {
        faults::undo(self);
        for child in &self.children {
            if child.is_endless() {
                self.until_it_handles_signals(child);
                let stopped = self.world.pp(["stop", &child.label]);
                if stopped.code != 0 && !child.was_killed && !child.was_orphaned {
                    let loss = format!("{}: cannot be stopped: {stopped}", child.label);
                    self.result.losses.push(loss);
                }
            }
        }
        let ended = within(EXIT_TIMEOUT, || {
            let mut running = self.world.list();
            running.retain(|process| {
                matches!(process["status"].as_str(), Some("running" | "stopping"))
            });
            if running.is_empty() { Ok(()) } else { Err(format!("{running:#?}")) }
        });
        if let Err(running) = ended {
            self.result.losses.push(format!("still running: {running}"));
        }
        self.end_let_go();
        let descendants = within(DESCENDANTS_TIMEOUT, || match &self.world.children()[..] {
            [] => Ok(()),
            left => Err(format!("descendants are alive: {left:#?}")),
        });
        self.result.losses.extend(descendants.err());
        check::check_all(self);
        self.check_follower();
        self.check_news();
    }

    /// Reads the news of the first child, which prints errors.
    fn read_news(&mut self) {
        if let Some(child) = self.children.first() {
            self.news.read(&self.world, child);
        }
    }

    /// Checks that they are those of its whole log. Not if a round has moved the clock meanwhile: the times of
    /// lines stand still while it is behind, and the time between two lines says where one piece of news ends.
    fn check_news(&mut self) {
        let news = std::mem::take(&mut self.news);
        let Some(child) = self.children.first() else { return };
        let has_moved_clock = clock::moves() != self.clock_moves;
        if !self.is_over && !child.has_damaged_logs && !has_moved_clock {
            self.result.losses.extend(news.check(&self.world, child).err());
        }
    }

    /// Ends the processes that runs have let go. One that is not alive was ended with its run.
    fn end_let_go(&mut self) {
        for child in &self.children {
            let path = child.record(&self.world).with_extension("let_go");
            let text = fs::read_to_string(path).unwrap_or_default();
            for pid in text.lines().flat_map(str::parse) {
                if !alive(pid) {
                    let loss = format!("{}: its service {pid} was ended", child.label);
                    self.result.losses.push(loss);
                }
                kill_if_alive(pid);
            }
        }
    }

    /// A child that has not written to a file yet has not installed its signal handler either.
    fn until_it_handles_signals(&self, child: &Child) {
        let record = child.record(&self.world);
        let has_written = |extension| {
            fs::metadata(record.with_extension(extension)).is_ok_and(|file| file.len() > 0)
        };
        until("its first line", || {
            let handles_signals = ["out", "err", "ready"].into_iter().any(has_written);
            if handles_signals || !alive(child.pid()) { Ok(()) } else { Err(child.label.clone()) }
        });
    }

    /// Checks that a follower that started at the first byte has received every byte.
    fn check_follower(&mut self) {
        let Some(follower) = self.follower.take() else { return };
        let Some(child) = self.children.last() else { return };
        if child.has_damaged_logs {
            return;
        }
        let log = fs::read(child.process["log_combined"].as_str().unwrap()).unwrap_or_default();
        let output = follower.end();
        // The child's stderr is on stderr, and so are notes about gaps.
        let seen = output.stdout.len() + output.stderr.len();
        if seen < log.len() {
            let end_of_stderr = &output.stderr[output.stderr.len().saturating_sub(400)..];
            self.result.losses.push(format!(
                "{}: the follower saw {seen} of {} bytes and exited with {}: {}",
                child.label,
                log.len(),
                output.code,
                String::from_utf8_lossy(end_of_stderr),
            ));
        }
    }

    /// The pid of a child's shim, from its record. `None` while the record can't be read.
    pub(super) fn shim_pid(&self, child: &Child) -> Option<u32> {
        let path = self.world.runs_folder(&child.process).join("1/run.json");
        let record: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        (record["state"] == "running").then(|| pid(&record["shim"]))
    }

    /// Waits until every shim that was killed has been replaced, and all of them answer.
    pub(super) fn until_all_have_shims(&self) {
        until("the shims to answer", || {
            let listed = self.world.pp(["--format", "json", "list"]);
            if listed.code == 0 && !listed.out().contains("\"answering\"") {
                return Ok(());
            }
            let log = self.world.folder("data").join("daemon.log");
            let log = fs::read_to_string(log).unwrap_or_default();
            let faults: Vec<_> = self.result.faults.keys().collect();
            Err(format!("{listed}\n{faults:?}\n{:#?}\n{log}", self.world.processes()))
        });
    }
}
