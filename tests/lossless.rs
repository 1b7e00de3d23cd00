//! `pp` in a pipeline: a slow reader slows down the program and gets every byte, whichever process
//! is killed; without a reader the program ends as it would without `pp`.
//!
//! The default is a few megabytes through a small log. `PERSISTPROC_TEST_LOSSLESS` is the number of
//! lines; 120,000,000 are a gigabyte, with a log limit of 64 MiB and a pause of 20 seconds.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::support::background::Background;
use crate::support::disk::{SmallDisk, is_root};
use crate::support::procs::{Signal, alive, kill};
use crate::support::tools::number_from_env;
use crate::support::wait::{pause, until_stable};
use crate::support::{Output, World, until};

/// Lines of output.
fn lines() -> u64 {
    number_from_env("PERSISTPROC_TEST_LOSSLESS", 2_000_000)
}

fn is_thorough() -> bool {
    lines() >= 100_000_000
}

fn log_limit() -> u64 {
    if is_thorough() { 64 << 20 } else { 2 << 20 }
}

/// A daemon whose logs are much smaller than the output.
fn serve(world: &World) -> Background {
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["serve", "--log-limit", &log_limit().to_string()]);
    world.serve(command)
}

/// A command that prints numbered lines, and the same without `pp`.
struct Pipeline {
    pp: Child,
    output: ChildStdout,
    bare: ChildStdout,
    bare_child: Child,
}

impl Pipeline {
    fn start<const N: usize>(world: &World, flags: [&str; N]) -> Self {
        let mut pp = world.pp_command(["run"]);
        let count = lines().to_string();
        let script = format!("trap '' PIPE; seq {count} 2> /dev/null; exit 0");
        pp.args(flags).args(["sh", "-c", &script]);
        let mut pp = pp.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut bare = Command::new("seq");
        let mut bare_child = bare.arg(&count).stdout(Stdio::piped()).spawn().unwrap();
        Self {
            output: pp.stdout.take().unwrap(),
            bare: bare_child.stdout.take().unwrap(),
            pp,
            bare_child,
        }
    }

    /// Reads about this many bytes and compares them with those of the bare program. Returns `false`
    /// at the end of the output.
    fn read(&mut self, bytes: usize) -> bool {
        let mut left = bytes;
        let mut buffer = vec![0; 256 << 10];
        let mut expected = vec![0; 256 << 10];
        while left > 0 {
            let count = self.output.read(&mut buffer).unwrap();
            if count == 0 {
                return false;
            }
            self.bare.read_exact(&mut expected[..count]).unwrap();
            assert!(buffer[..count] == expected[..count], "the output differs");
            left = left.saturating_sub(count);
        }
        true
    }

    /// Reads to the end. Returns the exit code, and whether the output was complete.
    fn end(mut self) -> (Option<i32>, bool) {
        while self.read(1 << 20) {}
        let code = self.pp.wait().unwrap().code();
        let mut rest = [0];
        let is_complete = self.bare.read(&mut rest).unwrap() == 0;
        drop(self.bare);
        self.bare_child.wait().unwrap();
        (code, is_complete)
    }
}

/// Bytes of all output in the log.
fn log_bytes(world: &World) -> u64 {
    let process = world.process("it");
    let folder = Path::new(process["log_combined"].as_str().unwrap()).parent().unwrap();
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let combined = files.filter(|file| file.file_name().to_string_lossy().starts_with("combined"));
    combined.map(|file| file.metadata().map_or(0, |metadata| metadata.len())).sum()
}

/// Waits until the program writes nothing more.
fn until_held_back(world: &World) -> u64 {
    until_stable("the log to stay as it is", Duration::from_millis(500), || log_bytes(world))
}

#[test]
fn a_reader_that_pauses_gets_every_byte() {
    let world = World::new();
    let daemon = serve(&world);
    let mut pipeline = Pipeline::start(&world, ["--label", "it"]);
    pipeline.read(1 << 20);
    let bytes = until_held_back(&world);
    assert!(bytes <= 2 * log_limit(), "{bytes} bytes in the log");
    assert_eq!(world.process("it")["status"], "running");
    if is_thorough() {
        pause(Duration::from_secs(20));
        assert_eq!(log_bytes(&world), bytes);
    }
    assert_eq!(pipeline.end(), (Some(0), true));
    drop(daemon);
}

#[test]
fn no_byte_is_lost_when_the_daemon_or_the_shim_is_killed() {
    let world = World::new();
    let daemon = serve(&world);
    let mut pipeline = Pipeline::start(&world, ["--label", "it"]);
    pipeline.read(1 << 20);
    until_held_back(&world);
    let shim = world.shim_pid(&world.process("it"));
    kill(shim, Signal::KILL);
    pipeline.read(1 << 20);
    until("another shim", || match world.shim_pid(&world.process("it")) {
        next if next != shim && alive(next) => Ok(()),
        other => Err(other.to_string()),
    });
    // The next shim holds the program back too.
    let bytes = until_held_back(&world);
    assert!(bytes <= 2 * log_limit(), "{bytes} bytes in the log");
    kill(daemon.pid(), Signal::KILL);
    pipeline.read(1 << 20);
    until_held_back(&world);
    assert_eq!(pipeline.end(), (Some(0), true));
}

/// Output that was in the pipe is gone with it.
#[test]
fn missing_output_is_a_failure_although_the_program_succeeds() {
    let world = World::new();
    let daemon = serve(&world);
    let mut pipeline = Pipeline::start(&world, ["--label", "it"]);
    pipeline.read(1 << 20);
    until_held_back(&world);
    let shim = world.shim_pid(&world.process("it"));
    kill(daemon.pid(), Signal::KILL);
    kill(shim, Signal::KILL);
    assert_eq!(pipeline.end(), (Some(1), false));
    let note = world.pp(["output", "-n", "1", "it"]).ok().err();
    assert!(note.contains("its last output may be missing"), "{note}");
}

#[test]
fn a_program_goes_on_when_pp_is_killed() {
    let world = World::new();
    let _daemon = serve(&world);
    let mut pipeline = Pipeline::start(&world, ["--label", "it"]);
    pipeline.read(1 << 20);
    until_held_back(&world);
    pipeline.pp.kill().unwrap();
    let process = world.until_status("it", "exited");
    assert_eq!(process["exit_code"], 0);
    let last = world.pp(["output", "-n", "1", "it"]).ok().out();
    assert_eq!(last, format!("{}\n", lines()));
    assert!(!pipeline.end().1, "the reader cannot have all");
}

#[test]
fn without_a_hold_the_program_is_not_slowed_down() {
    let world = World::new();
    let _daemon = serve(&world);
    let mut pipeline = Pipeline::start(&world, ["--no-hold", "--label", "it"]);
    pipeline.read(1);
    assert_eq!(world.until_status("it", "exited")["exit_code"], 0);
    pipeline.pp.kill().unwrap();
    drop(pipeline.output);
}

#[test]
fn a_full_disk_fails_the_command_and_adds_nothing_to_its_output() {
    if !is_root("lossless::a_full_disk_fails_the_command_and_adds_nothing_to_its_output") {
        return;
    }
    let world = World::new();
    let disk = SmallDisk::at(world.folder("data"), "3m");
    let mut command = world.command("sh");
    command.args(["-c", "pp run --label it seq 1000000 > out"]);
    let output = world.run(command);
    assert_eq!(output.code, 1, "{output}");
    let message = output.err();
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains("bytes of output are missing here"), "{message}");
    let out = fs::read_to_string(world.work().join("out")).unwrap();
    assert!(out.bytes().all(|byte| byte.is_ascii_digit() || byte == b'\n'));
    assert!(out.starts_with("1\n2\n3\n"));
    assert_eq!(world.process("it")["exit_code"], 0);
    disk.free_space();
}

/// Runs a line of Bash, followed by one with the exit codes of its pipeline.
fn bash(world: &World, line: &str) -> Output {
    let mut command = world.command("bash");
    command.args(["-c", &format!("{line}; echo codes ${{PIPESTATUS[@]}}")]);
    world.run(command)
}

#[test]
fn a_program_ends_when_its_reader_has_enough() {
    let world = World::new();
    assert_eq!(bash(&world, "pp yes | head -n 1").out(), "y\ncodes 141 0\n");
    let ended = world.process("yes");
    assert_eq!((&ended["status"], &ended["signal"]), (&"exited".into(), &13.into()));
    let script = "yes; echo after >&2; exit 3";
    let output = bash(&world, &format!("pp sh -c '{script}' | head -n 1"));
    assert_eq!((output.out().as_str(), output.err().as_str()), ("y\ncodes 3 0\n", "after\n"));
    let output = bash(&world, "pp sh -c 'yes >&2' 2>&1 >/dev/null | head -n 1");
    assert_eq!(output.out(), "y\ncodes 141 0\n");
    // A program that writes nothing more does not notice it.
    let output = bash(&world, "pp sh -c 'echo a; sleep 0.3; exit 4' | head -n 1");
    assert_eq!(output.out(), "a\ncodes 4 0\n");
}
