//! The plugin handles only its own commands. Every other `persistproc` command line reaches the
//! executable unchanged.

use crate::support::World;

/// A world whose `persistproc` prints its arguments and does nothing.
fn with_echo() -> World {
    let world = World::new();
    world.program(
        "persistproc",
        "#!/bin/sh\nfor word in \"$@\"; do printf '<%s>' \"$word\"; done\n",
    );
    world
}

#[test]
fn other_command_lines_reach_the_executable_unchanged() {
    let world = with_echo();
    for (typed, received) in [
        ("persistproc npm run dev --port 3000", "<npm><run><dev><--port><3000>"),
        ("persistproc npm run build --help", "<npm><run><build><--help>"),
        ("persistproc pss", "<pss>"),
        ("persistproc", ""),
        ("persistproc --help", "<--help>"),
        ("persistproc serve --foo", "<serve><--foo>"),
        ("persistproc run -- npm test -- --grep x", "<run><--><npm><test><--><--grep><x>"),
        ("persistproc \"ps\"", "<ps>"),
        ("^persistproc ps", "<ps>"),
        ("persistproc make -C sub -n 007 -h", "<make><-C><sub><-n><007><-h>"),
    ] {
        assert_eq!(world.nu(typed).ok().out(), received, "{typed}");
    }
    let kinds = world.nu_value("which --all persistproc | get type | uniq");
    assert_eq!(kinds, serde_json::json!(["external"]));
}

#[test]
fn start_passes_all_arguments_to_the_program() {
    let world = World::new();
    let started = |line: &str| {
        let script = format!(
            "persistproc start --label it --if-running restart {line} | ignore
            persistproc ps --long | where label == it | first | get argv"
        );
        world.nu_value(&script)
    };
    for (line, words) in [
        ("echo --port 3000 -q 007 --foo=1", vec!["echo", "--port", "3000", "-q", "007", "--foo=1"]),
        ("echo --label x --timeout 5sec", vec!["echo", "--label", "x", "--timeout", "5sec"]),
        ("-- echo -- --port=5", vec!["echo", "--", "--port=5"]),
        ("echo *.x '$y' \"a b\" 0x10 true", vec!["echo", "*.x", "$y", "a b", "0x10", "true"]),
    ] {
        assert_eq!(started(line), serde_json::json!(words), "{line}");
    }
}
