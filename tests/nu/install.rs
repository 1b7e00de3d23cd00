//! `init nu --install` installs the plugin and the script, and `doctor` reports their state.

use insta::assert_snapshot;

use crate::support::nu::nu;
use crate::support::nu::plugin;
use crate::support::{Output, Tmux, World};

/// A world with Nushell on its PATH.
fn with_nu() -> World {
    let world = World::new();
    std::os::unix::fs::symlink(nu(), world.folder("bin").join("nu")).unwrap();
    world
}

/// The line of `doctor` about Nushell.
fn doctor(world: &World) -> String {
    let out = world.persistproc(["doctor"]).out();
    let line = out.lines().find(|line| line.contains("Nushell"));
    world
        .normalizer()
        .normalize(line.unwrap_or_default())
        .replace(plugin().to_str().unwrap(), "<plugin>")
}

fn text_of(output: &Output) -> String {
    output.to_string().replace(plugin().to_str().unwrap(), "<plugin>")
}

#[test]
fn install_registers_the_plugin_and_is_idempotent() {
    let world = with_nu();
    assert_snapshot!(doctor(&world), @"ok       Nushell 0.115.1 does not have the plugin registered. Run `persistproc init nu --install` to register it.");
    assert_snapshot!(text_of(&world.persistproc(["init", "nu", "--install"])), @"
    Registered the plugin <plugin> with Nushell 0.115.1.
    Wrote <home>/.local/share/nushell/vendor/autoload/persistproc.nu. Start a new Nushell to apply the change.
    --- exit 0
    ");
    assert_snapshot!(doctor(&world), @"ok       Nushell 0.115.1 has the plugin registered.");
    let file = world.folder("home").join(".local/share/nushell/vendor/autoload/persistproc.nu");
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(!written.contains("def \"persistproc ps\""), "the plugin has the tables");
    assert_eq!(world.persistproc(["init", "nu"]).ok().out(), written);
    assert_snapshot!(text_of(&world.persistproc(["init", "nu", "--install"])), @"
    The plugin is already registered with Nushell 0.115.1.
    Wrote <home>/.local/share/nushell/vendor/autoload/persistproc.nu. Start a new Nushell to apply the change.
    --- exit 0
    ");
}

#[test]
fn a_new_shell_has_the_commands_the_completion_and_the_wraps() {
    let world = with_nu();
    world.persistproc(["init", "nu", "--install", "--wrap", "greet me"]).ok();
    world.program("greet", "#!/bin/sh\necho \"hello $*\"\n");
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let config = world.folder("home").join(".config/nushell");
    std::fs::create_dir_all(&config).unwrap();
    let prompt =
        "$env.PROMPT_COMMAND = ''; $env.PROMPT_COMMAND_RIGHT = ''; $env.PROMPT_INDICATOR = '$ '
        $env.config.show_banner = false; $env.config.use_ansi_coloring = false";
    std::fs::write(config.join("config.nu"), prompt).unwrap();
    let tmux = Tmux::new(&world);
    let screen = tmux.window_of(&["--", "env", "PERSISTPROC_COMPLETION_MS=10000", "nu"]);
    screen.type_line("persistproc ps | get 0.label | $'label ($in)'");
    screen.until("\nlabel web");
    screen.type_text("persistproc stop w");
    screen.until("$ persistproc stop w");
    screen.press_key("Tab");
    screen.until("$ persistproc stop web");
    screen.press_key("C-u");
    screen.type_text("pp outp");
    screen.until("$ pp outp");
    screen.press_key("Tab");
    screen.until("$ pp output");
    screen.press_key("C-u");
    // What is typed before the command has ended belongs to the program.
    screen.type_line("greet me now; print over");
    screen.until("hello me now");
    screen.until("\nover");
    screen.type_line("greet you");
    screen.until("hello you");
    screen.type_line("pp-wrap npm run dev");
    screen.until("alias \"npm run dev\" = ^persistproc run -- npm run dev");
    let labels: Vec<_> = world.list().iter().map(|found| found["command"].to_string()).collect();
    assert!(labels.contains(&"[\"greet\",\"me\",\"now\"]".to_owned()), "{labels:?}");
    assert!(!labels.iter().any(|label| label.contains("you")), "{labels:?}");
    let wraps = config.join("autoload/persistproc-wrap.nu");
    let wrapped = "alias \"npm run dev\" = ^persistproc run -- npm run dev\n";
    assert_eq!(std::fs::read_to_string(&wraps).unwrap(), wrapped);
    screen.type_line("pp-wrap; print listed");
    screen.until("\nnpm run dev\nlisted");
    screen.type_line("pp-wrap cd /tmp");
    screen.until("Cannot wrap 'cd'");
    screen.type_line("pp-unwrap npm run dev; print unwrapped");
    screen.until("\nunwrapped");
    assert_eq!(std::fs::read_to_string(&wraps).unwrap(), "");
}

#[test]
fn a_nushell_of_another_version_gets_tables_without_the_plugin() {
    let world = World::new();
    let home = world.folder("home");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *--version*) echo 0.99.0 ;; *data-dir*) echo {}/nushell ;; esac\n",
        home.display()
    );
    world.program("nu", &script);
    assert_snapshot!(doctor(&world), @"problem  Nushell is 0.99.0, but the plugin is built for 0.115.1. Run `cargo install nu --version 0.115.1 --locked` to install that version, or `persistproc init nu --install` to use the same tables without the plugin.");
    assert_snapshot!(world.persistproc(["init", "nu", "--install"]), @"
    The plugin is built for Nushell 0.115.1, but this is 0.99.0; installing the tables as a script instead.
    Wrote <home>/nushell/persistproc.nu. Start a new Nushell to apply the change.
    --- exit 0
    ");
    let written = std::fs::read_to_string(home.join("nushell/persistproc.nu")).unwrap();
    assert!(written.contains("def \"persistproc ps\""));
}

#[test]
fn install_without_nushell_is_an_error() {
    let world = World::new();
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["init", "nu", "--install"]).env("PATH", world.folder("bin"));
    assert_snapshot!(world.run(command), @"
    --- stderr
    Error: Nushell (`nu`) is not on the PATH.
    Install Nushell 0.115.1, or add its directory to the PATH.
    --- exit 3
    ");
}
