//! The attributes of a process under `pp` are those that it has without: each test runs the same
//! program bare and under `pp`, from the same caller.

use super::bash;
use crate::support::World;

/// Prints what a process inherits: signals, masks, CPUs, limits, priorities, directory.
const FACTS: &str = "grep -E '^(SigIgn|SigBlk|Umask|NoNewPrivs|Cpus_allowed):' /proc/self/status
cat /proc/self/limits /proc/self/oom_score_adj /proc/self/personality
nice
pwd";

/// Runs `facts` bare and under `pp`, each after `prefix`, and compares their output.
#[track_caller]
fn assert_equal(world: &World, prefix: &str) {
    world.write("facts", FACTS);
    let output = bash(
        world,
        &format!(
            "{prefix} sh facts >bare 2>&1; {prefix} $PP sh facts >under 2>&1; diff bare under"
        ),
    );
    let bare = std::fs::read_to_string(world.work().join("bare")).unwrap();
    assert!(bare.contains("SigIgn") && bare.contains("Max open files"), "{prefix}: {bare}");
    assert!(output.status.success(), "{prefix}: {output:?}");
}

#[test]
fn a_process_has_the_attributes_of_its_caller() {
    let world = World::new();
    // The caller that starts the daemon ignores signals, and has a niceness, a mask and limits of
    // its own. They are not those of the next caller.
    let first = "trap '' QUIT USR1 TSTP PIPE; umask 077; ulimit -Sn 100; ulimit -Ss 1000; \
                 nice -n 3 $PP list >/dev/null";
    assert!(bash(&world, first).status.success());
    for prefix in [
        "",
        "nice -n 7",
        "nohup",
        "umask 027;",
        "ulimit -Sn 333; ulimit -Sc 0; ulimit -Hc 1;",
        "trap '' QUIT USR1 PIPE;",
        "python3 -c 'import os, signal, sys; signal.pthread_sigmask(0, {10, 64}); \
         os.execvp(sys.argv[1], sys.argv[1:])'",
        "choom -n 100 --",
        "ionice -c 3",
        "taskset -c 0",
        "setarch -R",
        "setpriv --no-new-privs",
    ] {
        let program = prefix.split(' ').next().unwrap();
        let is_command = !prefix.is_empty() && !prefix.contains(';');
        if is_command && !bash(&world, &format!("command -v {program}")).status.success() {
            println!("skipped: {program} is not installed");
            continue;
        }
        assert_equal(&world, prefix);
    }
    let priorities = bash(&world, "ionice -c 3 $PP ionice; ionice -c 3 ionice");
    let lines = String::from_utf8_lossy(&priorities.stdout).into_owned();
    let lines: Vec<&str> = lines.lines().collect();
    assert!(lines.len() == 2 && lines[0] == lines[1], "{priorities:?}");
}

#[test]
fn a_background_job_of_a_script_has_the_signals_of_one() {
    let world = World::new();
    let script = "grep SigIgn /proc/self/status & wait; $PP grep SigIgn /proc/self/status & wait";
    let output = bash(&world, script);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() == 2 && lines[0] == lines[1] && lines[0].ends_with("06"), "{output:?}");
}

#[test]
fn a_service_ignores_no_signal_of_its_caller() {
    let world = World::new();
    let script = "trap '' INT QUIT; $PP start --wait-for exit grep SigIgn /proc/self/status; \
                  $PP output grep";
    let output = bash(&world, script);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("0000000000000000"), "{output:?}");
}

#[test]
fn a_closed_descriptor_is_closed_in_the_process() {
    let world = World::new();
    let script = "$PP sh -c 'test -e /proc/self/fd/0 || echo closed' <&-";
    let output = bash(&world, script);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "closed\n", "{output:?}");
    let script = "$PP sh -c 'test -e /proc/$$/fd/1 || echo closed >&2' 2>said >&-; cat said";
    let output = bash(&world, script);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "closed\n", "{output:?}");
}

#[test]
fn an_ignored_sigpipe_reaches_the_process() {
    let world = World::new();
    let script = "trap '' PIPE; $PP grep SigIgn /proc/self/status";
    let output = bash(&world, script);
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("1000\n"), "{output:?}");
}

#[test]
fn a_restart_has_the_same_attributes_and_the_daemon_has_none_of_them() {
    let world = World::new();
    let script = "umask 027; nice -n 7 $PP --quiet run --label it sh -c 'nice; umask'; \
                  $PP restart --wait-for exit it >/dev/null; $PP output it";
    let output = bash(&world, script);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "7\n0027\n7\n0027\n", "{output:?}");
    let daemon = world.daemons().pop().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid)).unwrap();
    assert!(status.contains("Umask:\t0022"), "{status}");
}
