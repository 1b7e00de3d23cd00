//! One round: a child of each kind, faults at random moments, and the end of it all.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::faults::{self, Fault};
use super::{Dice, Outcome, check};
use crate::support::background::Background;
use crate::support::daemon::pid;
use crate::support::disk::SmallDisk;
use crate::support::procs::alive;
use crate::support::wait::{pause, within};
use crate::support::{World, until};

const KINDS: [&str; 10] = [
    "chatty", "terminal", "silent", "crashing", "forking", "escaping", "huge", "binary", "forever",
    "forever",
];

/// How long everything may take that ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// A round as it goes on.
pub(super) struct Round {
    pub(super) world: World,
    pub(super) dice: Dice,
    pub(super) children: Vec<Child>,
    pub(super) disk: Option<SmallDisk>,
    pub(super) follower: Option<Background>,
    pub(super) outcome: Outcome,
}

/// A child, and what may be said of it.
pub(super) struct Child {
    pub(super) label: String,
    pub(super) kind: &'static str,
    /// As it was told when it was started.
    pub(super) process: Value,
    /// It was killed by us.
    pub(super) killed: bool,
    /// For a moment neither daemon nor shim was there: it may have written into the void.
    pub(super) forsaken: bool,
}

impl Child {
    pub(super) fn pid(&self) -> u32 {
        pid(&self.process)
    }

    /// What it writes down begins with this.
    pub(super) fn copies(&self, world: &World) -> PathBuf {
        world.work().join(&self.label)
    }
}

/// Plays the round of this seed.
pub(super) fn play(seed: u64) -> Outcome {
    let (world, mut dice) = (World::new(), Dice(seed));
    let disk = (dice.below(3) == 0).then(|| SmallDisk::at(world.folder("data"), "24m"));
    let mut round = Round {
        world,
        dice,
        children: Vec::new(),
        disk,
        follower: None,
        outcome: Outcome::default(),
    };
    let mut history = Vec::new();
    round.start();
    for _ in 0..3 + round.dice.below(4) {
        pause(Duration::from_millis(round.dice.below(250)));
        let fault = *round.dice.one_of(&Fault::ALL).unwrap();
        if faults::happens(&mut round, fault) {
            *round.outcome.faults.entry(fault.name()).or_default() += 1;
            history.push(fault.name());
        }
    }
    round.end();
    let mut outcome = std::mem::take(&mut round.outcome);
    let log = fs::read_to_string(round.world.folder("data").join("daemon.log")).unwrap_or_default();
    let (world, disk) = (round.world, round.disk);
    // Before its disk, which the daemon uses.
    if catch_unwind(AssertUnwindSafe(|| drop(world))).is_err() {
        outcome.losses.push("the world was not left as it was found, see above".into());
    }
    drop(disk);
    if !outcome.losses.is_empty() {
        outcome.losses.push(format!("the daemon's log:\n{log}"));
    }
    let history = history.join(", ");
    outcome.losses.iter_mut().for_each(|loss| *loss = format!("seed {seed} ({history}): {loss}"));
    outcome
}

impl Round {
    fn start(&mut self) {
        let script = self.world.write("child.py", include_str!("child.py"));
        let door = self.world.rest();
        for (number, kind) in KINDS.into_iter().enumerate() {
            let label = format!("{kind}-{number}");
            let copies = self.world.work().join(&label);
            let words = [
                "python3".into(),
                "-SE".into(),
                script.to_string_lossy(),
                kind.into(),
                copies.to_string_lossy(),
                self.dice.below(1 << 30).to_string().into(),
            ];
            let tty = (kind == "terminal").then(|| json!({"rows": 24, "columns": 80}));
            let body = json!({
                "command": words, "working_directory": self.world.work(), "label": label,
                "tty": tty, "stop_timeout": 1.0,
                "environment": std::env::vars().collect::<std::collections::BTreeMap<_, _>>(),
            });
            let process = door.post("/v1/processes", &body).expect(201);
            self.children.push(Child { label, kind, process, killed: false, forsaken: false });
        }
        self.outcome.children += self.children.len() as u32;
        self.follow();
    }

    /// Someone follows the last child from its beginning.
    pub(super) fn follow(&mut self) {
        let label = self.children.last().unwrap().label.clone();
        self.follower = Some(self.world.spawn_pp(["output", "-f", "-n", "all", &label]));
    }

    /// Everything ends: what ends by itself by itself, the others because they are told to.
    fn end(&mut self) {
        faults::undo(self);
        for child in &self.children {
            if child.kind == "forever" {
                self.until_it_listens(child);
                let stopped = self.world.pp(["stop", &child.label]);
                if stopped.code != 0 && !child.killed && !child.forsaken {
                    self.outcome
                        .losses
                        .push(format!("{}: cannot be stopped: {stopped}", child.label));
                }
            }
        }
        let ended = within(PATIENCE, || {
            let running: Vec<Value> = self
                .world
                .list()
                .into_iter()
                .filter(|process| {
                    matches!(process["status"].as_str(), Some("running" | "stopping"))
                })
                .collect();
            if running.is_empty() { Ok(()) } else { Err(format!("{running:#?}")) }
        });
        if let Err(running) = ended {
            self.outcome.losses.push(format!("a hang: {running}"));
        }
        let left = within(Duration::from_secs(5), || match &self.world.children()[..] {
            [] => Ok(()),
            left => Err(format!("survivors: {left:#?}")),
        });
        self.outcome.losses.extend(left.err());
        check::all(self);
        self.check_follower();
    }

    /// A child that has not written anything yet knows no signal either.
    fn until_it_listens(&self, child: &Child) {
        let copies = child.copies(&self.world);
        let wrote = |copy| fs::metadata(copies.with_extension(copy)).is_ok_and(|it| it.len() > 0);
        until("its first line", || {
            let listens = wrote("out") || wrote("err") || !alive(child.pid());
            if listens { Ok(()) } else { Err(child.label.clone()) }
        });
    }

    /// Whoever followed it all saw it all.
    fn check_follower(&mut self) {
        let (Some(follower), Some(child)) = (self.follower.take(), self.children.last()) else {
            return;
        };
        let log = fs::read(child.process["log_combined"].as_str().unwrap()).unwrap_or_default();
        let seen = follower.end();
        // A gap is told on standard error.
        if seen.stdout.len() + seen.stderr.len() < log.len() {
            self.outcome.losses.push(format!(
                "{}: a follower saw {} of {} bytes and ended with {}: {}",
                child.label,
                seen.stdout.len() + seen.stderr.len(),
                log.len(),
                seen.code,
                String::from_utf8_lossy(&seen.stderr[seen.stderr.len().saturating_sub(400)..]),
            ));
        }
    }

    /// The shim of a child's run as it is written down; `None` while that cannot be read.
    pub(super) fn shim(&self, child: &Child) -> Option<u32> {
        let record = self.world.runs_folder(&child.process).join("1/run.json");
        let record: Value = serde_json::from_slice(&fs::read(record).ok()?).ok()?;
        (record["state"] == "running").then(|| pid(&record["shim"]))
    }

    /// Every shim that was killed has a successor.
    pub(super) fn until_taken_over(&self) {
        until("the list", || match self.world.pp(["list"]).code {
            0 => Ok(()),
            code => Err(format!("exit code {code}")),
        });
    }
}
