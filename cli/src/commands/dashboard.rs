//! `dashboard`: opens the page of the daemon in the browser, or prints its link.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::ExitCode;

use persistproc_api::Problem;
use persistproc_api::client::Client;
use persistproc_api::daemon::TcpStatus;
use persistproc_api::routes::{DASHBOARD, encode};
use serde::Serialize;

use super::{selected, token, url};
use crate::args::{DashboardArgs, TargetArgs};
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render;

/// Whether the daemon knows the user of a connection, and needs no token.
const KNOWS_USERS: bool = cfg!(target_os = "linux");

/// The answer as JSON.
#[derive(Serialize)]
struct DashboardReply<'a> {
    url: &'a str,
    opened: bool,
}

pub(crate) fn run(args: &DashboardArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let page = page(args, &client, context)?;
    let link = link(&address(&client)?, &page, context)?;
    let opener = url::opener().filter(|_| has_screen());
    if let Some(opener) = &opener {
        url::start(opener, &openable(&link, context)?)?;
    }
    if context.json() {
        render::json(&DashboardReply { url: &link, opened: opener.is_some() })?;
    } else if opener.is_some() {
        render::escaped_lines([format!("Opened {}", without_token(&link))])?;
    } else {
        context.note("No browser was found here. Open the link yourself, or set BROWSER.");
        render::escaped_lines([link])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The page of the process that is named, or the list.
fn page(args: &DashboardArgs, client: &Client, context: &Context) -> Result<String, Failure> {
    if args.target.is_empty() {
        return Ok("/".to_owned());
    }
    let working_directory = args.working_directory.clone();
    let target = TargetArgs { working_directory, target: args.target.clone() };
    let process = selected::one_to_read(client, &target, "dashboard", context)?;
    Ok(format!("/p/{}", encode(&process.id)))
}

/// Where the daemon listens for browsers.
fn address(client: &Client) -> Result<String, Failure> {
    match client.daemon()?.tcp {
        TcpStatus::Open { url } => Ok(url),
        TcpStatus::Closed { error } => Err(error.into()),
    }
}

/// The link, with the token where the daemon needs one. The page takes it out of the address.
fn link(address: &str, page: &str, context: &Context) -> Result<String, Failure> {
    if KNOWS_USERS {
        return Ok(format!("{address}{DASHBOARD}#{page}"));
    }
    let token = encode(&token::read(context)?);
    Ok(format!("{address}{DASHBOARD}#token={token}&to={}", encode(page)))
}

/// What the browser opens. Other users can see the arguments of a program, so a link with a token is in a
/// file of this user, which leads to it.
fn openable(link: &str, context: &Context) -> Result<String, Failure> {
    if KNOWS_USERS {
        return Ok(link.to_owned());
    }
    let path = context.data_dirs().data().join("dashboard.html");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written =
        options.open(&path).and_then(|mut file| file.write_all(redirect(link).as_bytes()));
    let unwritable = |error| Problem::storage(format!("cannot write {}", path.display()), error);
    written.map_err(unwritable)?;
    Ok(path.display().to_string())
}

/// A page that leads to a link.
fn redirect(link: &str) -> String {
    let link = link.replace('&', "&amp;");
    format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={link}\">\n")
}

/// The link as it can be shown.
fn without_token(link: &str) -> &str {
    link.split_once("#token=").map_or(link, |(page, _)| page)
}

/// Whether a browser has a screen to open on. One that is named needs none.
fn has_screen() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux")
        || ["BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].into_iter().any(is_set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_in_the_fragment_alone_and_is_not_shown() {
        let link = "http://127.0.0.1:8947/dashboard#token=abc&to=%2Fp%2Fweb";
        assert_eq!(without_token(link), "http://127.0.0.1:8947/dashboard");
        assert_eq!(
            without_token("http://127.0.0.1:1/dashboard#/"),
            "http://127.0.0.1:1/dashboard#/"
        );
        let page = redirect(link);
        assert!(page.contains("url=http://127.0.0.1:8947/dashboard#token=abc&amp;to=%2Fp%2Fweb\""));
    }
}
