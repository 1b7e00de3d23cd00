//! Descriptors 3 and up that are open without close-on-exec belong to the process, under the same
//! numbers; so does the directory, even one that was deleted.

use std::fs;
use std::path::Path;

use super::{same, with_pp};
use crate::support::procs::Proc;
use crate::support::{World, tools};

#[test]
fn process_substitution_works() {
    let world = World::new();
    assert_eq!(same(&world, "$PP cat <(echo hello)"), "hello\n");
    assert_eq!(same(&world, "$PP diff <(seq 3) <(seq 3) && echo equal"), "equal\n");
    same(&world, "seq 5 | $PP tee >(wc -l >&2) | cat; sleep 0.2");
}

#[test]
fn an_open_file_keeps_its_number_and_its_position() {
    let world = World::new();
    world.write("lines", "one\ntwo\nthree\n");
    let text = same(
        &world,
        "exec 3<lines; read x <&3; $PP sh -c 'read y <&3; echo $y'; read z <&3; echo $z",
    );
    assert_eq!(text, "two\nthree\n");
    same(&world, "exec 7>made; $PP sh -c 'echo text >&7'; cat made; rm made");
}

/// Numbers that the shim uses itself, in both orders, and more than one message takes.
#[test]
fn any_number_of_descriptors_arrives() {
    let world = World::new();
    for (first, last) in [(3, 40), (100, 100), (10, 400)] {
        let text = same(
            &world,
            &format!(
                "ulimit -n 1024; for i in $(seq {first} {last}); do echo $i >f$i; \
                 eval \"exec $i<f$i\"; done; \
                 $PP bash -c 'for i in $(seq {first} {last}); do read x <&$i && echo $x; done'"
            ),
        );
        assert_eq!(text.lines().count(), last - first + 1);
    }
}

#[test]
fn the_process_has_no_descriptor_more_than_without_pp() {
    let world = World::new();
    world.write("lines", "one\n");
    let list = "$PP bash -c 'for f in /proc/$$/fd/*; do echo ${f##*/}; done'";
    same(&world, list);
    same(&world, &format!("exec 5<lines 9<lines; {list} < lines"));
}

#[test]
fn a_lock_is_inherited() {
    let world = World::new();
    same(&world, "exec 9>lock; flock 9; $PP flock -n 9 && echo the same lock");
    same(&world, "(flock -n 9 && $PP sh -c 'flock -n lock true || echo held') 9>lock");
    // Neither `pp` nor the shim nor the daemon keeps it.
    same(&world, "(flock -n 9; $PP true) 9>lock; flock -n lock echo free");
}

#[test]
fn a_service_start_hands_nothing_over() {
    let world = World::new();
    let output = with_pp(
        &world,
        "x=$(pp start sleep 300 3>&1); echo returned; exec 9>lock; \
                                  flock 9; pp start sleep 301 > /dev/null; exec 9>&-; \
                                  flock -n lock echo free",
    );
    assert_eq!(output.ok().out(), "returned\nfree\n");
}

/// A jobserver of make: as a pipe here (before version 4.4), as a named pipe in newer ones.
#[test]
fn a_jobserver_of_make_works() {
    let world = World::new();
    tools::path_of("make");
    world.write("Makefile", "all: a b\na b:\n\t+@$(PP) $(MAKE) --no-print-directory -f inner $@\n");
    world.write("inner", "a b: %: %1 %2\n\t@echo made $@\n%1 %2:\n\t@true\n");
    let text = same(&world, "make -s -j3 2>&1 | sort");
    assert_eq!(text, "made a\nmade b\n");
}

#[test]
fn the_channel_of_node_works() {
    let world = World::new();
    tools::path_of("node");
    world.write(
        "parent.js",
        r#"
        const { spawn } = require("child_process");
        const words = (process.env.PP ? [process.env.PP] : []).concat(["node", "child.js"]);
        const stdio = ["ignore", "inherit", "inherit", "ipc"];
        const child = spawn(words[0], words.slice(1), { stdio });
        child.on("message", (text) => { console.log("parent got", text); child.send("bye"); });
        child.on("exit", (code, signal) => console.log("exit", code, signal));
        "#,
    );
    world.write(
        "child.js",
        r#"
        process.on("message", (text) => { console.log("child got", text); process.disconnect(); });
        process.send("hello");
        "#,
    );
    let text = same(&world, "node parent.js");
    assert_eq!(text, "parent got hello\nchild got bye\nexit 0 null\n");
    assert_eq!(
        same(
            &world,
            "node -e 'const words = (process.env.PP ? [process.env.PP] : []).concat([\"node\", \
             \"-e\", \"1\"]); require(\"child_process\").spawn(words[0], words.slice(1), \
             {stdio: [\"ignore\", \"inherit\", \"inherit\", \"ipc\"]}).on(\"exit\", console.log)'"
        ),
        "0 null\n"
    );
}

#[test]
fn a_deleted_directory_is_the_directory_of_the_process() {
    let world = World::new();
    let text = same(
        &world,
        "mkdir gone; cd gone; rmdir ../gone; $PP stat -c %h . ; $PP readlink /proc/self/cwd",
    );
    assert!(text.ends_with("(deleted)\n"), "{text}");
}

#[test]
fn the_directory_is_kept_when_its_name_leads_elsewhere() {
    let world = World::new();
    let text = same(
        &world,
        "mkdir -p here there; cd here; touch mine; mv ../here ../moved; mkdir ../here; \
         $PP sh -c ls; \
         cd ..; rm -r moved here",
    );
    assert_eq!(text, "mine\n");
}

/// The daemon, the shim and `pp` close what they passed on.
#[test]
fn only_the_process_holds_what_was_handed_over() {
    let world = World::new();
    let held = world.write("held", "");
    let script = "exec 5<held; exec pp sh -c 'echo ready; sleep 300' < held";
    let pp = world.spawn(super::script(&world, "pp", script));
    pp.until_stdout("ready");
    let holders: Vec<_> =
        world.processes().into_iter().filter(|found| holds(found, &held)).collect();
    assert!(!holders.is_empty() && !holders.iter().any(Proc::is_persistproc), "{holders:#?}");
    world.pp(["stop", "sh"]).ok();
    pp.end();
}

fn holds(process: &Proc, path: &Path) -> bool {
    let folder = format!("/proc/{}/fd", process.pid);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| fs::read_link(entry.path()).is_ok_and(|link| link == path))
}
