//! A second user of the machine who tries to run code as the owner, to read what is secret, to change
//! files, or to end processes. Each row of [`ATTACKS`] is a way in; none of them may succeed, and the
//! owner is told what is wrong where the daemon refuses to work.
//!
//! The owner's commands and the attacks are commands for `sh`. They know the directories as `$DATA`,
//! `$RUN` (the runtime directory), `$ABOVE` (the directory above both), `$OPEN` (a sticky directory that all
//! users can write to) and the port as `$PORT`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::PathBuf;
use std::process::Command;

use crate::support::World;
use crate::support::disk::is_root;
use crate::support::output::Output;

const OWNER: u32 = 64_321;
const STRANGER: u32 = 64_322;
/// A group with both users as members.
const SHARED: u32 = 64_400;

/// The variable of the process that is attacked, which only the owner may read.
const SECRET: &str = "the-secret-of-the-owner";

/// A way in.
struct Attack {
    name: &'static str,
    /// What the owner, or root for the owner, has done wrong, or what the stranger finds.
    before: &'static str,
    /// What the stranger does. Prints `in` if that was enough.
    attack: &'static str,
    /// What the owner does afterwards.
    after: &'static str,
    /// A part of what the owner is told; empty: the owner's command works.
    told: &'static str,
}

/// `process.json` of a process that creates a file as its user, and its run.
const PLANT: &str = r#"plant() {
    mkdir -p "$1/nap/runs/1" && printf '{"format": 1, "id": "nap", "label": "nap",
    "command": ["touch", "%s/owned"], "working_directory": "/", "environment": {}, "tty": null,
    "stop_timeout": null, "log_limit": 1000000, "created": "2026-01-01T00:00:00Z"}' "$OPEN" \
    > "$1/nap/process.json" && printf '{"format": 1, "run": 1, "tty": false, "state": "lost",
    "child": null, "start_time": "2026-01-01T00:00:00Z"}' > "$1/nap/runs/1/run.json"; chmod -R a+rwX "$1"; }
"#;

const ATTACKS: &[Attack] = &[
    // Directories that the stranger can write to.
    row(
        "group-writable data directory: the record is replaced",
        "chmod 770 $DATA",
        "rm -rf $DATA/processes; plant $DATA/processes && echo planted >&2",
        "pp restart nap",
        "",
    ),
    row(
        "group-writable data directory: its folder of processes is moved away",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/processes $DATA/moved && plant $DATA/processes",
        "pp restart nap",
        "another user owns it",
    ),
    row(
        "group-writable data directory: daemon.log is a link",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/daemon.log $DATA/moved; ln -s $OPEN/victim $DATA/daemon.log",
        "pp list",
        "not a regular file",
    ),
    row(
        "group-writable data directory: daemon.log is the stranger's",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/daemon.log $DATA/moved; echo > $DATA/daemon.log; chmod 666 $DATA/daemon.log",
        "pp list",
        "belongs to another user",
    ),
    row(
        "group-writable data directory: a known token",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/token $DATA/moved; printf '%064d\n' 7 > $DATA/token; chmod 644 $DATA/token",
        "pp list; ! grep -q 0000000 $DATA/token",
        "",
    ),
    row(
        "group-writable data directory: the token is a named pipe",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/token $DATA/moved; mkfifo $DATA/token",
        "pp list",
        "",
    ),
    row(
        "group-writable data directory: runtime-dir leads elsewhere",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "rm -f $DATA/runtime-dir; mkdir -p $OPEN/r; echo $OPEN/r > $DATA/runtime-dir; chmod 666 $DATA/runtime-dir",
        "pp list",
        "",
    ),
    row(
        "group-writable data directory: MCP sessions go to the stranger",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mkdir $DATA/mcp-sessions && chmod 777 $DATA/mcp-sessions",
        "pp list",
        "",
    ),
    row(
        "data directory that all can write to",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); chmod 777 $DATA",
        "mv $DATA/processes $DATA/moved && plant $DATA/processes",
        "pp restart nap",
        "all users can write to it",
    ),
    row(
        "directory above that all can write to",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); chmod 777 $ABOVE",
        "mv $DATA $ABOVE/moved && mkdir $DATA && plant $DATA/processes",
        "pp restart nap",
        "all users can replace",
    ),
    row(
        "directory above with a shared group",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); chmod 770 $ABOVE",
        "mv $DATA $ABOVE/moved && mkdir $DATA && plant $DATA/processes",
        "pp restart nap",
        "the users of its group can replace",
    ),
    row(
        "directory two above that all can write to",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); mkdir -p $ABOVE/one/two; chmod 777 $ABOVE/one",
        "mv $ABOVE/one/two $ABOVE/one/moved; mkdir -p $ABOVE/one/two/data; plant $ABOVE/one/two/data/processes",
        "pp --data-dir $ABOVE/one/two/data restart nap",
        "can replace the files in",
    ),
    row(
        "data directory of the stranger",
        "true",
        "mkdir $OPEN/data; plant $OPEN/data/processes",
        "pp --data-dir $OPEN/data restart nap",
        "another user owns it",
    ),
    row(
        "data directory below one of the stranger",
        "true",
        "mkdir -p $OPEN/theirs; chmod 755 $OPEN/theirs; mkdir -m 777 $OPEN/theirs/data; plant $OPEN/theirs/data/processes",
        "pp --data-dir $OPEN/theirs/data restart nap",
        "another user can replace",
    ),
    row(
        "link to a data directory of the stranger",
        "true",
        "mkdir $OPEN/data; plant $OPEN/data/processes; ln -s $OPEN/data $OPEN/link",
        "pp --data-dir $OPEN/link restart nap",
        "another user owns it",
    ),
    row(
        "data directory that the stranger creates first",
        "true",
        "mkdir -m 777 $OPEN/new",
        "pp --data-dir $OPEN/new list",
        "another user owns it",
    ),
    // The runtime directory.
    row(
        "runtime directory that the stranger creates first",
        "mkdir -m 1777 $ABOVE/tmp",
        "mkdir -m 777 $ABOVE/tmp/persistproc",
        "PERSISTPROC_RUNTIME_DIR=$ABOVE/tmp pp --data-dir $ABOVE/d2 list",
        "cannot be used",
    ),
    row(
        "runtime directory that is a link",
        "mkdir -m 1777 $ABOVE/tmp",
        "ln -s $DATA $ABOVE/tmp/persistproc",
        "PERSISTPROC_RUNTIME_DIR=$ABOVE/tmp pp --data-dir $ABOVE/d2 list",
        "not a directory",
    ),
    row(
        "runtime directory below one that all can write to",
        "mkdir -m 777 $ABOVE/tmp",
        "true",
        "PERSISTPROC_RUNTIME_DIR=$ABOVE/tmp pp --data-dir $ABOVE/d2 list",
        "all users can replace",
    ),
    row(
        "runtime directory in use that becomes writable",
        "chmod 777 $RUN",
        "mv $RUN/persistproc $RUN/moved",
        "pp list",
        "all users can replace",
    ),
    // Sockets, locks and files.
    row(
        "the socket of the daemon",
        "chmod 755 $RUN $RUN/persistproc",
        "curl -sf --unix-socket $RUN/persistproc/*/daemon.sock http://localhost/v1/processes && echo in",
        "pp list",
        "",
    ),
    row(
        "the sockets of shims",
        "chmod 755 $RUN $RUN/persistproc",
        "for s in $(ls $RUN/persistproc/*/*.sock); do python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' $s && echo in; done",
        "pp list",
        "",
    ),
    row(
        "deleting sockets",
        "chmod 755 $RUN $RUN/persistproc",
        "rm -f $RUN/persistproc/*/*.sock && [ -n \"$(ls $RUN/persistproc/* 2>/dev/null)\" ] && echo in",
        "pp list",
        "",
    ),
    row(
        "locking the daemon out",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "flock -n $RUN/persistproc/*/daemon.lock echo in; flock -n $RUN/persistproc/*/starting.lock echo in",
        "pp list",
        "",
    ),
    row(
        "locking the data directory",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); chmod 700 $DATA",
        "flock -n $DATA echo in",
        "pp list",
        "",
    ),
    row(
        "files created under umask 000",
        "pp shutdown --keep; umask 000; pp list",
        "find $DATA $RUN -type f -readable -print 2>/dev/null | grep -q . && echo in",
        "pp list",
        "",
    ),
    row("the token", "true", "cat $DATA/token && echo in", "pp list", ""),
    row(
        "the records",
        "chmod 755 $DATA",
        "cat $DATA/processes/*/process.json && echo in",
        "pp list",
        "",
    ),
    row(
        "the logs",
        "chmod 755 $DATA",
        "cat $DATA/processes/*/runs/1/combined.log && echo in",
        "pp list",
        "",
    ),
    row("the daemon's log", "chmod 755 $DATA", "cat $DATA/daemon.log && echo in", "pp list", ""),
    // The TCP port.
    row(
        "the API",
        "true",
        "curl -sf http://127.0.0.1:$PORT/v1/processes && echo in",
        "pp list",
        "",
    ),
    row(
        "the API with a guessed token",
        "true",
        "curl -sf -H 'Authorization: Bearer 0000' http://127.0.0.1:$PORT/v1/processes && echo in",
        "pp list",
        "",
    ),
    row(
        "a start over the API",
        "true",
        "curl -sf -H 'Content-Type: application/json' -d \"{\\\"command\\\": [\\\"touch\\\", \\\"$OPEN/owned\\\"], \\\"working_directory\\\": \\\"/\\\"}\" http://127.0.0.1:$PORT/v1/processes && echo in",
        "pp list",
        "",
    ),
    row(
        "a shutdown over the API",
        "true",
        "curl -sf -H 'Content-Type: application/json' -d '{}' http://127.0.0.1:$PORT/v1/shutdown && echo in",
        "pp list",
        "",
    ),
    row(
        "a tool of MCP",
        "true",
        "curl -sf -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -d '{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\"}' http://127.0.0.1:$PORT/mcp && echo in",
        "pp list",
        "",
    ),
    row(
        "the name of a process",
        "true",
        "curl -sf -H \"Host: nap.localhost:$PORT\" http://127.0.0.1:$PORT/ && echo in",
        "pp list",
        "",
    ),
    // The kernel.
    row(
        "signals",
        "true",
        "for p in $(pgrep -u 64321); do kill -9 $p 2>/dev/null && echo in; done",
        "pp list",
        "",
    ),
    row(
        "environments and memory",
        "true",
        "for p in $(pgrep -u 64321); do cat /proc/$p/environ && echo in; head -c 1 /proc/$p/mem && echo in; ls /proc/$p/fd && echo in; done",
        "pp list",
        "",
    ),
    row(
        "the terminal of a process",
        "pp start --tty --label tty cat",
        "for t in /dev/pts/*; do [ \"$(stat -c %u $t)\" = 64321 ] && { cat < $t & sleep 0.1; kill $! 2>/dev/null && echo in; echo x > $t && echo in; }; done",
        "pp stop tty",
        "",
    ),
    row(
        "a process that claims to belong to the run",
        "true",
        "PERSISTPROC_RUN=$DATA/processes/nap/runs/1 PERSISTPROC_ID=nap setsid sleep 30 > /dev/null 2>&1 & echo $! > $OPEN/claim",
        "pp restart nap; kill -0 $(cat $OPEN/claim) 2>&1 | grep -q 'not permitted'",
        "",
    ),
];

const fn row(
    name: &'static str,
    before: &'static str,
    attack: &'static str,
    after: &'static str,
    told: &'static str,
) -> Attack {
    Attack { name, before, attack, after, told }
}

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
