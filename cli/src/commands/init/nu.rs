//! `init nu`: the script for Nushell, and with `--install` that script where Nushell looks, and the
//! plugin made known to it. Tables over JSON come along where the plugin cannot be used.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use persistproc_api::{ErrorCode, Problem};

use super::Wishes;
use crate::args::InitArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::nushell::{MADE_FOR, Nushell, State, quoted};
use crate::render::{self, diff};

const SCRIPT: &str = include_str!("../../../shell/init.nu");
const TABLES: &str = include_str!("../../../shell/tables.nu");

/// The file in the folder for what other programs add to Nushell.
const FILE: &str = "persistproc.nu";

/// Where the part for people begins, which `--no-pp` leaves out.
const SHORT: &str = "@complete \"nu-complete persistproc\"\nextern pp []";

pub(super) fn run(wishes: &Wishes, args: &InitArgs, context: &Context) -> Outcome {
    let nu = Nushell::find();
    if args.uninstall {
        return uninstall(&nu.ok_or_else(none)?, args.dry_run);
    }
    if args.install {
        return install(&nu.ok_or_else(none)?, wishes, args.dry_run, context);
    }
    let usable = nu.is_some_and(|nu| nu.state() == State::Ready);
    render::lines(script(usable, wishes)?.lines())?;
    Ok(ExitCode::SUCCESS)
}

/// The whole script. With the plugin there are tables already, and ours would hide them.
fn script(plugin: bool, wishes: &Wishes) -> Result<String, Problem> {
    let base = match (&wishes.cmd, SCRIPT.split_once(SHORT)) {
        (None, Some((without, _))) => without,
        _ => SCRIPT,
    };
    let tables = if plugin { "" } else { TABLES };
    let mut aliases = String::new();
    if let Some(name) = wishes.cmd.as_deref().filter(|name| *name != "pp") {
        for end in ["", "-wrap", "-unwrap"] {
            aliases += &format!("alias {name}{end} = pp{end}\n");
        }
    }
    for words in &wishes.wraps {
        let words = plain(words)?;
        aliases += &format!("alias \"{words}\" = ^persistproc run -- {words}\n");
    }
    let space = if aliases.is_empty() { "" } else { "\n" };
    Ok(format!("{base}{tables}{space}{aliases}"))
}

/// The name of an alias is words and nothing else.
fn plain(words: &[String]) -> Result<String, Problem> {
    let words = words.join(" ");
    let plain = |c: char| c.is_alphanumeric() || "_-./:@=+ ".contains(c);
    if words.chars().all(plain) {
        return Ok(words);
    }
    let problem = Problem::invalid(format!("--wrap {words}: Nushell has no alias for such words."));
    Err(problem.hint("Give plain words, such as: --wrap 'npm run dev'"))
}

fn install(nu: &Nushell, wishes: &Wishes, dry_run: bool, context: &Context) -> Outcome {
    let file = nu.autoload()?.join(FILE);
    if dry_run {
        let script = script(nu.state() != State::Absent, wishes)?;
        let before = fs::read_to_string(&file).unwrap_or_default();
        render::lines([format!("This would write {}:", file.display())])?;
        render::lines(diff::lines(&before, &script).iter().map(|line| format!("  {line}")))?;
        return Ok(ExitCode::SUCCESS);
    }
    // What cannot be written is known before anything is.
    script(true, wishes)?;
    let (usable, told) = register(nu)?;
    write(&file, &script(usable, wishes)?)?;
    let placed = format!("{} is in place; it counts from the next shell on.", file.display());
    if context.json() {
        render::json(&serde_json::json!({ "shell": "nu", "file": file, "plugin": usable }))?;
    } else {
        render::lines([told, placed])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The file goes, and Nushell forgets the plugin.
fn uninstall(nu: &Nushell, dry_run: bool) -> Outcome {
    let file = nu.autoload()?.join(FILE);
    let there = file.exists();
    let shown = file.display();
    if dry_run || !there {
        let told = if there { "This would remove" } else { "There is no" };
        render::lines([format!("{told} {shown}.")])?;
        return Ok(ExitCode::SUCCESS);
    }
    fs::remove_file(&file).map_err(|error| {
        Problem::new(ErrorCode::Storage, format!("{shown} cannot be removed: {error}."))
            .hint("Remove it yourself.")
    })?;
    let mut told = vec![format!("{shown} is gone; that counts from the next shell on.")];
    // A plugin that was never registered is as good as forgotten.
    if nu.run("plugin rm persistproc").is_ok() {
        told.push(format!("Nushell {} knows the plugin no longer.", nu.version));
    }
    render::lines(told)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the plugin can be used, and what was done for it.
fn register(nu: &Nushell) -> Result<(bool, String), Problem> {
    let version = &nu.version;
    Ok(match nu.state() {
        State::Ready => (true, format!("Nushell {version} knows the plugin already.")),
        State::Unregistered(plugin) | State::Outdated(plugin, _) => {
            nu.run(&format!("plugin add {}", quoted(&plugin.file)))?;
            (true, format!("Nushell {version} knows the plugin now: {}", plugin.file.display()))
        }
        State::Misfit(made_for) => (
            false,
            format!("The plugin is made for Nushell {made_for}, and this is {version}: the tables come without it."),
        ),
        State::Absent => (
            false,
            "The plugin is not installed: the tables come without it. Faster ones: cargo install --path nu_plugin_persistproc"
                .to_owned(),
        ),
    })
}

fn write(file: &Path, text: &str) -> Result<(), Problem> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder).and_then(|()| fs::write(file, text)).map_err(|error| {
        let shown = file.display();
        Problem::new(ErrorCode::Storage, format!("{shown} cannot be written: {error}."))
            .hint("Write it yourself: persistproc init nu | save --force <file>")
    })
}

fn none() -> Problem {
    Problem::new(ErrorCode::NotFound, "There is no `nu` on the PATH.")
        .hint(format!("Install Nushell {MADE_FOR}, or put it on the PATH."))
}
