//! `init nu`: the script for Nushell, and with `--install` that script where Nushell looks, and the
//! plugin made known to it. Tables over JSON come along where the plugin cannot be used.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use persistproc_api::{ErrorCode, Problem};

use crate::args::InitArgs;
use crate::error::Outcome;
use crate::nushell::{MADE_FOR, Nushell, State, quoted};
use crate::render;

const SCRIPT: &str = include_str!("../../../shell/init.nu");
const TABLES: &str = include_str!("../../../shell/tables.nu");

/// The file in the folder for what other programs add to Nushell.
const FILE: &str = "persistproc.nu";

pub(super) fn run(args: &InitArgs) -> Outcome {
    let nu = Nushell::find();
    if args.install {
        return install(&nu.ok_or_else(none)?, args);
    }
    let usable = nu.is_some_and(|nu| nu.state() == State::Ready);
    render::lines(script(usable, args).lines())?;
    Ok(ExitCode::SUCCESS)
}

/// The whole script. With the plugin there are tables already, and ours would hide them.
fn script(plugin: bool, args: &InitArgs) -> String {
    let tables = if plugin { "" } else { TABLES };
    let wrap = |words: &String| format!("alias \"{words}\" = ^persistproc run -- {words}\n");
    let aliases: String = args.wrap.iter().map(wrap).collect();
    let space = if aliases.is_empty() { "" } else { "\n" };
    format!("{SCRIPT}{tables}{space}{aliases}")
}

fn install(nu: &Nushell, args: &InitArgs) -> Outcome {
    let (usable, told) = register(nu)?;
    let file = nu.autoload()?.join(FILE);
    write(&file, &script(usable, args))?;
    let file = format!("{} is in place; it counts from the next shell on.", file.display());
    render::lines([told, file])?;
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
