//! The terminal: left as it was found however the dashboard ends, and drawn again when it continues.

use super::{assert_as_found, dashboard, dashboard_process, until_line};
use crate::support::procs::{Signal, kill};
use crate::support::{Tmux, World, until};

#[test]
fn it_is_restored_when_the_user_leaves() {
    let world = World::with_three_processes();
    let tmux = Tmux::new(&world);
    for key in ["q", "C-c"] {
        let screen = dashboard(&tmux, "");
        screen.press_key("m");
        screen.until("The mouse belongs to the dashboard now.");
        assert!(screen.modes().contains("mouse 1 1"), "{}", screen.modes());
        screen.press_key(key);
        assert_eq!(screen.exit(), 0);
        assert_as_found(&screen);
    }
}

#[test]
fn it_is_restored_after_a_signal() {
    let world = World::with_three_processes();
    let tmux = Tmux::new(&world);
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let screen = dashboard(&tmux, "");
        kill(dashboard_process(&world).pid, signal);
        assert_eq!(screen.exit(), code);
        assert_as_found(&screen);
    }
}

#[test]
fn ctrl_z_suspends_it() {
    let world = World::with_three_processes();
    let tmux = Tmux::new(&world);
    let screen = tmux.window_of(&["--", "env", "PS1=$ ", "bash", "--norc"]);
    screen.run("clear; stty -a >before; echo before");
    for _ in 0..2 {
        screen.type_line("pp ui");
        screen.until("NAME");
        screen.press_key("C-z");
        screen.until("Stopped");
        assert!(screen.modes().starts_with("alternate 0"), "{}", screen.modes());
        screen.run("clear; echo before");
        assert_as_found(&screen);
        screen.type_line("fg");
        screen.until("NAME");
        screen.press_key("?");
        screen.until("Attach in this terminal");
        screen.press_keys(&["Escape", "q"]);
        screen.until("before");
    }
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let world = World::with_three_processes();
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    for (columns, rows) in [(80, 24), (40, 10), (150, 50), (20, 5), (80, 24)] {
        screen.resize(columns, rows);
        until("the new size", || {
            let text = screen.text();
            let rule =
                text.lines().filter(|line| line.contains("──")).map(|line| line.chars().count());
            if rule.max() == Some(columns.into()) { Ok(()) } else { Err(text) }
        });
    }
    until_line(&screen, &["quit"]);
}

#[test]
fn no_color_leaves_out_colours() {
    let world = World::new();
    world.write("red", "printf '\\033[31mred\\033[0m\\n'; sleep 1000\n");
    world.pp(["start", "--label", "web", "sh", "red"]).ok();
    let tmux = Tmux::new(&world);
    let coloured = dashboard(&tmux, "");
    coloured.until("red");
    assert!(coloured.colours().contains("[31m"), "{}", coloured.colours());
    let plain = tmux.window();
    plain.run("export NO_COLOR=1");
    plain.start("pp ui");
    plain.until("red");
    let colours = plain.colours();
    for code in (30..=37).chain(90..=97) {
        assert!(!colours.contains(&format!("[{code}m")), "{colours}");
    }
}

#[test]
fn a_terminal_that_hangs_up_ends_it() {
    let world = World::with_three_processes();
    let tmux = Tmux::new(&world);
    dashboard(&tmux, "");
    let pid = dashboard_process(&world).pid;
    drop(tmux);
    until("the end of pp ui", || {
        if crate::support::procs::alive(pid) { Err(format!("{pid} is alive")) } else { Ok(()) }
    });
}

#[test]
fn a_pasted_text_is_no_command() {
    let world = World::with_three_processes();
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    screen.run_in_tmux(&["set-buffer", "xyq"]);
    screen.run_in_tmux(&["paste-buffer", "-p"]);
    screen.press_key("/");
    screen.run_in_tmux(&["paste-buffer", "-p"]);
    screen.until("/xyq");
    assert_eq!(world.process("web")["status"], "running");
}

/// A thread that cannot be started is a panic, since its address space is limited.
#[test]
fn it_is_restored_after_a_panic() {
    let world = World::with_three_processes();
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    let mut limit = world.command("prlimit");
    limit.args(["--pid", &dashboard_process(&world).pid.to_string(), "--as=1"]);
    world.run(limit).ok();
    screen.press_keys(&["r", "y"]);
    assert_eq!(screen.exit(), 101);
    screen.until("panicked");
    assert!(screen.modes().starts_with("alternate 0 mouse 0 0"), "{}", screen.modes());
    assert!(screen.text().starts_with("before\n"), "{}", screen.text());
    assert_eq!(screen.run("stty -a >after; cmp before after"), 0, "{}", screen.text());
}
