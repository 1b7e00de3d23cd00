//! What a peer takes for the same, where it is installed. Told, not judged: it does less, or more.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::bench::{Bench, on_path, program};
use crate::gate::Gate;
use crate::row::{Row, ms};
use crate::rows::start::{begun, timed};
use crate::stats::{Pairs, median};
use crate::world::{ROOMY, World, printed};
use crate::{Fallible, child};

const NUMBER: u8 = 17;

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    if on_path("pm2").is_none() {
        return Ok(vec![Row::new(NUMBER, "beside pm2").absent("pm2 is not on the PATH")]);
    }
    let (world, pm2) = (World::new(bench, ROOMY)?, Pm2::new(bench)?);
    let gate = Gate::new(bench.sockets(), "peer")?;
    let own = std::env::current_exe()?.to_string_lossy().into_owned();
    let role = [child::FLAG, "stamp", &gate.path()].map(str::to_owned);
    let (mut start, mut list) = (Pairs::default(), Pairs::default());
    for round in 0..bench.either(15, 3) {
        let label = format!("peer-{round}");
        let theirs = pm2.start(&label, &own, &role)?;
        let words = role.iter().map(String::as_str);
        let ours: Vec<&str> = ["start", "--label", &label, &own].into_iter().chain(words).collect();
        start.push(begun(&gate, theirs)?, begun(&gate, world.cli(&ours))?);
        list.push(timed(&mut pm2.asked(&["list"])?)?, timed(&mut world.cli(&["list"]))?);
    }
    let row = |pairs: &Pairs, what: &str| {
        Row::new(NUMBER, format!("beside pm2: {what}"))
            .limit(ms(median(&pairs.limit)))
            .ours(ms(median(&pairs.ours)))
            .ratio(pairs.ratio())
            .absent("")
    };
    Ok(vec![row(&start, "`start` typed → the child's first instruction"), row(&list, "`list`")])
}

/// Its daemon, in a home of its own.
struct Pm2 {
    home: PathBuf,
}

impl Pm2 {
    fn new(bench: &Bench) -> Fallible<Self> {
        let pm2 = Self { home: bench.files().join("pm2") };
        // The first command starts its daemon, which is not what is measured.
        printed(&mut pm2.asked(&["list"])?)?;
        Ok(pm2)
    }

    fn asked(&self, arguments: &[&str]) -> Fallible<Command> {
        let mut command = program("pm2")?;
        command.args(arguments).env("PM2_HOME", &self.home);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Ok(command)
    }

    fn start(&self, name: &str, program: &str, arguments: &[String]) -> Fallible<Command> {
        let mut command = self.asked(&["start", program, "--name", name])?;
        command.args(["--interpreter", "none", "--no-autorestart", "--"]).args(arguments);
        Ok(command)
    }
}

impl Drop for Pm2 {
    fn drop(&mut self) {
        // Whatever is left of it the keeper ends.
        if let Ok(mut kill) = self.asked(&["kill"]) {
            kill.output().ok();
        }
    }
}
