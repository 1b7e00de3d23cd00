//! `pp output`: the output of a process, by stream, position and time, live or after it ended.

use insta::assert_snapshot;

use crate::support::scripts::PRINTS_SIGNALS;
use crate::support::{Tmux, World, until};

/// Runs a script to its end under the label `it`.
fn after_running(script: &str) -> World {
    let world = World::new();
    world.pp(["run", "--label", "it", "sh", "-c", script]);
    world
}

#[test]
fn output_of_an_ended_process_is_readable_by_stream() {
    let world = after_running("echo one; echo two >&2; exit 1");
    assert_snapshot!(world.pp(["output", "it"]), @r"
    one
    two
    --- exit 0
    ");
    assert_eq!(world.pp(["logs", "--stream", "stdout", "it"]).ok().out(), "one\n");
    assert_eq!(world.pp(["logs", "--stream", "stderr", "it"]).ok().out(), "two\n");
}

#[test]
fn lines_are_counted_from_the_end() {
    let world = after_running("seq 1 250");
    let lines = |count: &str| world.pp(["output", "-n", count, "it"]).ok().out();
    assert_eq!(lines("3"), "248\n249\n250\n");
    assert_eq!(lines("0"), "");
    assert_eq!(lines("all").lines().count(), 250);
    assert_eq!(lines("9999").lines().count(), 250);
    assert_eq!(world.pp(["output", "it"]).ok().out().lines().count(), 100);
    assert_eq!(world.pp(["output", "-n", "-5", "it"]).code, 2);
}

#[test]
fn lines_are_shown_from_a_number_or_around_it() {
    let world = after_running("seq 1 250");
    let lines = |flags: &[&str]| {
        let mut command = world.pp_command(["output", "it"]);
        command.args(flags);
        world.run(command).ok().out()
    };
    assert_eq!(lines(&["--from-line", "7", "-n", "2"]), "7\n8\n");
    assert_eq!(lines(&["--from-line", "100", "-C", "1"]), "99\n100\n101\n");
    assert_eq!(lines(&["--from-line", "100", "-C", "1", "-n", "all"]), "99\n100\n101\n");
    assert_eq!(lines(&["--from-line", "10", "--lines", "all"]).lines().count(), 241);
    assert_eq!(lines(&["--from-line", "10", "--grep", "0$", "-n", "2"]), "10\n20\n");
    let row = lines(&["--from-line", "30", "-n", "1", "--rows"]);
    assert!(row.contains("\"number\":30,"), "{row}");
    assert_eq!(world.pp(["output", "--from-line", "0", "it"]).code, 2);
    assert_eq!(world.pp(["output", "--from-line", "9", "--follow", "it"]).code, 2);
    let script = "persistproc logs it --from-line 30 --lines 2 | get message";
    assert_eq!(world.nu_value(script), serde_json::json!(["30", "31"]));
}

#[test]
fn json_has_the_number_of_lines_before_and_after() {
    let world = after_running("seq 1 5");
    assert_snapshot!(world.pp(["--format", "json", "output", "-n", "2", "it"]), @r#"
    {
      "output": [
        "4",
        "5"
      ],
      "lines_before": 3,
      "lines_after": 0,
      "cursor": "1-a-0",
      "run": 1,
      "dropped_bytes": 0,
      "dropped_lines": 0,
      "truncated": false,
      "note": ""
    }
    --- exit 0
    "#);
}

#[test]
fn output_after_a_cursor_continues_exactly_there() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "seq 1 5; read word; seq 6 9"]).ok();
    let page = until("five lines", || {
        let page = world.pp(["--format", "json", "output", "it"]).ok().json();
        if page["output"].as_array().unwrap().len() == 5 { Ok(page) } else { Err(page.to_string()) }
    });
    world.rest().post("/v1/processes/it/stdin", &serde_json::json!({"text": "go\n"})).expect(200);
    world.until_status("it", "exited");
    let cursor = page["cursor"].as_str().unwrap();
    assert_eq!(world.pp(["output", "--after", cursor, "it"]).ok().out(), "6\n7\n8\n9\n");
}

#[test]
fn a_cursor_beyond_the_end_of_the_log_is_an_error() {
    let world = after_running("seq 1 5");
    let at_end = world.pp(["output", "--after", "1-a-0", "it"]);
    assert_eq!((at_end.code, at_end.out().as_str()), (0, ""), "{at_end}");
    assert_snapshot!(world.pp(["output", "--after", "1-b-0", "it"]), @r#"
    --- stderr
    Error: `--after` cannot be "1-b-0": the log of run 1 ends before it, at "1-a-0".
    Is it from another process, or was the end of the log lost? Leave out `after` to get a new cursor.
    --- exit 2
    "#);
    assert_snapshot!(world.pp(["wait", "--pattern", "5", "--after", "1-a-1", "it"]), @r#"
    --- stderr
    Error: `--after` cannot be "1-a-1": the log of run 1 ends before it, at "1-a-0".
    Is it from another process, or was the end of the log lost? Leave out `after` to get a new cursor.
    --- exit 2
    "#);
    assert_eq!(world.pp(["output", "it"]).ok().out(), "1\n2\n3\n4\n5\n");
}

#[test]
fn text_has_no_escapes_and_no_overwritten_text_unless_raw() {
    let world =
        after_running(r"printf '\033[31mred\033[0m\n10%%\r55%%\r100%%\n\033]0;title\007end\n'");
    assert_eq!(world.pp(["output", "it"]).ok().out(), "red\n100%\nend\n");
    let raw = "\x1b[31mred\x1b[0m\n10%\r55%\r100%\n\x1b]0;title\x07end\n";
    assert_eq!(world.pp(["output", "--raw", "it"]).ok().out(), raw);
}

#[test]
fn invalid_utf8_is_replaced_in_text_and_kept_in_raw() {
    let world = after_running(r"printf 'a\377b\n'");
    assert_eq!(world.pp(["output", "it"]).ok().stdout, "a\u{fffd}b\n".as_bytes());
    assert_eq!(world.pp(["output", "--raw", "it"]).ok().stdout, b"a\xffb\n");
}

#[test]
fn an_unterminated_line_is_shown_at_once() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "printf 'Password: '; sleep 1000"]).ok();
    until("the prompt", || match world.pp(["output", "it"]).ok().out().trim_end() {
        "Password:" => Ok(()),
        other => Err(other.to_owned()),
    });
}

#[test]
fn interleaved_parts_are_joined_into_the_lines_of_their_stream() {
    let world = after_running("printf one; printf ONE >&2; echo -two; echo -TWO >&2");
    assert_eq!(world.pp(["output", "--stream", "stdout", "it"]).ok().out(), "one-two\n");
    assert_eq!(world.pp(["output", "--stream", "stderr", "it"]).ok().out(), "ONE-TWO\n");
    let mut both: Vec<String> =
        world.pp(["output", "it"]).ok().out().lines().map(str::to_owned).collect();
    both.sort();
    assert_eq!(both, ["ONE-TWO", "one-two"]);
}

#[test]
fn follow_prints_existing_and_new_output_until_the_process_ends() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", PRINTS_SIGNALS]).ok();
    let follow = world.spawn_pp(["output", "-f", "it"]);
    follow.until_stdout("ready");
    let signal = serde_json::json!({"signal": "USR1"});
    world.rest().post("/v1/processes/it/signal", &signal).expect(200);
    follow.until_stdout("got USR1");
    world.pp(["stop", "it"]).ok();
    assert_eq!(follow.end().ok().out(), "ready\ngot USR1\nbye\n");
}

#[test]
fn follow_prints_one_stream_or_both() {
    let world = after_running("echo out; sleep 0.1; echo err >&2");
    let follow = |stream| world.pp(["output", "-f", "--stream", stream, "it"]).ok().out();
    assert_eq!(follow("combined"), "out\nerr\n");
    assert_eq!(follow("stdout"), "out\n");
    assert_eq!(follow("stderr"), "err\n");
}

#[test]
fn follow_prefixes_every_line_with_its_time() {
    let world =
        after_running("printf one; sleep 0.3; echo -two; echo three >&2; sleep 0.3; printf four");
    let page = world.pp(["output", "--timestamps", "it"]).ok().out();
    assert_eq!(page.lines().count(), 3, "{page}");
    let times: Vec<&str> = page.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(times[0] <= times[1] && times[1] < times[2], "{page}");
    // Lines of two streams that ended at almost the same time may be in either order.
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let live = world.pp(["output", "-f", "--timestamps", "it"]).ok().out();
    assert_eq!(sorted(&live), sorted(&page));
    assert!(live.contains("Z one-two\n") && live.ends_with("Z four\n"), "{live}");
}

#[test]
fn output_is_filtered_by_time() {
    let world = after_running("echo old; sleep 1.2; echo new");
    assert_snapshot!(world.pp(["output", "--timestamps", "it"]), @r"
    <time> old
    <time> new
    --- exit 0
    ");
    let stamped = world.pp(["output", "--timestamps", "it"]).ok().out();
    let new = stamped.lines().last().unwrap().split(' ').next().unwrap();
    assert_eq!(world.pp(["output", "--since-time", new, "it"]).ok().out(), "new\n");
    assert_eq!(world.pp(["output", "--before-time", new, "it"]).ok().out(), "old\n");
    assert_eq!(world.pp(["output", "--since-time", "5m", "it"]).ok().out(), "old\nnew\n");
    assert_snapshot!(world.pp(["output", "--since-time", "yesterday-ish", "it"]), @r#"
    --- stderr
    Error: `--since-time` is not a point in time: "yesterday-ish".
    Write <time>, 2026-11-22 14:00 or 14:00 (local time), yesterday 9:30, or 5m (ago).
    --- exit 2
    "#);
}

#[test]
fn the_log_files_hold_exactly_the_bytes() {
    let world = after_running(r"printf 'out\033[0m\n'; sleep 0.1; printf 'err' >&2");
    let process = world.process("it");
    let read = |key: &str| std::fs::read(process[key].as_str().unwrap()).unwrap();
    assert_eq!(read("log_stdout"), b"out\x1b[0m\n");
    assert_eq!(read("log_stderr"), b"err");
    assert_eq!(read("log_combined"), b"out\x1b[0m\nerr");
}

#[test]
fn a_closed_pipe_ends_output_silently() {
    let world = after_running("seq 1 200000");
    let mut command = world.command("sh");
    command.args(["-c", "pp output -n all it | head -n 1"]);
    assert_snapshot!(world.run(command), @r"
    1
    --- exit 0
    ");
}

#[test]
fn a_silent_process_has_empty_output() {
    let world = after_running("exit 0");
    assert_snapshot!(world.pp(["output", "it"]), @"--- exit 0");
}

#[test]
fn a_deleted_log_is_made_again_and_does_not_stop_the_process() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "while :; do echo x; sleep 0.05; done"]).ok();
    let following = world.spawn_pp(["logs", "-f", "it"]);
    following.until_stdout("x");
    let run = std::path::PathBuf::from(world.process("it")["log_combined"].as_str().unwrap());
    for file in std::fs::read_dir(run.parent().unwrap()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "log") {
            std::fs::remove_file(path).unwrap();
        }
    }
    // A follower with open files continues, and a new one finds the files that were made again.
    following.until_stdout(&format!("{}x\n", following.out()));
    until("the log", || if run.exists() { Ok(()) } else { Err("it is missing".into()) });
    world.spawn_pp(["logs", "-f", "it"]).until_stdout("x\nx\n");
    // The process and its other verbs are unaffected.
    assert_eq!(world.process("it")["status"], "running");
    world.pp(["stop", "it"]).ok();
}

#[test]
fn rows_have_all_fields_of_a_line_and_a_cursor_to_continue_from() {
    let world = after_running(
        "echo one; sleep 0.05; echo two >&2; sleep 0.05; printf '\\033[1mthree\\033[m'",
    );
    let rows = |more: &[&str]| -> Vec<serde_json::Value> {
        let mut command = world.command(env!("CARGO_BIN_EXE_pp"));
        command.args(["output", "--rows", "it"]).args(more);
        let out = world.run(command).ok().out();
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = rows(&[]);
    let summaries: Vec<_> = all
        .iter()
        .map(|row| format!("{} {} {} {}", row["run"], row["number"], row["stream"], row["line"]))
        .collect();
    let expected = ["1 1 \"stdout\" \"one\"", "1 2 \"stderr\" \"two\"", "1 3 \"stdout\" \"three\""];
    assert_eq!(summaries, expected);
    assert!(all.is_sorted_by_key(|row| row["time"].as_str().unwrap()));
    // Every way to ask for them gives the same rows.
    assert_eq!(rows(&["--follow"]), all);
    assert_eq!(rows(&["--grep", "."]), all);
    assert_eq!(rows(&["--since-time", "1h"]), all);
    assert_eq!(rows(&["--before-time", "2100-01-01T00:00:00Z"]), all);
    assert_eq!(rows(&["-n", "1"]), all[2..]);
    assert_eq!(rows(&["--grep", "t"]), all[1..]);
    for (at, row) in all.iter().enumerate() {
        let cursor = row["cursor"].as_str().unwrap();
        assert_eq!(rows(&["--after", cursor]), all[at + 1..]);
        assert_eq!(rows(&["--after", cursor, "--grep", "."]), all[at + 1..]);
        assert_eq!(
            rows(&["--after", cursor, "-n", "1"]),
            all[at + 1..].iter().take(1).cloned().collect::<Vec<_>>()
        );
    }
    assert_eq!(rows(&["--stream", "stderr"])[0]["number"], 1);
}

#[test]
fn rows_end_when_the_reader_closes_the_pipe_of_a_silent_process() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "echo one; exec sleep 1000"]).ok();
    world.pp(["wait", "--pattern", "one", "it"]).ok();
    let mut command = world.command("sh");
    command.args(["-c", "pp output --rows --follow it | head -n 1"]);
    assert!(world.run(command).ok().out().contains("\"one\""));
}

#[test]
fn a_follower_shows_who_started_the_next_run() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "echo begun; exec sleep 1000"]).ok();
    let follower = world.spawn_pp(["logs", "-f", "it"]);
    follower.until_stdout("begun\n");
    let mut agent = world.pp_command(["restart", "--force", "it"]);
    agent.env("CLAUDECODE", "1");
    world.run(agent).ok();
    follower.until_stdout("begun\nbegun\n");
    world.pp(["stop", "it"]).ok();
    assert_snapshot!(follower.end(), @"
    begun
    begun
    --- stderr
    It was stopped (SIGKILL); claude-code started a new run.
    --- exit 0
    ");
}

#[test]
fn in_a_terminal_a_note_counts_lines_that_lines_all_would_show() {
    let world = after_running("seq 1 150");
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.resize(100, 200);
    let shown = |command: &str| {
        screen.type_line("clear");
        screen.until_gone("clear");
        assert_eq!(screen.run(command), 0);
        screen.text()
    };
    assert!(shown("pp logs it").contains("\n50 more lines before these. Use --lines all to"));
    // What was asked for is not remarked.
    for command in ["pp logs -n 2 it", "pp logs --since 1h -n 2 it", "pp logs --until 1h it"] {
        let text = shown(command);
        assert!(!text.contains("more line"), "{text}");
    }
    let page = world.pp(["--format", "json", "output", "-n", "3", "--after", "1-0-0", "it"]).ok();
    let cursor = page.json()["cursor"].as_str().unwrap().to_owned();
    let text = shown("pp logs -n 3 --after 1-0-0 it");
    assert!(text.contains(&format!("147 more lines after these: --after {cursor}")), "{text}");
}

#[test]
fn in_a_terminal_times_before_lines_are_local_and_short() {
    let world = after_running("echo one");
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    let is_short = regex::Regex::new(r"(?m)^\d\d:\d\d:\d\d\.\d{3} one$").unwrap();
    for command in ["pp logs -t it", "pp logs -t -n all it", "pp logs -t -f it"] {
        screen.type_line("clear");
        screen.until_gone("clear");
        assert_eq!(screen.run(command), 0);
        let text = screen.text();
        assert!(is_short.is_match(&text), "{command}: {text}");
    }
    screen.run("pp logs -t it | cat");
    screen.until("Z one");
}
