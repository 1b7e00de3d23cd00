//! A daemon that is more confined than a caller is replaced before the caller's process is started,
//! and everything else keeps running.

use super::bash;
use crate::support::World;

fn daemon_pid(world: &World) -> u32 {
    world.daemons().pop().unwrap().pid
}

#[test]
fn a_confined_daemon_is_replaced_by_a_caller_that_is_not() {
    let world = World::new();
    let first = "setpriv --no-new-privs $PP start --label web sleep 300 >/dev/null; \
                 grep -c 'NoNewPrivs:.1' /proc/$($PP --format json list | grep -o \
                 '\"pid\": *[0-9]*' | grep -o '[0-9]*')/status";
    let output = bash(&world, first);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n", "{output:?}");
    let confined = daemon_pid(&world);
    let doctor = world.pp(["doctor"]).out();
    assert!(doctor.contains("in a sandbox: no new privileges"), "{doctor}");

    let output = bash(&world, "$PP grep NoNewPrivs /proc/self/status");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "NoNewPrivs:\t0\n", "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let daemon = daemon_pid(&world);
    assert_ne!(daemon, confined);
    assert_eq!(world.process("web")["status"], "running");

    // The less confined daemon stays.
    bash(&world, "$PP true; setpriv --no-new-privs $PP start --label x true");
    assert_eq!(daemon_pid(&world), daemon);
    let doctor = world.pp(["doctor"]).out();
    assert!(doctor.contains("Processes can get all"), "{doctor}");
}

#[test]
fn limits_and_a_niceness_that_need_privileges_replace_the_daemon() {
    let world = World::new();
    let plain = "setpriv --bounding-set=-sys_resource,-sys_nice";
    let first = format!("ulimit -Hn 500; {plain} nice -n 10 $PP list >/dev/null");
    assert!(bash(&world, &first).status.success());
    let confined = daemon_pid(&world);
    let script = "say='ulimit -Hn; nice'; eval \"$say\"";
    let output = bash(&world, &format!("{script}; {plain} $PP bash -c \"$say\""));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() == 4 && lines[..2] == lines[2..], "{output:?}");
    let daemon = daemon_pid(&world);
    assert_ne!(daemon, confined);
    bash(&world, &format!("{plain} $PP true"));
    assert_eq!(daemon_pid(&world), daemon);
}

#[test]
fn times_are_in_the_zone_of_the_caller() {
    let world = World::new();
    let script = "export TZ=UTC0; $PP run --label it echo line; export TZ=XXX-9; \
                  $PP output it --since-time \"$(date -d '-2 minutes' '+%F %H:%M')\"; echo; \
                  $PP output it --since-time \"$(date -d '+2 minutes' '+%F %H:%M')\"; \
                  $PP search line --since-time \"$(date -d '-2 minutes' '+%F %H:%M')\" | wc -l";
    let output = bash(&world, script);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "line\nline\n\n1\n", "{output:?}");
    let refused = world.pp(["output", "it", "--since-time", "soon"]);
    assert!(refused.err().contains("--since-time"), "{refused}");
}
