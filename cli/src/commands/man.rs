//! `man`: manual pages, generated from the texts of `--help`.

use std::fs;
use std::io::{self, Write, stdout};
use std::iter;
use std::path::Path;
use std::process::ExitCode;

use clap::Command;
use clap_mangen::Man;
use persistproc_api::{ErrorCode, Problem};

use crate::args::{ManArgs, examples};
use crate::dispatch::{self, Name};
use crate::error::Outcome;

pub(crate) fn run(args: &ManArgs) -> Outcome {
    let mut root = dispatch::command(Name::Persistproc);
    root.build();
    if let Some(folder) = &args.dir {
        fs::create_dir_all(folder).map_err(|error| not_writable(folder, &error))?;
        write_pages(&root, "persistproc", folder)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut command = &root;
    for word in &args.command {
        command = command.find_subcommand(word).ok_or_else(|| unknown(&args.command))?;
    }
    let words = iter::once("persistproc").chain(args.command.iter().map(String::as_str));
    let name = words.collect::<Vec<_>>().join("-");
    stdout().lock().write_all(&page(command, &name)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a page for the command and each of its visible subcommands, named as git names its own:
/// `persistproc-mcp-install.1`.
fn write_pages(command: &Command, name: &str, folder: &Path) -> Result<(), Problem> {
    let file = folder.join(format!("{name}.1"));
    page(command, name)
        .and_then(|page| fs::write(&file, page))
        .map_err(|error| not_writable(&file, &error))?;
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    for verb in verbs.filter(|verb| verb.get_name() != "help") {
        write_pages(verb, &format!("{name}-{}", verb.get_name()), folder)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str) -> io::Result<Vec<u8>> {
    let command = command.clone().name(name.to_owned()).version(env!("CARGO_PKG_VERSION"));
    let mut page = Vec::new();
    let verb = name.strip_prefix("persistproc-").unwrap_or_default();
    Man::new(command).manual("persistproc").render(&mut page)?;
    page.extend(example_section(examples::of_verb(verb)).bytes());
    Ok(page)
}

/// The examples as a section of a manual page, line by line as they are.
fn example_section(examples: &str) -> String {
    if examples.is_empty() {
        return String::new();
    }
    let lines = examples.lines().map(|line| {
        let line = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
        format!("\\&{line}\n")
    });
    format!(".SH EXAMPLES\n.nf\n{}.fi\n", lines.collect::<String>())
}

fn unknown(words: &[String]) -> Problem {
    let words = words.join(" ");
    Problem::invalid(format!("persistproc has no command `{words}`."))
        .hint("Run `persistproc --help` to see all commands.")
}

fn not_writable(path: &Path, error: &io::Error) -> Problem {
    let message = format!("Cannot write {}: {error}.", path.display());
    Problem::new(ErrorCode::Storage, message).hint("Choose another directory with --dir.")
}
