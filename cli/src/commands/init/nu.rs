//! `init nu`: the script for Nushell. With `--install` it is written where Nushell loads it, and the
//! plugin is registered. Where the plugin cannot be used, the script also defines its tables, over
//! the JSON of the executable.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use persistproc_api::{ErrorCode, Problem};

use super::integration::Integration;
use crate::args::InitArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::nushell::{BUILT_FOR, Nushell, PluginState, quote_path};
use crate::render::{self, diff};

const SCRIPT: &str = include_str!("../../../shell/init.nu");
const TABLES: &str = include_str!("../../../shell/tables.nu");

/// The name of the script in Nushell's autoload directory.
const FILE_NAME: &str = "persistproc.nu";

/// The first lines of the part of the script that `--no-pp` leaves out.
const PP_PART: &str = "@complete \"nu-complete persistproc\"\nextern pp []";

pub(super) fn run(integration: &Integration, args: &InitArgs, context: &Context) -> Outcome {
    let nu = Nushell::find();
    if args.uninstall {
        return uninstall(&nu.ok_or_else(not_found)?, args.dry_run);
    }
    if args.install {
        return install(&nu.ok_or_else(not_found)?, integration, args.dry_run, context);
    }
    let has_plugin = nu.is_some_and(|nu| nu.plugin_state() == PluginState::Ready);
    render::lines(script(integration, has_plugin)?.lines())?;
    Ok(ExitCode::SUCCESS)
}

/// The whole script. With the plugin it defines no tables: they would hide the plugin's commands.
fn script(integration: &Integration, has_plugin: bool) -> Result<String, Problem> {
    let base = match (&integration.cmd, SCRIPT.split_once(PP_PART)) {
        (None, Some((without_pp, _))) => without_pp,
        _ => SCRIPT,
    };
    let tables = if has_plugin { "" } else { TABLES };
    let aliases = aliases(integration)?;
    let separator = if aliases.is_empty() { "" } else { "\n" };
    Ok(format!("{base}{tables}{separator}{aliases}"))
}

/// Definitions of the other name for `pp` and of the wrapped commands.
fn aliases(integration: &Integration) -> Result<String, Problem> {
    let mut aliases = String::new();
    if let Some(name) = integration.cmd.as_deref().filter(|name| *name != "pp") {
        for suffix in ["", "-wrap", "-unwrap"] {
            aliases += &format!("alias {name}{suffix} = pp{suffix}\n");
        }
    }
    for words in &integration.wraps {
        let name = alias_name(words)?;
        aliases += &format!("alias \"{name}\" = ^persistproc run -- {name}\n");
    }
    Ok(aliases)
}

/// The words as the name of an alias, which cannot be quoted.
fn alias_name(words: &[String]) -> Result<String, Problem> {
    let name = words.join(" ");
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@=+ ".contains(c);
    if !name.chars().all(is_plain) {
        let message = format!("`--wrap {name}`: Nushell cannot have an alias of this name.");
        return Err(
            Problem::invalid(message).hint("Use plain words. Example: --wrap 'npm run dev'")
        );
    }
    Ok(name)
}

fn install(nu: &Nushell, integration: &Integration, dry_run: bool, context: &Context) -> Outcome {
    let file = script_path(nu)?;
    let shown = file.display();
    if dry_run {
        let script = script(integration, nu.plugin_state() != PluginState::Missing)?;
        let before = fs::read_to_string(&file).unwrap_or_default();
        render::lines([format!("This would write {shown}:")])?;
        render::lines(diff::lines(&before, &script).iter().map(|line| format!("  {line}")))?;
        return Ok(ExitCode::SUCCESS);
    }
    // Reports invalid wraps before anything is changed.
    script(integration, true)?;
    let registration = register(nu)?;
    write(&file, &script(integration, registration.has_plugin)?)?;
    if context.json() {
        let plugin = registration.has_plugin;
        render::json(&serde_json::json!({ "shell": "nu", "file": file, "plugin": plugin }))?;
    } else {
        let written = format!("Wrote {shown}. Start a new Nushell to apply the change.");
        render::lines([registration.message, written])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Removes the script and unregisters the plugin.
fn uninstall(nu: &Nushell, dry_run: bool) -> Outcome {
    let file = script_path(nu)?;
    let shown = file.display();
    if !file.exists() {
        render::lines([format!("Not installed: {shown} does not exist.")])?;
        return Ok(ExitCode::SUCCESS);
    }
    if dry_run {
        render::lines([format!("This would remove {shown}.")])?;
        return Ok(ExitCode::SUCCESS);
    }
    fs::remove_file(&file).map_err(|error| {
        Problem::new(ErrorCode::Storage, format!("Cannot remove {shown}: {error}."))
            .hint("Remove the file by hand.")
    })?;
    let mut lines = vec![format!("Removed {shown}. Start a new Nushell to apply the change.")];
    // Fails if the plugin is not registered. Then there is nothing to unregister.
    if nu.run("plugin rm persistproc").is_ok() {
        lines.push(format!("Unregistered the plugin from Nushell {}.", nu.version));
    }
    render::lines(lines)?;
    Ok(ExitCode::SUCCESS)
}

fn script_path(nu: &Nushell) -> Result<PathBuf, Problem> {
    Ok(nu.autoload_dir()?.join(FILE_NAME))
}

/// Whether Nushell can use the plugin, and what was done to register it.
struct Registration {
    has_plugin: bool,
    message: String,
}

fn register(nu: &Nushell) -> Result<Registration, Problem> {
    let version = &nu.version;
    let (has_plugin, message) = match nu.plugin_state() {
        PluginState::Ready => {
            (true, format!("The plugin is already registered with Nushell {version}."))
        }
        PluginState::Unregistered(plugin) | PluginState::Outdated(plugin, _) => {
            nu.run(&format!("plugin add {}", quote_path(&plugin.file)))?;
            let file = plugin.file.display();
            (true, format!("Registered the plugin {file} with Nushell {version}."))
        }
        PluginState::Incompatible(built_for) => (
            false,
            format!(
                "The plugin is built for Nushell {built_for}, but this is {version}; installing \
                 the tables as a script instead."
            ),
        ),
        PluginState::Missing => (
            false,
            "The plugin is not installed; installing the tables as a script instead. For the \
             faster plugin, run `cargo install --path nu_plugin_persistproc` first."
                .to_owned(),
        ),
    };
    Ok(Registration { has_plugin, message })
}

fn write(file: &Path, text: &str) -> Result<(), Problem> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder).and_then(|()| fs::write(file, text)).map_err(|error| {
        Problem::new(ErrorCode::Storage, format!("Cannot write {}: {error}.", file.display()))
            .hint("Write it by hand: persistproc init nu | save --force <file>")
    })
}

fn not_found() -> Problem {
    Problem::new(ErrorCode::NotFound, "Nushell (`nu`) is not on the PATH.")
        .hint(format!("Install Nushell {BUILT_FOR}, or add its directory to the PATH."))
}
