//! What the dashboard costs: the figures are printed, and the bounds are generous.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{dashboard_process, until_line};
use crate::support::procs::{ticks, wakeups};
use crate::support::tools::number_from_env;
use crate::support::wait::{pause, until_stable};
use crate::support::{Screen, Tmux, World, clock};

/// Waits until the screen contains a text, looking without pause; returns the time that it took.
#[track_caller]
fn time_until(screen: &Screen<'_>, part: &str, act: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    act();
    loop {
        let text = screen.text();
        if text.contains(part) {
            return begin.elapsed();
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "no {part:?}: {text}");
    }
}

/// The time of looking at the screen alone, which is a part of each figure.
fn look(screen: &Screen<'_>) -> Duration {
    let begin = Instant::now();
    for _ in 0..10 {
        screen.text();
    }
    begin.elapsed() / 10
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[test]
fn it_is_quick() {
    let world = World::with_three_processes();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    let first_paint = median((0..5).map(|_| first_paint(&world)).collect());
    let list = median((0..5).map(|_| first_answer(&world)).collect());
    println!("first paint {first_paint:?}; `pp list` {list:?}");
    assert!(first_paint < Duration::from_secs(1), "{first_paint:?}");

    screen.start("pp ui");
    until_line(&screen, &["web", "running"]);
    world.write("flood", "while :; do seq 100000; done\n");
    world.pp(["start", "--label", "flood", "sh", "flood"]).ok();
    until_line(&screen, &["flood", "running"]);
    let overhead = look(&screen);
    let times = (0..10).map(|_| {
        let help = time_until(&screen, "Attach in this terminal", || screen.press_key("?"));
        screen.press_key("Escape");
        screen.until_gone("Attach in this terminal");
        help
    });
    let key = median(times.collect());
    println!("key to screen beside a flood {key:?}, of which tmux takes {overhead:?} a look");
    assert!(key < Duration::from_secs(1), "{key:?}");
}

/// The clock is moved so that the ages in the list change once an hour. Measures for five seconds; with
/// `tests/run --thorough` for thirty.
#[test]
fn nothing_happens_without_an_event() {
    if !clock::is_movable("tui::figures::nothing_happens_without_an_event") {
        return;
    }
    let world = World::with_three_processes();
    clock::move_to(2 * 3600);
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("pp ui");
    until_line(&screen, &["web", "running"]);
    let pid = dashboard_process(&world).pid;
    let woken = until_stable("the wake-ups", Duration::from_secs(1), || wakeups(pid));
    let before = ticks(pid);
    let seconds = number_from_env("PERSISTPROC_TEST_IDLE_SECONDS", 5);
    pause(Duration::from_secs(seconds));
    println!("{} ticks of CPU time in {seconds} s", ticks(pid) - before);
    assert_eq!(ticks(pid), before, "ticks of CPU time");
    assert_eq!(wakeups(pid), woken, "wake-ups");
}

/// From the start of the program to the list, on a pseudo-terminal of our own.
fn first_paint(world: &World) -> Duration {
    let mut command = world.command("python3");
    let program = env!("CARGO_BIN_EXE_pp");
    command.args(["-c", FIRST_PAINT, program, "ui"]);
    seconds(world, command)
}

fn first_answer(world: &World) -> Duration {
    let mut command = world.command("python3");
    command.args(["-c", FIRST_PAINT, env!("CARGO_BIN_EXE_pp"), "list"]);
    seconds(world, command)
}

fn seconds(world: &World, command: Command) -> Duration {
    let output = world.run(command).ok();
    Duration::from_secs_f64(output.out().trim().parse().unwrap())
}

/// Starts a program on a pseudo-terminal and prints the seconds until it has written the list.
const FIRST_PAINT: &str = "
import os, pty, sys, time, fcntl, struct, termios, signal
begin = time.monotonic()
pid, fd = pty.fork()
if pid == 0:
    os.environ['TERM'] = 'xterm-256color'
    os.execv(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 120, 0, 0))
text = b''
while b'running' not in text:
    text += os.read(fd, 65536)
print(time.monotonic() - begin)
os.kill(pid, signal.SIGKILL)
";

/// A log of 50 MB; with `tests/run --thorough` of a gigabyte.
#[test]
fn the_first_line_of_a_large_log_comes_at_once() {
    let world = World::new();
    let megabytes = number_from_env("PERSISTPROC_TEST_UI_LOG_MB", 50);
    let lines = megabytes * 10_000;
    let script = format!(
        "seq -f 'line %015.0f of a log with lines of a hundred bytes each {}' {lines}; echo done; sleep 1000",
        "x".repeat(33)
    );
    world.write("large", &script);
    let mut daemon = world.command(env!("CARGO_BIN_EXE_persistproc"));
    daemon.args(["serve", "--log-limit", "3GiB"]);
    let daemon = world.serve(daemon);
    world.pp(["start", "--label", "large", "sh", "large"]).ok();
    world.pp(["wait", "--timeout", "600", "--pattern", "^done", "large"]).ok();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("pp ui large");
    screen.until("done");
    let overhead = look(&screen);
    let first = time_until(&screen, "line 000000000000001 ", || screen.press_key("g"));
    let last = time_until(&screen, "done", || screen.press_key("G"));
    screen.press_key("/");
    screen.type_text("line 000000000000777 ");
    let search = time_until(&screen, "line 000000000000778 ", || screen.press_key("Enter"));
    println!(
        "{megabytes} MB: first line {first:?}, newest lines {last:?}, search to the other end \
         {search:?}; tmux takes {overhead:?} a look"
    );
    assert!(first < Duration::from_secs(2), "{first:?}");
    screen.press_key("q");
    screen.exit();
    drop(daemon);
}
