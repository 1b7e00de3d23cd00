//! `url` and `open`: where the program of a process answers.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use persistproc_api::client::Client;
use persistproc_api::facts::Facts;
use persistproc_api::process::ListQuery;
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Process, Status};
use serde::Serialize;

use super::selected;
use crate::args::{OpenArgs, TargetArgs, UrlArgs};
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::programs;
use crate::render;

/// The programs that open a URL in the default browser, the preferred one first.
const OPENERS: [&str; 4] = ["xdg-open", "wslview", "open", "sensible-browser"];

/// The answer as JSON.
#[derive(Serialize)]
struct UrlReply<'a> {
    id: &'a str,
    label: &'a str,
    url: &'a str,
}

pub(crate) fn run(args: &UrlArgs, context: &Context) -> Outcome {
    let (process, url) = find(&args.target, context)?;
    print(&process, &url, &url, context)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn open(args: &OpenArgs, context: &Context) -> Outcome {
    let (process, url) = find(&args.target, context)?;
    let url = open_in_browser(&url)?;
    print(&process, &url, &format!("Opened {url}"), context)?;
    Ok(ExitCode::SUCCESS)
}

/// Opens the URL of a running process and returns it.
pub(super) fn open_of(client: &Client, process: &Process) -> Result<String, Problem> {
    open_in_browser(&url_of(client, process)?)
}

/// Opens a URL and returns it as the browser gets it.
fn open_in_browser(url: &str) -> Result<String, Problem> {
    let url = browsable(url);
    let opener = opener().ok_or_else(|| {
        Problem::new(ErrorCode::NotFound, "No program to open a browser was found.")
            .hint(format!("Open {url} yourself, or set BROWSER to a program."))
    })?;
    start(&opener, &url)?;
    Ok(url)
}

fn print(process: &Process, url: &str, text: &str, context: &Context) -> Result<(), Failure> {
    if context.json() {
        return render::json(&UrlReply { id: &process.id, label: &process.label, url });
    }
    render::escaped_lines([text.to_owned()])
}

/// The process and its URL.
fn find(args: &TargetArgs, context: &Context) -> Result<(Process, String), Failure> {
    let client = context.client()?;
    let found = selected::one_to_read(&client, args, "url", context)?;
    let url = url_of(&client, &found)?;
    Ok((found, url))
}

/// The URL of a running process.
fn url_of(client: &Client, found: &Process) -> Result<String, Problem> {
    if !matches!(found.status, Status::Running { .. }) {
        return Err(not_running(found));
    }
    let query = ListQuery { pid: found.status.pid(), facts: true, ..ListQuery::default() };
    let list = client.list(&query)?;
    let process = list.processes.into_iter().find(|process| process.id == found.id);
    let process = process.ok_or_else(|| not_running(found))?;
    let url = process.facts.as_deref().and_then(url);
    url.ok_or_else(|| no_port(&process))
}

/// The URL that the process printed, or one of its first port.
fn url(facts: &Facts) -> Option<String> {
    let printed = facts.url.clone();
    printed.or_else(|| facts.ports.first().map(|port| format!("http://localhost:{port}/")))
}

/// The URL with `localhost` instead of the address of all interfaces, which a browser may refuse.
fn browsable(url: &str) -> String {
    for host in ["://0.0.0.0", "://[::]"] {
        if let Some((scheme, rest)) = url.split_once(host)
            && (rest.is_empty() || rest.starts_with([':', '/']))
        {
            return format!("{scheme}://localhost{rest}");
        }
    }
    url.to_owned()
}

fn not_running(process: &Process) -> Problem {
    let name = process.name();
    Problem::new(ErrorCode::NotRunning, format!("{name} is not running, so it has no URL."))
        .hint(format!("Run `pp restart {}` to start it again.", join_words(&[process.name()])))
}

fn no_port(process: &Process) -> Problem {
    let name = process.name();
    Problem::new(ErrorCode::NotFound, format!("{name} listens on no port and has printed no URL."))
        .hint(format!("Run `pp wait {}` to wait until it is ready.", join_words(&[process.name()])))
}

/// `$BROWSER`, or the first opener that is installed.
pub(super) fn opener() -> Option<OsString> {
    let browser = env::var_os("BROWSER").filter(|browser| !browser.is_empty());
    let installed = || OPENERS.iter().find_map(programs::on_path).map(PathBuf::into_os_string);
    browser.or_else(installed)
}

/// Starts the opener. A browser that it starts outlives this command.
pub(super) fn start(opener: &OsStr, url: &str) -> Result<(), Problem> {
    let mut command = Command::new(opener);
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop).map_err(|error| {
        let opener = opener.to_string_lossy();
        Problem::new(ErrorCode::StartFailed, format!("Cannot start {opener}: {error}."))
            .hint(format!("Open {url} yourself, or set BROWSER to a program."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_all_interfaces_is_opened_as_localhost() {
        for (printed, opened) in [
            ("http://0.0.0.0:8000/", "http://localhost:8000/"),
            ("https://[::]:8443/a?b", "https://localhost:8443/a?b"),
            ("http://0.0.0.0", "http://localhost"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://localhost:5173/", "http://localhost:5173/"),
        ] {
            assert_eq!(browsable(printed), opened);
        }
    }
}
