//! The terminal after a full-screen program: left as it was found however the session ends, and set
//! again when it continues.

use crate::support::daemon::pid;
use crate::support::procs::{Proc, Signal, kill};
use crate::support::{Screen, Tmux, World, until};

/// Sets many modes of the terminal, in raw mode, and keeps running. SIGTERM ends it without undoing
/// them.
const SETS_MODES: &str = r"import sys, time, tty
tty.setraw(0)
out = sys.stdout
out.write('\x1b[?1049h\x1b[?1h\x1b=\x1b[?1002h\x1b[?1006h\x1b[?2004h\x1b[?25l\x1b[4 q')
out.write('\x1b]2;its title\x07\x1b[2J\x1b[Hdrawn\x1b[31m')
out.flush()
time.sleep(1000)
";

/// A terminal on which the program has drawn.
fn drawn<'t>(world: &World, tmux: &'t Tmux<'t>) -> (Screen<'t>, String) {
    world.write("modes.py", SETS_MODES);
    let screen = tmux.window();
    screen.run("clear; stty -a >before; echo before");
    let modes = screen.modes();
    screen.start("pp python3 modes.py");
    screen.until("drawn");
    until("the modes", || {
        let now = screen.modes();
        if now == modes { Err(now) } else { Ok(()) }
    });
    (screen, modes)
}

/// Asserts that the terminal is as before: modes, settings and the text of the main screen.
fn assert_as_found(screen: &Screen<'_>, modes: &str) {
    assert_eq!(screen.modes(), modes, "{}", screen.text());
    assert!(screen.text().starts_with("before\n"), "{}", screen.text());
    assert_eq!(screen.run("stty -a >after; cmp before after"), 0, "{}", screen.text());
    assert_eq!(screen.run("printf '\\033[0;32mgreen\\n' | cat"), 0);
    assert!(!screen.colours().contains("[31m"), "{}", screen.colours());
}

#[test]
fn it_is_restored_on_detach() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let (screen, modes) = drawn(&world, &tmux);
    screen.press_keys(&["C-]", "C-]", "C-]"]);
    assert_eq!(screen.exit(), 130);
    assert_as_found(&screen, &modes);
}

#[test]
fn it_is_restored_when_the_program_is_killed_or_stopped() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let (screen, modes) = drawn(&world, &tmux);
    world.pp(["signal", "KILL", "modes.py"]).ok();
    screen.exit();
    assert_as_found(&screen, &modes);
    let (screen, modes) = drawn(&world, &tmux);
    world.pp(["stop", "modes.py"]).ok();
    screen.exit();
    screen.until("You stopped");
    assert_as_found(&screen, &modes);
}

#[test]
fn it_is_restored_when_pp_receives_a_signal() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    for signal in [Signal::TERM, Signal::HUP] {
        let (screen, modes) = drawn(&world, &tmux);
        let is_pp = |found: &Proc| found.is_persistproc() && found.has_argument("pp");
        let pp = until("pp", || world.processes().into_iter().find(is_pp).ok_or("no pp".into()));
        kill(pp.pid, signal);
        screen.exit();
        assert_as_found(&screen, &modes);
        world.pp(["stop", "modes.py"]).ok();
    }
}

#[test]
fn attaching_again_sets_the_modes_and_draws_the_screen() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("notes", "the text of the notes\n");
    screen.start("clear; pp vim -u NONE notes");
    screen.until("the text of the notes\n~\n~\n");
    screen.press_keys(&["C-]", "C-]", "C-]"]);
    screen.exit();
    assert!(!screen.text().contains("text of the notes"), "{}", screen.text());
    screen.start("clear; pp attach vim");
    screen.until("the text of the notes\n~\n~\n");
    screen.type_line(":q");
    assert_eq!(screen.exit(), 0);
    assert!(!screen.text().contains("text of the notes"), "{}", screen.text());
}

#[test]
fn a_suspended_command_gives_the_terminal_back_and_takes_it_again() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window_of(&["--", "env", "PS1=$ ", "bash", "--norc", "-i"]);
    let modes = screen.modes();
    world.write("hides", "printf '\\033[?25l'; echo ready; read -r word; echo got $word");
    screen.type_line("clear; pp sh hides");
    screen.until("ready");
    until("a hidden cursor", || {
        let now = screen.modes();
        if now == modes { Err(now) } else { Ok(()) }
    });
    let hidden = screen.modes();
    screen.press_key("C-z");
    screen.until("Stopped");
    assert_eq!(screen.modes(), modes);
    screen.type_line("fg");
    until("a hidden cursor again", || {
        let now = screen.modes();
        if now == hidden { Ok(()) } else { Err(now) }
    });
    screen.type_line("word");
    screen.until("got word");
    until("the cursor", || {
        let now = screen.modes();
        if now == modes { Ok(()) } else { Err(now) }
    });
}

#[test]
fn notes_begin_on_a_line_of_their_own() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    // The text of the command has no "half".
    screen.start("clear; pp sh -c 'printf ha%s lf; sleep 1000'");
    screen.until("half");
    kill(pid(&world.process("sleep")), Signal::KILL);
    screen.exit();
    let text = screen.text();
    assert!(text.starts_with("half\n") && text.contains("SIGKILL"), "{text}");
}
