//! Runs the real Nushell with the real plugin: scripts to completion, scripts in the background,
//! and interactive windows.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::background::Background;
use super::output::Output;
use super::tmux::{Screen, Tmux};
use super::tools;
use super::world::World;

/// The Nushell version that the plugin is built for, fetched on first use.
#[track_caller]
pub(crate) fn nu() -> PathBuf {
    tools::fetch("fetch-nu");
    tools::folder().join("nu/bin/nu")
}

/// The plugin built with the tests.
#[track_caller]
pub(crate) fn plugin() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_persistproc"));
    let plugin = beside.with_file_name("nu_plugin_persistproc");
    assert!(plugin.is_file(), "{} is not built: build with --workspace", plugin.display());
    plugin
}

/// Label and script of each example process: `web` runs and echoes its input, `api` runs, `build`
/// exits with an error.
const EXAMPLES: [(&str, &str); 3] = [
    (
        "web",
        "echo ready on http://localhost:3000; sleep 0.02; echo slow >&2; \
         while read line; do echo got $line; done; exec sleep 1000",
    ),
    ("api", "echo listening; sleep 0.02; echo error: no database >&2; exec sleep 1000"),
    ("build", "echo compiling; sleep 0.02; echo error: 2 tests failed >&2; exit 1"),
];

impl World {
    /// A world with the three processes that the plugin's examples use.
    pub(crate) fn with_three_processes() -> Self {
        let world = Self::new();
        for (label, script) in EXAMPLES {
            world.pp(["start", "--label", label, "sh", "-c", script]).ok();
        }
        for (label, pattern) in [("web", "slow"), ("api", "error")] {
            world.pp(["wait", "--pattern", pattern, label]).ok();
        }
        world.until_status("build", "exited");
        world
    }

    /// A `nu` command with the plugin loaded; the caller can change it further.
    pub(crate) fn nu_command<S: Into<OsString>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = self.command(nu());
        let plugins = format!("[{}]", plugin().display());
        command.args(["--no-config-file", "--plugins", &plugins]);
        command.args(arguments.into_iter().map(Into::into));
        command
    }

    /// Runs a Nushell script to completion.
    #[track_caller]
    pub(crate) fn nu(&self, script: &str) -> Output {
        self.run(self.nu_command(["-c", script]))
    }

    /// Starts a Nushell script in the background.
    pub(crate) fn spawn_nu(&self, script: &str) -> Background {
        self.spawn(self.nu_command(["-c", script]))
    }

    /// The value of a script's last pipeline.
    #[track_caller]
    pub(crate) fn nu_value(&self, script: &str) -> Value {
        let out = self.nu(&format!("{script} | to json --raw")).ok().out();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{script}: {error}: {out}"))
    }

    /// The error of a pipeline as `catch` sees it: message, code, help, and as `marked` the source
    /// text that its label points at.
    #[track_caller]
    pub(crate) fn nu_error(&self, pipeline: &str) -> Value {
        let script =
            format!("try {{ {pipeline} | ignore }} catch {{|e| $e.details | to json --raw }}");
        let out = self.nu(&script).ok().out();
        let mut error: Value =
            serde_json::from_str(&out).unwrap_or_else(|error| panic!("{pipeline}: {error}: {out}"));
        let span = &error["labels"][0]["location"];
        let [start, end] = ["start", "end"].map(|at| span[at].as_u64().unwrap_or(0) as usize);
        error["marked"] = script.get(start..end).unwrap_or_default().into();
        error
    }
}

/// Sets a prompt that tests can wait for.
const PROMPT: &str = "$env.PROMPT_COMMAND = ''; $env.PROMPT_COMMAND_RIGHT = ''; \
    $env.PROMPT_INDICATOR = '$ '; $env.config.show_banner = false; \
    $env.config.use_ansi_coloring = false";

/// Opens a window with Nushell, which runs `more` before the first prompt.
pub(crate) fn window<'t>(tmux: &'t Tmux<'t>, more: &str) -> Screen<'t> {
    let nu = nu();
    let plugins = format!("[{}]", plugin().display());
    let start = format!("{PROMPT}; {more}");
    let program = nu.to_str().unwrap();
    let shell = ["--", program, "--no-config-file", "--plugins", &plugins, "-e", &start];
    tmux.window_of(&shell)
}
