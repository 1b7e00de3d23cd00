//! The commands of `tables.nu`, for a Nushell without the plugin: names, columns, types, rows and
//! accepted input equal those of the plugin.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::nu::nu;

/// The value of a script's last pipeline, in a Nushell with the script of `init nu` and without the
/// plugin.
#[track_caller]
pub(super) fn value_without_plugin(world: &World, script: &str) -> Value {
    let file = world.folder("home").join("init.nu");
    if !file.exists() {
        std::fs::write(&file, world.persistproc(["init", "nu"]).ok().out()).unwrap();
    }
    let script = format!("source '{}'\n{script} | to json --raw", file.display());
    let mut command = world.command(nu());
    command.args(["--no-config-file", "-c", &script]);
    let out = world.run(command).ok().out();
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{script}: {error}: {out}"))
}

#[test]
fn columns_types_and_rows_equal_those_of_the_plugin() {
    let world = World::with_three_processes();
    world.pp(["stop", "--force", "api"]).ok();
    for lines in ["compiling\nlinking\n", "compiling\nerror: no such type\n"] {
        world.write("lines", lines);
        world.pp(["run", "--label", "flaky", "cat", "lines"]).ok();
    }
    let changes =
        world.nu_value("persistproc changes flaky | select change message is_error against");
    let row = |change, message, is_error| json!({"change": change, "message": message, "is_error": is_error, "against": 1});
    let expected = [row("new", "error: no such type", true), row("gone", "linking", false)];
    assert_eq!(changes, json!(expected));
    for line in [
        "persistproc ps | reject uptime",
        "persistproc list --status exited",
        "persistproc ps --long | reject uptime cpu mem",
        "persistproc ps --long | where status == running | first | describe",
        "persistproc ps --long | where label == api | first | describe",
        "persistproc ps | each { columns } | uniq",
        "persistproc logs web --long",
        "persistproc logs web api build | get label | uniq | sort",
        "persistproc logs web --since 1hr --stream stderr",
        "persistproc logs web --grep SLOW",
        "persistproc logs web --lines 1 | first | describe",
        "persistproc logs web --raw | lines",
        "persistproc search error --long | first | describe",
        "persistproc news | first | describe",
        "persistproc news build | get message",
        "persistproc changes flaky",
        "persistproc changes flaky --against 1 | describe",
        "persistproc search error",
        "persistproc wait web --pattern ready | first | reject uptime waited | columns",
    ] {
        assert_eq!(value_without_plugin(&world, line), world.nu_value(line), "{line}");
    }
}

#[test]
fn input_is_accepted_in_every_form_of_the_plugin() {
    let world = World::with_three_processes();
    for form in [
        "persistproc ps | where status == running",
        "persistproc ps | where label == web | first",
        "persistproc ps | where status == running | get label",
        "persistproc ps | where status == running | select id status | sort-by id",
        "\"web\\napi\" | lines",
        "{id: web}",
        "^printf 'web\\napi\\n'",
        "persistproc ps | where status == running | get pid",
        "persistproc ps | where false",
    ] {
        for action in ["logs", "signal CONT", "restart", "wait --quiet-for 1ms"] {
            let line =
                format!("{form} | persistproc {action} | get --optional label | uniq | sort");
            let found = value_without_plugin(&world, &line);
            assert_eq!(found, world.nu_value(&line), "{line}");
        }
    }
}

#[test]
fn actions_return_rows() {
    let world = World::with_three_processes();
    let label = |line: &str| value_without_plugin(&world, &format!("{line} | get label"));
    assert_eq!(label("persistproc start --label x sleep 1000 --port 3"), json!(["x"]));
    assert_eq!(label("persistproc send web hello"), json!(["web"]));
    assert_eq!(label("\"more\\n\" | persistproc send web"), json!(["web"]));
    assert_eq!(
        label("persistproc ps | where label == web | persistproc send last"),
        json!(["web"])
    );
    world.pp(["wait", "--pattern", "got last", "web"]).ok();
    let last =
        value_without_plugin(&world, "persistproc logs web --stream stdout -n 3 | get message");
    assert_eq!(last, json!(["got hello", "got more", "got last"]));
    assert_eq!(label("persistproc stop web --force"), json!(["web"]));
    assert_eq!(label("persistproc ps | where label == build | persistproc stop"), json!(["build"]));
    assert_eq!(label("persistproc forget web"), json!(["web"]));
}

#[test]
fn followed_rows_arrive_as_they_are_printed() {
    let world = World::with_three_processes();
    let line = "persistproc logs web --follow | where message =~ ready | first | get message";
    assert_eq!(value_without_plugin(&world, line), "ready on http://localhost:3000");
}

#[test]
fn errors_have_a_code_and_a_next_step() {
    let world = World::with_three_processes();
    for (line, code) in [
        ("persistproc stop wbe", "not_found"),
        ("persistproc logs wbe", "not_found"),
        ("persistproc forget web", "still_running"),
        ("persistproc stop", "ambiguous"),
        ("persistproc wait api --pattern nosuch --timeout 50ms", "timeout"),
        ("[{label: web}] | persistproc stop", "invalid_request"),
    ] {
        let script =
            format!("try {{ {line} | ignore }} catch {{|e| $e.details | select code help }}");
        let error = value_without_plugin(&world, &script);
        assert_eq!(error["code"], format!("persistproc::{code}"), "{line}");
        assert_ne!(error["help"], "", "{line}");
    }
}

#[test]
fn pp_and_persistproc_receive_their_arguments_unchanged() {
    let world = World::with_three_processes();
    let file = world.folder("home").join("init.nu");
    std::fs::write(&file, world.persistproc(["init", "nu"]).ok().out()).unwrap();
    let echo = "#!/bin/sh\nfor word in \"$@\"; do printf '<%s>' \"$word\"; done\n";
    world.program("pp", echo);
    world.program("persistproc", echo);
    for (typed, received) in [
        ("pp npm run dev --port 3000", "<npm><run><dev><--port><3000>"),
        ("pp npm run build --help", "<npm><run><build><--help>"),
        ("pp make -C sub -n 007 -h", "<make><-C><sub><-n><007><-h>"),
        ("pp npm test -- --grep x", "<npm><test><--><--grep><x>"),
        ("persistproc npm run dev --help", "<npm><run><dev><--help>"),
    ] {
        let script = format!("source '{}'; {typed}", file.display());
        let mut command = world.command(nu());
        command.args(["--no-config-file", "-c", &script]);
        assert_eq!(world.run(command).ok().out(), received, "{typed}");
    }
}

#[test]
fn targets_and_flags_of_the_program_are_completed() {
    let world = World::with_three_processes();
    let file = world.folder("home").join("init.nu");
    std::fs::write(&file, world.persistproc(["init", "nu"]).ok().out()).unwrap();
    for (line, expected) in [
        ("pp outp", json!(["output"])),
        ("pp stop w", json!(["web"])),
        ("persistproc logs bui", json!(["build"])),
        ("pp stop --forc", json!(["--force"])),
        ("pp greet --hul", json!(["--hullo"])),
        ("pp run --label x greet --hul", json!(["--hullo"])),
    ] {
        let script = format!(
            "source '{}'; extern greet [--hullo]; r#'{line}'# | commandline complete --detailed | get value | to json --raw",
            file.display()
        );
        let mut command = world.command(nu());
        command.args(["--no-config-file", "-c", &script]).env("PERSISTPROC_COMPLETION_MS", "10000");
        let out = world.run(command).ok().out();
        assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), expected, "{line}");
    }
}
