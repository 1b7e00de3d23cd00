//! Ctrl+C gives the prompt back at once, whatever the plugin waits for, and a shell that is gone
//! takes the plugin with it.

use std::time::{Duration, Instant};

use crate::support::nu::window;
use crate::support::procs::{Signal, freeze, kill};
use crate::support::wait::within;
use crate::support::{Tmux, World, until};

/// From the key to the next prompt.
const SOON: Duration = Duration::from_millis(300);

/// Whatever a line waits for, it is interrupted soon; the fastest of a few tries counts, as the
/// machine may be busy with other tests.
fn is_interrupted(world: &World, lines: &[&str], meanwhile: impl Fn()) {
    let tmux = Tmux::new(world);
    let screen = window(&tmux, "");
    // The first call starts the plugin.
    screen.type_line("persistproc ps | length");
    screen.until("$ ");
    meanwhile();
    for line in lines {
        let mut fastest = Duration::MAX;
        for round in 0..3 {
            let mark = format!("round-{round}-{}", line.len());
            screen.type_line(&format!("print {mark}-begins; {line}"));
            screen.until(&format!("\n{mark}-begins"));
            // It waits when the plugin has nothing to do.
            crate::support::wait::pause(Duration::from_millis(150));
            let begun = Instant::now();
            screen.press_key("C-c");
            screen.type_text(&format!("print {mark}-ended"));
            screen.press_key("Enter");
            screen.until(&format!("\n{mark}-ended"));
            fastest = fastest.min(begun.elapsed());
        }
        assert!(fastest < SOON, "{line}: the prompt came back after {fastest:?}");
    }
}

#[test]
fn whatever_it_waits_for() {
    let world = World::with_three_processes();
    let lines = [
        "persistproc logs web --follow | ignore",
        "persistproc logs web api --follow | ignore",
        "persistproc logs web --follow --raw | ignore",
        "persistproc wait web --pattern nosuch --timeout 1hr",
        "persistproc ps --watch | ignore",
    ];
    is_interrupted(&world, &lines, || {});
}

#[test]
fn also_a_daemon_that_hangs() {
    let world = World::with_three_processes();
    let daemon = world.daemons()[0].pid;
    is_interrupted(&world, &["persistproc ps", "persistproc stop web api"], || freeze(daemon));
    kill(daemon, Signal::CONT);
}

fn plugins(world: &World) -> Vec<u32> {
    let all = world.processes();
    let ours = all.iter().filter(|found| found.exe.ends_with("nu_plugin_persistproc"));
    ours.map(|found| found.pid).collect()
}

#[test]
fn a_shell_that_was_killed_takes_the_plugin_with_it() {
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
        // As soon as the daemon has been asked there is no other way out.
        crate::support::wait::pause(Duration::from_millis(300));
        shell.signal(Signal::KILL);
        let gone = within(Duration::from_secs(2), || match &plugins(&world)[..] {
            [] => Ok(()),
            left => Err(format!("{left:?}")),
        });
        gone.unwrap_or_else(|left| panic!("{line}: {left} is still there"));
    }
}

#[test]
fn a_pipe_is_not_held_by_a_process_that_went_silent() {
    let world = World::with_three_processes();
    let script = "exec \"$NU\" -n --plugins \"$PLUGINS\" -c 'persistproc logs web --follow | first 1 | get message' | cat";
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let mut command = world.command("sh");
        command.args(["-c", script]).env("NU", crate::support::nu::nu());
        let plugin = crate::support::nu::plugin();
        command.env("PLUGINS", format!("[{}]", plugin.display()));
        let begun = Instant::now();
        assert!(world.run(command).ok().out().contains("ready"));
        fastest = fastest.min(begun.elapsed());
    }
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
}

#[test]
fn a_daemon_that_was_started_for_it_holds_no_pipe() {
    let world = World::new();
    let begun = Instant::now();
    assert_eq!(world.nu("persistproc ps | length").ok().out().trim(), "0");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(world.daemons().len(), 1);
}
