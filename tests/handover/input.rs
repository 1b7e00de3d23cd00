//! Standard input that is a file, a pipe or a socket is the process's own: what it does not read
//! stays for the next reader.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use super::{same, with_pp};
use crate::support::{World, until};

#[test]
fn a_loop_over_a_file_runs_once_for_each_line() {
    let world = World::new();
    world.write("names", "one\ntwo\nthree\n");
    let text = same(&world, "while read x; do $PP echo $x; done < names");
    assert_eq!(text, "one\ntwo\nthree\n");
    assert_eq!(same(&world, "seq 3 | while read x; do $PP echo $x; done"), "1\n2\n3\n");
}

#[test]
fn a_script_on_standard_input_runs_to_its_end() {
    let world = World::new();
    let text = same(&world, "printf '%s echo one\\necho two\\n' $PP | bash");
    assert_eq!(text, "one\ntwo\n");
}

/// As `ssh` in a loop: it reads what the loop would have read.
#[test]
fn a_program_that_reads_everything_leaves_nothing_for_the_loop() {
    let world = World::new();
    world.write("hosts", "one\ntwo\nthree\n");
    let text = same(&world, "while read x; do $PP sh -c 'wc -l; echo done'; done < hosts");
    assert_eq!(text, "2\ndone\n");
}

#[test]
fn the_rest_of_a_file_or_pipe_stays() {
    let world = World::new();
    world.write("lines", "one\ntwo\nthree\n");
    assert_eq!(same(&world, "{ $PP head -n 1; cat; } < lines"), "one\ntwo\nthree\n");
    assert_eq!(same(&world, "{ $PP sh -c 'read x; echo $x'; cat; } < lines"), "one\ntwo\nthree\n");
    let piped = "cat lines | { $PP sh -c 'read x; echo $x'; cat; }";
    assert_eq!(same(&world, piped), "one\ntwo\nthree\n");
}

#[test]
fn pipes_and_files_arrive_whole() {
    let world = World::new();
    world.write("numbers", "3\n1\n2\n");
    assert_eq!(same(&world, "$PP sort < numbers"), "1\n2\n3\n");
    assert_eq!(same(&world, "head -c 5000000 /dev/zero | $PP wc -c"), "5000000\n");
    assert_eq!(same(&world, "$PP cat < numbers | $PP sort | $PP tail -n 1"), "3\n");
    assert_eq!(same(&world, "$PP cat <<< text"), "text\n");
}

/// Neither `pp` nor the shim keeps the pipe open.
#[test]
fn the_writer_gets_sigpipe_when_the_process_has_ended() {
    let world = World::new();
    let text = same(&world, "timeout 20 yes | $PP head -n 1; echo ${PIPESTATUS[*]}");
    assert_eq!(text, "y\n141 0\n");
    let while_it_runs = "timeout 20 yes | $PP sh -c 'exec <&-; sleep 1'; echo ${PIPESTATUS[*]}";
    assert_eq!(same(&world, while_it_runs), "141 0\n");
}

#[test]
fn the_process_gets_the_same_open_file() {
    let world = World::new();
    world.write("lines", "one\ntwo\n");
    let flags = "grep flags /proc/self/fdinfo/0; readlink -f /proc/self/fd/0";
    same(&world, &format!("$PP sh -c '{flags}' < lines; {{ {flags}; }} < lines"));
    assert_eq!(same(&world, "$PP readlink /proc/self/fd/0 < /dev/null"), "/dev/null\n");
    // O_NONBLOCK belongs to the open file, so that setting it changes it for the caller.
    let nonblocking = "true | { grep flags /proc/self/fdinfo/0; $PP true; \
                       grep flags /proc/self/fdinfo/0; }";
    same(&world, nonblocking);
}

#[test]
fn a_socket_is_an_input_too() {
    let world = World::new();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut command = world.pp_command(["sh", "-c", "read x; echo got $x; echo back >&0"]);
    command.stdin(Stdio::from(OwnedFd::from(theirs)));
    let pp = world.spawn(command);
    ours.write_all(b"hello\n").unwrap();
    assert_eq!(pp.end().ok().out(), "got hello\n");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut ours, &mut text).unwrap();
    assert_eq!(text, "back\n");
}

#[test]
fn find_and_xargs_run_it_for_each_file() {
    let world = World::new();
    for name in ["a.txt", "b.txt", "c.txt"] {
        world.write(name, name);
    }
    same(&world, "find . -name '*.txt' -exec $PP cat {} \\; | sort");
    same(&world, "ls *.txt | xargs -P4 -n1 $PP echo | sort");
    same(&world, "ls *.txt | xargs $PP echo");
}

#[test]
fn input_of_a_process_that_was_already_running_stays_unread_by_the_daemon() {
    let world = World::new();
    world.pp(["start", "cat"]).ok();
    let refused = with_pp(&world, "echo lost | pp cat");
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.err().contains("was already running"), "{refused}");
}

/// The daemon holds no copy of what was handed over, also after it was killed and started again.
#[test]
fn the_input_outlives_the_daemon() {
    let world = World::new();
    let mut command = world.pp_command(["sh", "-c", "read x; echo $x; read y; echo $y"]);
    command.stdin(Stdio::piped());
    let mut pp = world.spawn(command);
    pp.type_in(b"one\n");
    pp.until_stdout("one");
    crate::support::procs::kill(world.daemons()[0].pid, crate::support::procs::Signal::KILL);
    until("another daemon", || {
        world.pp(["list"]).ok();
        Ok::<(), String>(())
    });
    pp.type_in(b"two\n");
    assert_eq!(pp.end().ok().out(), "one\ntwo\n");
}
