//! `pp notify`: desktop notices, shown by a script that writes its arguments to a file.
//!
//! | file | contents |
//! |---|---|
//! | `desktop` | the same with notify-send and a real notification daemon |
//! | `late` | what takes time: slow starts and crash loops |
//! | `programs` | programs that are missing, fail or hang |

mod desktop;
mod late;
mod programs;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::daemon_death::kill_daemon_and_prevent_next;
use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, kill, wakeups};
use crate::support::wait::{pause, until_stable};
use crate::support::{Tmux, World, until};

/// A program that ends with an error when the file `go-<label>` appears.
const ENDS: &str = "echo 'Error: no such table'; while [ ! -e go-$0 ]; do sleep 0.02; done; exit 3";

impl World {
    /// The file that the script of [`Self::with_notices`] writes to.
    fn notice_file(&self) -> PathBuf {
        self.folder("home").join("notices")
    }

    /// A world with notices on, which a script shows.
    fn with_notices(arguments: &[&str]) -> Self {
        let world = Self::new();
        let file = world.notice_file();
        let script = format!("#!/bin/sh\nprintf '%s|%s\\n' \"$@\" >> '{}'\n", file.display());
        world.program("notice", &script);
        let mut command = world.pp_command(["notify", "--program", "notice"]);
        command.args(arguments);
        world.run(command).ok();
        world
    }

    /// Every notice so far, apart from those that say that notices are on.
    fn notices(&self) -> Vec<String> {
        let text = fs::read_to_string(self.notice_file()).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with("persistproc|"));
        lines.map(str::to_owned).collect()
    }

    /// Waits for this many notices.
    #[track_caller]
    fn until_notices(&self, count: usize) -> Vec<String> {
        until("notices", || {
            let notices = self.notices();
            if notices.len() >= count { Ok(notices) } else { Err(format!("{notices:#?}")) }
        })
    }

    /// Starts a service that ends with an error when it is let.
    #[track_caller]
    fn start_ending(&self, label: &str) {
        self.pp(["start", "--label", label, "sh", "-c", ENDS, label]).ok();
    }

    /// Has the service end, and waits for its end.
    #[track_caller]
    fn let_end(&self, label: &str) {
        let go = self.work().join(format!("go-{label}"));
        fs::write(&go, "").unwrap();
        self.until_status(label, "exited");
        fs::remove_file(go).unwrap();
    }

    /// A service ends by itself, which is shown. All that came before was decided then.
    #[track_caller]
    fn until_marker_is_shown(&self, label: &str) {
        self.start_ending(label);
        self.let_end(label);
        until("the marker", || {
            let notices = self.notices();
            let is_shown = notices.iter().any(|line| line.starts_with(&format!("{label} ")));
            if is_shown { Ok(()) } else { Err(format!("{notices:#?}")) }
        });
    }
}

#[test]
fn a_service_that_ends_by_itself_has_a_notice() {
    let world = World::with_notices(&["on"]);
    assert_snapshot!(fs::read_to_string(world.notice_file()).unwrap(), @"persistproc|Notices are on for every process.");
    world.start_ending("web");
    world.let_end("web");
    assert_eq!(world.until_notices(1), ["web exited with code 3|Error: no such table"]);
    // One that was meant to go on, and one that a signal from elsewhere ends.
    world.pp(["start", "--label", "build", "sh", "-c", "echo built"]).ok();
    assert_eq!(world.until_notices(2)[1], "build exited with code 0|built");
    world.pp(["start", "--label", "api", "sleep", "1000"]).ok();
    kill(pid(&world.process("api")), Signal::KILL);
    assert_eq!(world.until_notices(3)[2], "api was killed by SIGKILL|It has printed nothing.");
}

#[test]
fn what_a_client_has_asked_for_has_no_notice() {
    let world = World::with_notices(&["on"]);
    for label in ["stopped", "restarted", "signalled", "typed"] {
        world.pp(["start", "--label", label, "sh", "-c", "read -r line; exit 1"]).ok();
    }
    world.pp(["stop", "stopped"]).ok();
    world.pp(["restart", "restarted"]).ok();
    world.pp(["signal", "KILL", "signalled"]).ok();
    world.pp(["send", "typed", "bye"]).ok();
    world.until_status("signalled", "exited");
    world.until_status("typed", "exited");
    // A command that was typed, and one that could not be started.
    world.pp(["run", "true"]).ok();
    world.pp(["start", "no-such-program"]);
    world.until_marker_is_shown("web");
    assert_eq!(world.notices().len(), 1, "{:#?}", world.notices());
}

#[test]
fn a_process_has_at_most_one_notice_in_a_minute() {
    let world = World::with_notices(&["on"]);
    for round in 0..3 {
        world.start_ending("web");
        world.let_end("web");
        if round == 0 {
            world.until_notices(1);
        }
    }
    world.until_marker_is_shown("api");
    assert_eq!(world.notices().len(), 2, "{:#?}", world.notices());
    // The next daemon knows it.
    world.kill_daemon();
    world.start_ending("web");
    world.let_end("web");
    world.until_marker_is_shown("db");
    assert_eq!(world.notices().len(), 3, "{:#?}", world.notices());
}

#[test]
fn a_process_that_is_watched_has_no_notice() {
    let world = World::with_notices(&["on"]);
    let piped = world.spawn_pp(["run", "--label", "piped", "sh", "-c", ENDS, "piped"]);
    piped.until_stdout("no such table");
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start(&format!("pp run --label typed sh -c \"{}\" typed", ENDS.replace('$', "\\$")));
    screen.until("no such table\n");
    world.start_ending("followed");
    let follower = world.spawn_pp(["logs", "-f", "followed"]);
    follower.until_stdout("no such table");
    world.start_ending("awaited");
    let wait = world.spawn_pp(["wait", "--for", "exit", "awaited"]);
    // It sleeps when the daemon has its request.
    until_stable("the wait", Duration::from_millis(500), || wakeups(wait.pid()));
    for label in ["piped", "typed", "followed", "awaited"] {
        world.let_end(label);
    }
    // Clients that have left do not count.
    drop((piped.end(), follower.end(), wait.end()));
    world.until_marker_is_shown("followed-2");
    assert_eq!(world.notices().len(), 1, "{:#?}", world.notices());
}

#[test]
fn what_a_program_prints_is_data() {
    let world = World::with_notices(&["on"]);
    let script = r#"printf '\033[31mError: $(touch pwned) `id` <b>&amp;\033]0;t\007 \342\200\256"; x\001y\n'; echo --help; exit 1"#;
    world.pp(["start", "--label=-x $(touch pwned); <i>'\"", "sh", "-c", script]).ok();
    let notice = world.until_notices(1).remove(0);
    assert_snapshot!(notice, @r#" -x $(touch pwned); <i>'" exited with code 1|Error: $(touch pwned) `id` <b>&amp; "; xy"#);
    assert!(!world.work().join("pwned").exists());
    world
        .pp(["start", "--label", "l".repeat(250).as_str(), "sh", "-c", "echo --- FAIL; exit 1"])
        .ok();
    let notice = world.until_notices(2).remove(1);
    assert!(notice.ends_with("… exited with code 1| --- FAIL"), "{notice}");
    assert!(notice.chars().count() < 120, "{notice}");
}

#[test]
fn notices_are_on_for_single_processes_and_stay_so() {
    let world = World::with_notices(&["on"]);
    let notify = |arguments: &[&str]| {
        let mut command = world.pp_command(["notify"]);
        command.args(arguments);
        world.run(command)
    };
    assert_snapshot!(notify(&["off"]).ok().out(), @"Notices are off.");
    assert_snapshot!(notify(&[]).ok().err(), @"`pp notify on` turns them on for every process, `pp notify web` for web.");
    assert_snapshot!(notify(&["web"]).err(), @"
    Error: No process matches `web`.
    Run `pp <command>` to start the first process.
    ");
    for label in ["web", "api", "db"] {
        world.start_ending(label);
    }
    assert_snapshot!(notify(&["web", "api"]).ok().out(), @"Notices are on for api and web.");
    assert_snapshot!(notify(&["api", "off"]).ok().out(), @"Notices are on for web.");
    world.let_end("api");
    world.let_end("web");
    world.until_notices(1);
    assert_snapshot!(notify(&["on"]).ok().out(), @"Notices are on for every process.");
    assert_snapshot!(notify(&["off", "api"]).ok().out(), @"Notices are on for every process except api.");
    // The next daemon has the same settings, and answers with the same words on each face.
    world.kill_daemon();
    assert_snapshot!(notify(&[]).ok().out(), @"Notices are on for every process except api.");
    let settings = world.rest().get("/v1/notify").expect(200);
    let api = json!({"id": "api", "name": "api"});
    assert_eq!(settings, json!({"all": true, "except": [api], "program": "notice"}));
    world.let_end("db");
    world.until_notices(2);
    // A process that was forgotten has no setting any more.
    world.pp(["forget", "api"]).ok();
    until("api to be forgotten", || {
        let settings = world.unix().get("/v1/notify").expect(200);
        if settings["except"] == json!([]) { Ok(()) } else { Err(settings.to_string()) }
    });
    assert_snapshot!(notify(&["off"]).ok().out(), @"Notices are off.");
    let record = fs::read_to_string(world.folder("data").join("notify.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert!(record["environment"]["PERSISTPROC_RUN"].is_null());
}

#[test]
fn a_daemon_that_was_replaced_repeats_no_notice_and_leaves_out_none() {
    let world = World::with_notices(&["on"]);
    world.start_ending("web");
    world.start_ending("api");
    let watching = world.spawn_pp(["run", "--label", "watched", "sh", "-c", ENDS, "watched"]);
    watching.until_stdout("no such table");
    let pids = ["api", "watched"].map(|label| pid(&world.process(label)));
    world.let_end("web");
    world.until_notices(1);
    let no_daemon = kill_daemon_and_prevent_next(&world);
    for label in ["api", "watched"] {
        fs::write(world.work().join(format!("go-{label}")), "").unwrap();
    }
    until("the exits", || if pids.into_iter().any(alive) { Err("alive".into()) } else { Ok(()) });
    drop(no_daemon);
    assert_eq!(watching.end().code, 3);
    world.list();
    let notices = world.until_notices(2);
    assert!(notices[1].starts_with("api exited with code 3"), "{notices:#?}");
    world.kill_daemon();
    world.list();
    pause(Duration::from_secs(4));
    world.until_marker_is_shown("db");
    assert_eq!(world.notices().len(), 3, "{:#?}", world.notices());
}

#[test]
fn a_daemon_with_notices_on_never_wakes_up() {
    let world = World::new();
    world.pp(["start", "--label", "idle", "sleep", "1000"]).ok();
    world.program("notice", "#!/bin/sh\n");
    world.pp(["notify", "on", "--program", "notice"]).ok();
    let daemon = world.daemons()[0].pid;
    let before = until_stable("the wake-ups", Duration::from_secs(2), || wakeups(daemon));
    pause(Duration::from_secs(5));
    assert_eq!(wakeups(daemon), before);
}
