//! Pipelines: `pp` shares the terminal with other programs. It neither changes nor reads it until its
//! process needs it.

use crate::support::{Tmux, World, until};

#[test]
fn a_pager_in_a_pipeline_gets_its_keys() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("clear; seq 300 | pp less");
    screen.until("\n39\n");
    screen.press_key("Space");
    screen.until("\n78\n");
    screen.press_key("G");
    screen.until("\n300\n");
    screen.press_key("q");
    assert_eq!(screen.exit(), 0, "{}", screen.text());
}

#[test]
fn a_pager_after_pp_keeps_its_keys() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("clear; pp seq 300 | less");
    screen.until("\n39\n");
    screen.press_key("Space");
    screen.until("\n78\n");
    screen.press_key("q");
    assert_eq!(screen.exit(), 0, "{}", screen.text());
}

#[test]
fn a_line_is_delivered_when_the_process_waits_for_it() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("asks", "printf 'name? ' >&2; read -r name; echo \"hello $name\"");
    screen.start("clear; pp sh asks | cat");
    screen.until("name?");
    screen.type_line("world");
    screen.until("hello world");
    assert_eq!(screen.exit(), 0);
    assert!(screen.text().starts_with("name? world\nhello world\n"), "{}", screen.text());
}

#[test]
fn what_is_typed_ahead_stays_for_the_shell() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("waits", "echo waiting; read -r word <go");
    screen.run("mkfifo go; clear");
    screen.type_line("pp sh waits | cat");
    screen.until("\nwaiting");
    screen.type_line("echo ahead-$((20 + 3))");
    world.run({
        let mut command = world.command("sh");
        command.args(["-c", "echo word >go"]);
        command
    });
    screen.until("ahead-23");
}

#[test]
fn a_password_is_not_shown() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write(
        "asks.py",
        "import getpass\nprint('got', len(getpass.getpass('Password: ')), flush=True)\n",
    );
    screen.start("clear; pp python3 asks.py | cat");
    screen.until("Password:");
    screen.type_line("secret");
    screen.until("got 6");
    screen.until("[exit of 1: 0]");
    assert!(!screen.text().contains("secret"), "{}", screen.text());
    // The terminal is as before.
    screen.run("echo echoed");
    assert!(screen.text().contains("echo echoed"), "{}", screen.text());
}

#[test]
fn ctrl_c_ends_a_pipeline() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.type_line("clear; pp sh -c 'echo ready; exec sleep 1000' | cat");
    screen.until("ready");
    screen.press_key("C-c");
    let ended = until("the end", || {
        let process = world.process("sleep");
        if process["status"] == "running" { Err(format!("{process:#}")) } else { Ok(process) }
    });
    assert_eq!(ended["signal"], 2, "{ended:#}");
    screen.until("^C");
    assert!(!screen.text().contains("Still running"), "{}", screen.text());
}
