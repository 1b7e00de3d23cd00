//! How `pp` ends: as the program that it stands for, so that a shell acts as if it had run the
//! program itself.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use serde_json::json;

use crate::support::procs::{Signal, alive, freeze, kill};
use crate::support::{Tmux, World, until};

const BASH: [&str; 6] = ["--", "env", "PS1=$ ", "bash", "--norc", "--noprofile"];

/// Writes what it does when Ctrl+C is pressed to the file `ends`.
const CLEANS_UP: &str = "import signal, sys, time
def note(text):
    with open('ends', 'a') as file:
        file.write(text + '\\n')
try:
    print('ready', flush=True)
    time.sleep(1000)
except KeyboardInterrupt:
    note('interrupted')
    raise
finally:
    note('finally')";

fn status(world: &World, script: &str) -> ExitStatus {
    let mut command = world.pp_command(["sh", "-c", script]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap()
}

#[test]
fn pp_dies_of_the_signal_that_the_program_died_of() {
    let world = World::new();
    for (name, number) in [("INT", 2), ("QUIT", 3), ("TERM", 15), ("HUP", 1), ("PIPE", 13)] {
        let found = status(&world, &format!("kill -{name} $$"));
        assert_eq!(found.signal(), Some(number), "{name}: {found}");
        assert!(!found.core_dumped(), "{name}");
    }
    // Faults of the program are not faults of `pp`.
    for (name, code) in [("KILL", 137), ("SEGV", 139), ("ABRT", 134), ("USR1", 138)] {
        let found = status(&world, &format!("kill -{name} $$"));
        assert_eq!(found.code(), Some(code), "{name}: {found}");
    }
    assert_eq!(status(&world, "exit 130").code(), Some(130));
}

#[test]
fn a_stop_by_another_client_ends_pp_by_the_signal_of_the_stop() {
    let world = World::new();
    let mut run = world.pp_command(["run", "--label", "it", "sleep", "1000"]);
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    world.until_running("it");
    world.pp(["stop", "it"]).ok();
    assert_eq!(run.wait().unwrap().signal(), Some(15));
}

#[test]
fn a_signal_ends_pp_and_leaves_the_process_running() {
    let world = World::new();
    for (signal, number) in [(Signal::TERM, 15), (Signal::HUP, 1), (Signal::INT, 2)] {
        let mut run = world.pp_command(["run", "--label", "it", "sh", "-c", "echo on; sleep 1000"]);
        let run = run.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        world.until_running("it");
        // `pp` handles signals once it follows the output.
        until("a follower", || {
            let threads = fs::read_dir(format!("/proc/{}/task", run.id())).unwrap().count();
            if threads > 2 { Ok(()) } else { Err(threads.to_string()) }
        });
        kill(run.id(), signal);
        let output = run.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(number), "{output:?}");
        assert_eq!(world.process("it")["status"], "running");
    }
}

/// `pp` is suspended while its process ends and another client starts the same command again.
#[test]
fn pp_ends_with_its_own_run() {
    let world = World::new();
    let script = "read n < numbers; echo $n; exit $n";
    let words = ["run", "--label", "it", "sh", "-c", script];
    let fifo = world.work().join("numbers");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let first = world.spawn(world.pp_command(words));
    world.until_running("it");
    freeze(first.pid());
    fs::write(&fifo, "3\n").unwrap();
    world.until_status("it", "exited");
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
    first.signal(Signal::CONT);
    let output = first.end();
    assert_eq!((output.out(), output.err(), output.code), ("3\n".into(), String::new(), 3));
    fs::write(&fifo, "4\n").unwrap();
    world.until_status("it", "exited");
}

#[test]
fn ctrl_c_ends_a_loop_and_a_script() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window_of(&BASH);
    let body = "for i in 1 2 3; do echo \"round $i\"; pp sh nap; done; echo after";
    world.write("nap", "echo asleep; exec sleep 1006");
    world.write("script", body);
    for command in [body, "bash script"] {
        screen.type_line("clear");
        screen.until_gone("round 1");
        screen.type_line(command);
        // Shown by `pp`, which has the terminal by then.
        screen.until("round 1\nasleep\n");
        until("the process", || {
            let found = world.children().iter().any(|child| child.has_argument("1006"));
            if found { Ok(()) } else { Err(screen.text()) }
        });
        screen.press_key("C-c");
        screen.until("Stop it?");
        screen.press_key("y");
        until("the end of the process", || {
            let found = world.children().iter().any(|child| child.has_argument("1006"));
            if found { Err(screen.text()) } else { Ok(()) }
        });
        screen.until("\n$");
        screen.type_line("echo \"still $((1 + 1))\"");
        let text = screen.until("still 2");
        assert!(!text.contains("round 2\n") && !text.contains("\nafter"), "{command}: {text}");
    }
}

#[test]
fn leaving_is_no_success() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window_of(&BASH);
    screen.type_line("pp sleep 1007 && echo PUSH''ED");
    until("the process", || {
        let found = world.children().iter().any(|child| child.has_argument("1007"));
        if found { Ok(()) } else { Err(screen.text()) }
    });
    screen.press_key("C-c");
    screen.until("Stop it?");
    screen.press_key("n");
    screen.until("Still running");
    screen.type_line("echo \"code $?\"");
    let text = screen.until("code 130");
    assert!(!text.contains("PUSHED"), "{text}");
}

#[test]
fn y_interrupts_as_the_key_does() {
    let world = World::new();
    world.write("cleans_up.py", CLEANS_UP);
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("pp python3 cleans_up.py");
    screen.until("ready");
    screen.press_key("C-c");
    screen.until("Stop it?");
    screen.press_key("y");
    assert_eq!(screen.exit(), 130);
    let ends = fs::read_to_string(world.work().join("ends")).unwrap();
    assert_eq!(ends, "interrupted\nfinally\n");
}

#[test]
fn a_stop_can_begin_with_an_interrupt() {
    let world = World::new();
    let rest = world.rest();
    world.write("cleans_up.py", CLEANS_UP);
    world.pp(["start", "--label", "it", "--wait-pattern", "ready", "python3", "cleans_up.py"]).ok();
    let stopped = rest.post("/v1/processes/it/stop", &json!({"interrupt": true})).expect(200);
    assert_eq!((&stopped["status"], &stopped["signal"]), (&"terminated".into(), &2.into()));
    let ends = fs::read_to_string(world.work().join("ends")).unwrap();
    assert_eq!(ends, "interrupted\nfinally\n");

    // SIGTERM follows after two seconds, and SIGKILL after the timeout.
    let script = "trap '' INT; trap 'echo term' TERM; echo ready
        while :; do (trap '' TERM; exec sleep .05); done";
    world.pp(["start", "--label", "deaf", "--wait-pattern", "ready", "sh", "-c", script]).ok();
    let request = json!({"interrupt": true, "timeout": 0.5});
    let stopped = rest.post("/v1/processes/deaf/stop", &request).expect(200);
    assert_eq!((&stopped["status"], &stopped["signal"]), (&"terminated".into(), &9.into()));
    assert_eq!(world.pp(["output", "deaf"]).ok().out(), "ready\nterm\n");
}

/// The first process of a container gets the signals of the container, and all orphans.
#[test]
fn as_the_first_process_pp_passes_signals_on_and_reaps() {
    let world = World::new();
    let script = "trap 'echo term; exit 7' TERM; (sleep .1 &); echo ready
        while :; do sleep .05; done";
    let mut unshare = world.command("unshare");
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["--pid", "--fork", "--mount-proc", "pp", "sh", "-c", script]);
    let running = world.spawn(unshare);
    running.until_stdout("ready\n");
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", running.pid()));
    let init: u32 = children.unwrap().trim().parse().unwrap();
    let zombies = || {
        let children = fs::read_to_string(format!("/proc/{init}/task/{init}/children"));
        let children = children.unwrap_or_default();
        children.split_whitespace().filter(|pid| !alive(pid.parse().unwrap())).count()
    };
    until("no zombies", || if zombies() == 0 { Ok(()) } else { Err(zombies().to_string()) });
    kill(init, Signal::TERM);
    let output = running.end();
    assert_eq!((output.code, output.out().as_str()), (7, "ready\nterm\n"), "{output}");
}
