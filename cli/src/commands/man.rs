//! `man`: the manual pages, made from the same texts as `--help`.

use std::fs;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

use clap::Command;
use clap_mangen::Man;
use persistproc_api::{ErrorCode, Problem};

use crate::args::ManArgs;
use crate::dispatch::{self, Name};
use crate::error::Outcome;

pub(crate) fn run(args: &ManArgs) -> Outcome {
    let mut root = dispatch::command(Name::Persistproc);
    root.build();
    if let Some(folder) = &args.dir {
        fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        write_all(&root, "persistproc", folder)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut found = &root;
    for word in &args.command {
        found = found.find_subcommand(word).ok_or_else(|| unknown(&args.command))?;
    }
    let name = std::iter::once("persistproc").chain(args.command.iter().map(String::as_str));
    stdout().lock().write_all(&page(found, &name.collect::<Vec<_>>().join("-")))?;
    Ok(ExitCode::SUCCESS)
}

/// A page for each command that shows itself, named as those of git are.
fn write_all(command: &Command, name: &str, folder: &Path) -> Result<(), Problem> {
    let file = folder.join(format!("{name}.1"));
    fs::write(&file, page(command, name)).map_err(|error| failed(&file, &error))?;
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    for verb in verbs.filter(|verb| verb.get_name() != "help") {
        write_all(verb, &format!("{name}-{}", verb.get_name()), folder)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str) -> Vec<u8> {
    let command = command.clone().name(name.to_owned()).version(env!("CARGO_PKG_VERSION"));
    let mut page = Vec::new();
    // Into memory nothing fails.
    Man::new(command).manual("persistproc").render(&mut page).ok();
    page
}

fn unknown(words: &[String]) -> Problem {
    let words = words.join(" ");
    Problem::invalid(format!("persistproc has no command `{words}`."))
        .hint("`persistproc --help` lists them all.")
}

fn failed(path: &Path, error: &std::io::Error) -> Problem {
    let message = format!("Cannot write {}: {error}.", path.display());
    Problem::new(ErrorCode::Storage, message).hint("Choose another folder with --dir.")
}
