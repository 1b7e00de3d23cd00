//! The tables without the plugin: the same names give the same columns, types and rows, and take
//! the same forms of input.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::nu::nu;

/// What the last pipeline of a script gives in a Nushell that has the script of `init` and no
/// plugin.
#[track_caller]
fn without(world: &World, script: &str) -> Value {
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
fn the_same_columns_types_and_rows() {
    let world = World::with_three_processes();
    world.pp(["stop", "--force", "api"]).ok();
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
        "persistproc search error",
        "persistproc wait web --pattern ready | first | reject uptime waited | columns",
    ] {
        assert_eq!(without(&world, line), world.nu_value(line), "{line}");
    }
}

#[test]
fn the_same_forms_of_input() {
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
            let found = without(&world, &line);
            assert_eq!(found, world.nu_value(&line), "{line}");
        }
    }
}

#[test]
fn actions_answer_with_rows() {
    let world = World::with_three_processes();
    let label = |line: &str| without(&world, &format!("{line} | get label"));
    assert_eq!(label("persistproc start --label x sleep 1000 --port 3"), json!(["x"]));
    assert_eq!(label("persistproc send web hello"), json!(["web"]));
    assert_eq!(label("\"more\\n\" | persistproc send web"), json!(["web"]));
    assert_eq!(
        label("persistproc ps | where label == web | persistproc send last"),
        json!(["web"])
    );
    world.pp(["wait", "--pattern", "got last", "web"]).ok();
    let last = without(&world, "persistproc logs web --stream stdout -n 3 | get message");
    assert_eq!(last, json!(["got hello", "got more", "got last"]));
    assert_eq!(label("persistproc stop web --force"), json!(["web"]));
    assert_eq!(label("persistproc ps | where label == build | persistproc stop"), json!(["build"]));
    assert_eq!(label("persistproc forget web"), json!(["web"]));
}

#[test]
fn rows_come_as_they_are_printed() {
    let world = World::with_three_processes();
    let line = "persistproc logs web --follow | where message =~ ready | first | get message";
    assert_eq!(without(&world, line), "ready on http://localhost:3000");
}

#[test]
fn errors_carry_their_code_and_their_next_step() {
    let world = World::with_three_processes();
    for (line, code) in [
        ("persistproc stop wbe", "not_found"),
        ("persistproc logs wbe", "not_found"),
        ("persistproc forget web", "still_running"),
        ("persistproc stop", "invalid_request"),
        ("persistproc wait api --pattern nosuch --timeout 50ms", "timeout"),
        ("[{label: web}] | persistproc stop", "invalid_request"),
    ] {
        let script =
            format!("try {{ {line} | ignore }} catch {{|e| $e.details | select code help }}");
        let error = without(&world, &script);
        assert_eq!(error["code"], format!("persistproc::{code}"), "{line}");
        assert_ne!(error["help"], "", "{line}");
    }
}

#[test]
fn the_executable_and_its_short_name_get_their_words_untouched() {
    let world = World::with_three_processes();
    let file = world.folder("home").join("init.nu");
    std::fs::write(&file, world.persistproc(["init", "nu"]).ok().out()).unwrap();
    let echo = "#!/bin/sh\nfor word in \"$@\"; do printf '<%s>' \"$word\"; done\n";
    world.program("pp", echo);
    world.program("persistproc", echo);
    for (typed, got) in [
        ("pp npm run dev --port 3000", "<npm><run><dev><--port><3000>"),
        ("pp npm run build --help", "<npm><run><build><--help>"),
        ("pp make -C sub -n 007 -h", "<make><-C><sub><-n><007><-h>"),
        ("pp npm test -- --grep x", "<npm><test><--><--grep><x>"),
        ("persistproc npm run dev --help", "<npm><run><dev><--help>"),
    ] {
        let script = format!("source '{}'; {typed}", file.display());
        let mut command = world.command(nu());
        command.args(["--no-config-file", "-c", &script]);
        assert_eq!(world.run(command).ok().out(), got, "{typed}");
    }
}

#[test]
fn tab_asks_the_daemon_and_then_the_program() {
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
