//! `news`: what processes have printed or done that they had not before, now or as it happens.

use std::io::{IsTerminal, stdout};
use std::process::ExitCode;

use jiff::tz::TimeZone;
use persistproc_api::Time;
use persistproc_api::client::Client;
use persistproc_api::news::{NewsPage, NewsQuery};
use persistproc_api::selection::SelectedState;

use super::selected::{Purpose, SelectionRequest, WithoutTarget, select};
use crate::args::NewsArgs;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::paths;
use crate::render::{self, news};

const PURPOSE: Purpose<'static> = Purpose {
    command: "news",
    question: "Show the news of",
    changes: false,
    state: SelectedState::Any,
    without_target: WithoutTarget::All,
};

pub(crate) fn run(args: &NewsArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let query = query(args, &client, context)?;
    if args.follow {
        for page in client.follow_news(&query)? {
            let page = page?;
            if !page.news.is_empty() || !page.note.is_empty() {
                print(&page, true, context)?;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let page = client.news(&query)?;
    print(&page, false, context)?;
    if page.news.is_empty() && !context.json() {
        context.note("Nothing new.");
    }
    Ok(ExitCode::SUCCESS)
}

fn query(args: &NewsArgs, client: &Client, context: &Context) -> Result<NewsQuery, Failure> {
    let directory = args.working_directory.as_deref();
    if args.target.is_empty() {
        let directory = directory.map(|path| paths::absolute_directory(Some(path))).transpose()?;
        let after = args.after.clone();
        return Ok(NewsQuery { target: None, working_directory: directory, after });
    }
    let request = SelectionRequest::of_words(&args.target, directory, PURPOSE);
    let selected = select(client, &request, context)?;
    let ids: Vec<String> = selected.processes.into_iter().map(|process| process.id).collect();
    let target = Some(ids.join(","));
    Ok(NewsQuery { target, working_directory: None, after: args.after.clone() })
}

fn print(page: &NewsPage, is_followed: bool, context: &Context) -> Result<(), Failure> {
    if context.json() {
        // Of a stream, each page is a line.
        if is_followed {
            render::json_line(page)?;
        } else {
            render::json(page)?;
        }
        return Ok(());
    }
    let zone = stdout().is_terminal().then(TimeZone::system);
    let now = Time::now();
    render::lines(page.news.iter().map(|piece| news::line(piece, now, zone.as_ref())))?;
    if !page.note.is_empty() {
        context.note(&page.note);
    }
    Ok(())
}
