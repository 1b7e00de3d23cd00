//! Ctrl+C interrupts every wait of the plugin at once, and the plugin exits when its shell is killed.

use std::time::{Duration, Instant};

use crate::support::nu::window;
use crate::support::procs::{Signal, freeze, kill};
use crate::support::wait::within;
use crate::support::{Tmux, World, until};

/// Maximum time from Ctrl+C to the next prompt.
const PROMPT_TIMEOUT: Duration = Duration::from_millis(300);

/// Asserts that Ctrl+C interrupts each line within [`PROMPT_TIMEOUT`]. The fastest of three attempts
/// counts, because the machine may be busy with other tests. `prepare` runs when the plugin is started.
fn assert_interruptible(world: &World, lines: &[&str], prepare: impl Fn()) {
    let tmux = Tmux::new(world);
    let screen = window(&tmux, "");
    // The first call starts the plugin.
    screen.type_line("persistproc ps | length");
    screen.until("$ ");
    prepare();
    for line in lines {
        let mut fastest = Duration::MAX;
        for round in 0..3 {
            let mark = format!("round-{round}-{}", line.len());
            screen.type_line(&format!("print {mark}-begins; {line}"));
            screen.until(&format!("\n{mark}-begins"));
            // The pause lets the plugin begin to wait.
            crate::support::wait::pause(Duration::from_millis(150));
            let start = Instant::now();
            screen.press_key("C-c");
            screen.type_text(&format!("print {mark}-ended"));
            screen.press_key("Enter");
            screen.until(&format!("\n{mark}-ended"));
            fastest = fastest.min(start.elapsed());
        }
        assert!(fastest < PROMPT_TIMEOUT, "{line}: the prompt came back after {fastest:?}");
    }
}

#[test]
fn ctrl_c_interrupts_every_wait() {
    let world = World::with_three_processes();
    let lines = [
        "persistproc logs web --follow | ignore",
        "persistproc logs web api --follow | ignore",
        "persistproc logs web --follow --raw | ignore",
        "persistproc wait web --pattern nosuch --timeout 1hr",
        "persistproc ps --watch | ignore",
    ];
    assert_interruptible(&world, &lines, || {});
}

#[test]
fn ctrl_c_interrupts_a_request_to_an_unresponsive_daemon() {
    let world = World::with_three_processes();
    let daemon = world.daemons()[0].pid;
    assert_interruptible(&world, &["persistproc ps", "persistproc stop web api"], || {
        freeze(daemon);
    });
    kill(daemon, Signal::CONT);
}

fn plugins(world: &World) -> Vec<u32> {
    let all = world.processes();
    let ours = all.iter().filter(|found| found.exe.ends_with("nu_plugin_persistproc"));
    ours.map(|found| found.pid).collect()
}

#[test]
fn the_plugin_exits_when_its_shell_is_killed() {
    let world = World::with_three_processes();
    for line in [
        "persistproc logs web --follow | print",
        "persistproc logs web api --follow | print",
        "persistproc logs web --follow --raw | print",
        "persistproc wait web --pattern nosuch --timeout 1hr",
    ] {
        let shell = world.spawn_nu(line);
        until(
            "the plugin",
            || if plugins(&world).is_empty() { Err(String::new()) } else { Ok(()) },
        );
        // The pause lets the plugin send its request. From then on it waits for the daemon.
        crate::support::wait::pause(Duration::from_millis(300));
        shell.signal(Signal::KILL);
        let gone = within(Duration::from_secs(2), || match &plugins(&world)[..] {
            [] => Ok(()),
            left => Err(format!("{left:?}")),
        });
        gone.unwrap_or_else(|left| panic!("{line}: {left} is still running"));
    }
}

#[test]
fn the_plugin_closes_its_pipe_while_the_process_is_silent() {
    let world = World::with_three_processes();
    let script = "exec \"$NU\" -n --plugins \"$PLUGINS\" -c 'persistproc logs web --follow | first 1 | get message' | cat";
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let mut command = world.command("sh");
        command.args(["-c", script]).env("NU", crate::support::nu::nu());
        let plugin = crate::support::nu::plugin();
        command.env("PLUGINS", format!("[{}]", plugin.display()));
        let start = Instant::now();
        assert!(world.run(command).ok().out().contains("ready"));
        fastest = fastest.min(start.elapsed());
    }
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
}

#[test]
fn a_daemon_started_by_the_plugin_holds_no_pipe() {
    let world = World::new();
    let start = Instant::now();
    assert_eq!(world.nu("persistproc ps | length").ok().out().trim(), "0");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(world.daemons().len(), 1);
}
