//! A second user of the machine who tries to run code as the owner, to read what is secret, to change
//! files, or to end processes. Each row of [`ATTACKS`] is a way in; none of them may succeed, and the
//! owner reads what is wrong where the daemon refuses to work.
//!
//! The owner's commands and the attacks are commands for `sh`. They know the directories as `$DATA`,
//! `$RUN` (the runtime directory), `$ABOVE` (the directory above both), `$OPEN` (a sticky directory that all
//! users can write to) and the port as `$PORT`.

mod attacks;
mod foreign_port;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Command;

use self::attacks::{ATTACKS, Attack};
use crate::support::World;
use crate::support::disk::is_root;
use crate::support::output::Output;

const OWNER: u32 = 64_321;
const STRANGER: u32 = 64_322;
/// A group with both users as members.
const SHARED: u32 = 64_400;

/// The variable of the process that is attacked, which only the owner may read.
const SECRET: &str = "the-secret-of-the-owner";

/// `process.json` of a process that creates a file as its user, and its run.
const PLANT: &str = r#"plant() {
    mkdir -p "$1/nap/runs/1" && printf '{"format": 1, "id": "nap", "label": "nap",
    "command": ["touch", "%s/owned"], "working_directory": "/", "environment": {}, "tty": null,
    "stop_timeout": null, "log_limit": 1000000, "created": "2026-01-01T00:00:00Z"}' "$OPEN" \
    > "$1/nap/process.json" && printf '{"format": 1, "run": 1, "tty": false, "state": "lost",
    "child": null, "start_time": "2026-01-01T00:00:00Z"}' > "$1/nap/runs/1/run.json"; chmod -R a+rwX "$1"; }
"#;

/// The directories of one attack.
struct Scene {
    world: World,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        let scene = Self { world };
        let root = scene.path("work").parent().unwrap().to_owned();
        for folder in ["above", "above/run"] {
            fs::create_dir(root.join(folder)).unwrap();
        }
        fs::create_dir(root.join("open")).unwrap();
        for folder in [".", "home", "work", "bin", "above", "above/run", "home/.profile"] {
            chown(root.join(folder), Some(OWNER), Some(SHARED)).unwrap();
        }
        let mode = |folder: &str, mode| {
            fs::set_permissions(root.join(folder), fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(".", 0o755);
        mode("above", 0o755);
        mode("open", 0o1777);
        fs::write(root.join("open/victim"), "unchanged").unwrap();
        chown(root.join("open/victim"), Some(OWNER), Some(SHARED)).unwrap();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.world.folder(name)
    }

    /// Runs a script as this user, a member of the shared group.
    fn sh(&self, user: u32, script: &str) -> Output {
        let mut command: Command = self.world.command("setpriv");
        let id = user.to_string();
        command.args(["--reuid", &id, "--regid", &SHARED.to_string(), "--clear-groups", "--"]);
        command.args(["sh", "-c", &format!("{PLANT}{script}")]);
        let above = self.path("above");
        command.env("ABOVE", &above).env("OPEN", self.path("open"));
        command.env("DATA", above.join("data")).env("RUN", above.join("run"));
        command.env("PORT", self.world.port.to_string());
        if user == OWNER {
            command.env("PERSISTPROC_DATA_DIR", above.join("data"));
            command.env("PERSISTPROC_RUNTIME_DIR", above.join("run"));
        }
        self.world.run(command)
    }
}

/// Plays one row. Returns what is wrong.
fn play(attack: &Attack) -> Vec<String> {
    let scene = Scene::new();
    let start = format!(
        "pp start --label nap --environment '{{\"SECRET\": \"{SECRET}\"}}' sh -c 'echo $SECRET; exec sleep 1000'"
    );
    scene.sh(OWNER, &start).ok();
    let mut wrong = Vec::new();
    let before = scene.sh(OWNER, attack.before);
    if before.code != 0 {
        wrong.push(format!("the preparation failed: {before}"));
    }
    let attacked = scene.sh(STRANGER, attack.attack);
    if attacked.out().lines().any(|line| line == "in") || attacked.out().contains(SECRET) {
        wrong.push(format!("the stranger is in: {attacked}"));
    }
    let after = scene.sh(OWNER, attack.after);
    let told = format!("{}{}", after.out(), after.err());
    if attack.told.is_empty() {
        if after.code != 0 {
            wrong.push(format!("the owner's command failed: {after}"));
        }
    } else if after.code == 0 || !told.contains(attack.told) {
        wrong.push(format!("the owner was not told: {after}"));
    }
    let is_owned = |name: &str| {
        let found = fs::symlink_metadata(scene.path("open").join(name));
        found.is_ok_and(|file| file.uid() == OWNER)
    };
    if is_owned("owned") {
        wrong.push("code of the stranger ran as the owner".into());
    }
    if fs::read_to_string(scene.path("open/victim")).unwrap() != "unchanged" {
        wrong.push("a file of the owner was changed".into());
    }
    // What root does here, no user could: it puts everything back so that the owner can end it.
    let back = "chmod 755 $ABOVE; chmod 700 $DATA $RUN; rm -rf $ABOVE/tmp";
    scene.sh(OWNER, back);
    let restore = scene.world.command("sh");
    let mut restore = restore;
    let above = scene.path("above");
    restore.env("DATA", above.join("data")).env("ABOVE", &above).env("RUN", above.join("run"));
    restore.args([
        "-c",
        "cd $ABOVE; [ -d moved ] && rm -rf data && mv moved data; cd data; \
        [ -d moved ] && rm -rf processes && mv moved processes; rm -rf daemon.log mcp-sessions; \
        [ -d $RUN/moved ] && rm -rf $RUN/persistproc && mv $RUN/moved $RUN/persistproc; true",
    ]);
    scene.world.run(restore);
    let ended = scene.sh(OWNER, "pp shutdown");
    if ended.code != 0 {
        wrong.push(format!("the owner cannot end the processes: {ended}"));
    }
    for left in scene.world.processes() {
        crate::support::procs::kill_if_alive(left.pid);
    }
    wrong
}

#[test]
fn the_variables_of_another_user_are_the_reason() {
    if !is_root("two_users::the_variables_of_another_user_are_the_reason") {
        return;
    }
    let scene = Scene::new();
    scene.sh(OWNER, "pp list").ok();
    let answer = scene
        .sh(STRANGER, "PERSISTPROC_DATA_DIR=$DATA PERSISTPROC_RUNTIME_DIR=$RUN pp list")
        .to_string();
    scene.sh(OWNER, "pp shutdown").ok();
    assert!(answer.contains("Another user listens on"), "{answer}");
    assert!(!answer.contains("was lost"), "{answer}");
}

#[test]
fn another_user_has_no_way_in() {
    if !is_root("two_users::another_user_has_no_way_in") {
        return;
    }
    let mut failures = Vec::new();
    for attack in ATTACKS {
        let wrong = play(attack);
        println!("{}: {}", attack.name, if wrong.is_empty() { "refused" } else { "WRONG" });
        failures.extend(wrong.into_iter().map(|wrong| format!("{}: {wrong}", attack.name)));
    }
    println!("{} ways in were tried", ATTACKS.len());
    assert!(ATTACKS.len() >= 40);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
