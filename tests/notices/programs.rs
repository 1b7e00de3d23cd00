//! Programs that cannot show a notice: the user learns what is wrong and what to do, and nothing waits for
//! long.

use std::fs;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::{World, until};

#[test]
fn without_a_program_the_answer_says_what_to_install() {
    let world = World::new();
    let mut command = world.pp_command(["notify", "on"]);
    command.env("PATH", world.folder("bin"));
    let output = world.run(command);
    assert_eq!(output.code, 1);
    assert_snapshot!(output.err(), @"
    Error: Neither notify-send nor osascript is installed, so no program can show a notice.
    Install notify-send (package libnotify-bin on Debian and Ubuntu, libnotify elsewhere). `pp notify on --program ~/bin/notice` uses a program of your own, which gets the title and the text as its last two arguments. Over SSH, `pp notify on --program terminal` leaves notices to the terminals that watch a process.
    ");
    assert_snapshot!(world.pp(["notify"]).ok().out(), @"Notices are off.");
    let output = world.pp(["notify", "on", "--program", "no-such-program --urgent"]);
    assert_snapshot!(output.err(), @"
    Error: The program that shows notices was not found, or cannot be executed: no-such-program.
    Give a program on the PATH of this shell or its whole path, and make it executable with `chmod +x`.
    ");
    let output = world.pp(["notify", "on", "--program", "'notice"]);
    assert_snapshot!(output.err(), @r#"
    Error: `--program` has a quote that is never closed: "'notice".
    Close it.
    "#);
    assert_eq!(output.code, 2);
}

#[test]
fn without_a_desktop_the_terminals_can_show_notices() {
    let world = World::new();
    let mut command = world.pp_command(["notify", "on", "--program", "terminal"]);
    command.env("PATH", world.folder("bin"));
    let output = world.run(command).ok();
    assert_snapshot!(output.out(), @"Notices are on for every process.");
    assert_snapshot!(output.err(), @"They are shown by the terminals that watch a process.");
    world.pp(["start", "--label", "web", "false"]).ok();
    world.until_status("web", "exited");
    assert_snapshot!(world.pp(["notify"]).ok().err(), @"They are shown by the terminals that watch a process.");
}

#[test]
fn a_program_that_fails_is_named_with_what_it_says() {
    let world = World::new();
    world.program("notify-send", "#!/bin/sh\nprintf 'No desktop.\\033[2J\\n' >&2; exit 7\n");
    let output = world.pp(["notify", "on"]);
    assert_eq!(output.code, 1);
    let error = "/bin/notify-send exited with code 7: No desktop. [2J.\nNothing was changed.";
    assert!(output.err().contains(error), "{}", output.err());
    // It works when notices are turned on, and fails later.
    world.program("notify-send", "#!/bin/sh\n");
    world.pp(["notify", "on"]).ok();
    world.program("notify-send", "#!/bin/sh\nexit 1\n");
    world.pp(["start", "--label", "web", "false"]).ok();
    until("the problem", || {
        let output = world.pp(["notify"]).ok();
        if output.err().contains("could not be shown") { Ok(()) } else { Err(output.err()) }
    });
    let note = world.pp(["notify"]).ok().err();
    assert!(note.starts_with("The last notice could not be shown: /"), "{note}");
    let end = "/notify-send exited with code 1. `pp notify on` tries again and shows one now.\n";
    assert!(note.ends_with(end), "{note}");
}

#[test]
fn a_program_that_hangs_is_killed() {
    let world = World::new();
    world.program("notice", "#!/bin/sh\nsleep 1000 & sleep 1001\n");
    let started = Instant::now();
    let output = world.pp(["notify", "on", "--program", "notice"]);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let error = "/bin/notice did not end within 5 s and was killed.\nNothing was changed.";
    assert!(output.err().contains(error), "{}", output.err());
    until("the end of its processes", || {
        let left = world.children();
        if left.is_empty() { Ok(()) } else { Err(format!("{left:#?}")) }
    });
}

#[test]
fn the_program_may_be_a_setting() {
    let world = World::new();
    let file = world.folder("home").join("shown");
    let script = format!("#!/bin/sh\necho \"$@\" > '{}'\n", file.display());
    world.program("notice", &script);
    world
        .write("../home/.config/persistproc/config.toml", "notify_program = \"notice --urgent\"\n");
    assert_snapshot!(world.pp(["notify", "on"]).ok().err(), @"They are shown by `notice --urgent`.");
    assert_snapshot!(fs::read_to_string(&file).unwrap(), @"--urgent persistproc Notices are on for every process.");
    // A variable comes before the file, and a flag before both.
    let mut command = world.pp_command(["notify", "on"]);
    command.env("PERSISTPROC_NOTIFY_PROGRAM", "notice --variable");
    world.run(command).ok();
    assert!(fs::read_to_string(&file).unwrap().starts_with("--variable persistproc"));
    let mut command = world.pp_command(["notify", "on", "--program", "notice --flag"]);
    command.env("PERSISTPROC_NOTIFY_PROGRAM", "notice --variable");
    world.run(command).ok();
    assert!(fs::read_to_string(&file).unwrap().starts_with("--flag persistproc"));
    // A path that is relative to this directory, and `''` for the program of the desktop.
    world.write("notice", "");
    fs::copy(world.folder("bin").join("notice"), world.work().join("notice")).unwrap();
    world.pp(["notify", "on", "--program", "./notice --relative"]).ok();
    assert!(fs::read_to_string(&file).unwrap().starts_with("--relative persistproc"));
    world.program("notify-send", "#!/bin/sh\n");
    assert_snapshot!(world.pp(["notify", "on", "--program", ""]).ok().err(), @"");
}
