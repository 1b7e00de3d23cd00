//! News in answers: what broke since the last call of the same session, in a few lines, and nothing
//! otherwise.

use persistproc_api::cursor::Cursor;
use persistproc_api::news::{News, NewsPage, NewsQuery};
use persistproc_api::process::ListQuery;
use persistproc_api::{Process, Target};
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, JsonObject};
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::{Failure, HEADING};
use super::tool_io::non_blank;
use crate::supervisor::finding::directory_tree::DirectoryTree;

/// How many news an answer has. The others are named.
const MAX_NEWS: usize = 3;

/// The longest line of an error in an answer, in characters.
const MAX_LINE: usize = 150;

/// How many news the tool `output` returns.
const MAX_LISTED: usize = 20;

/// How much of a line has to be in an answer for its news to be known.
const KNOWN_CHARS: usize = 40;

/// Adds the news since the last call of this session to an answer. News about the process that the call is
/// about are left out if the answer has them.
pub(super) async fn with_news(
    tool: &str,
    target: Option<Target>,
    caller: &Caller,
    response: CallToolResponse,
) -> CallToolResponse {
    let CallToolResponse::Complete(mut result) = response else { return response };
    let Some(reader) = caller.requester.session() else { return result.into() };
    let own = target.and_then(|target| caller.supervisor.resolve(&target).ok());
    let text = text_of(&result).unwrap_or_default();
    if tool == "output" {
        mark_seen(caller, &reader, own.as_ref(), &result);
        return result.into();
    }
    let is_error = result.is_error == Some(true);
    let is_alive = own.as_ref().is_some_and(|own| own.status.is_alive());
    if is_error && is_alive && !text.contains(HEADING) {
        // It says nothing of the output or an end, so the news come with the next answer.
        return result.into();
    }
    let ids = if is_error {
        // An error is about one process. The news of the others come with the next answer.
        own.iter().map(|own| own.id.clone()).collect()
    } else {
        ids_near(caller)
    };
    // A log that cannot be read is reported by the tools that read it.
    let mut news = caller.supervisor.news_for(&reader, ids).await.unwrap_or_default();
    let is_known = |piece: &News| {
        let start: String = piece.line.chars().take(KNOWN_CHARS).collect();
        let is_in_answer = |own: &Process| piece.run < own.run || text.contains(&escaped(&start));
        own.as_ref().is_some_and(|own| own.id == piece.id && is_in_answer(own))
    };
    news.retain(|piece| !is_known(piece));
    if !news.is_empty() && !is_error {
        add(&mut result, &lines(&news));
    }
    result.into()
}

/// The news that the tool `output` returns as lines, at most [`MAX_LISTED`].
pub(super) async fn page(
    caller: &Caller,
    target: Option<&Target>,
    cursor: Option<&str>,
) -> Result<(Vec<String>, NewsPage), Failure> {
    let ids = match target {
        Some(target) => match caller.supervisor.resolve(target) {
            Ok(process) => vec![process.id],
            Err(problem) => {
                let failure = Failure::from_problem(problem, Some(target), &caller.supervisor);
                return Err(failure.await);
            }
        },
        None => ids_near(caller),
    };
    let query = NewsQuery {
        target: Some(ids.join(",")).filter(|ids| !ids.is_empty()),
        after: non_blank(cursor).map(str::to_owned),
        ..NewsQuery::default()
    };
    let page = match caller.supervisor.news(&query).await {
        Ok(page) => page,
        Err(problem) => {
            return Err(Failure::from_problem(problem, target, &caller.supervisor).await);
        }
    };
    if let Some(reader) = caller.requester.session() {
        // The next answers of this session do not repeat them.
        caller.supervisor.news_for(&reader, ids).await.ok();
    }
    let omitted = page.news.len().saturating_sub(MAX_LISTED);
    let lines = page.news[omitted..].iter().map(|piece| piece.sentence(MAX_LINE)).collect();
    Ok((lines, page))
}

/// The processes whose news a client gets: those of its project, and those that it started.
fn ids_near(caller: &Caller) -> Vec<String> {
    let tree = caller.directory.as_deref().map(DirectoryTree::new);
    let session = caller.requester.session();
    let is_near = |process: &Process| {
        let is_own = session.is_some() && process.started_by_session == session;
        is_own || tree.as_ref().is_none_or(|tree| tree.is_near(process))
    };
    let processes = caller.supervisor.list(&ListQuery::default()).into_iter();
    processes.filter(|process| is_near(process)).map(|process| process.id.clone()).collect()
}

/// The client has read the output of a process up to the cursor of a page.
fn mark_seen(caller: &Caller, reader: &str, process: Option<&Process>, result: &CallToolResult) {
    let Some(answer) = &result.structured_content else { return };
    let cursor = answer["cursor"].as_str().map(str::parse::<Cursor>);
    if let (Some(process), Some(Ok(cursor))) = (process, cursor) {
        // The answer says that the process has ended, and how.
        let has_ended = answer.get("status").is_some() && answer.get("lines_after").is_none();
        let seen = if has_ended { Cursor::start_of(cursor.run + 1) } else { cursor };
        caller.supervisor.mark_seen(reader, &process.id, seen);
    }
}

fn lines(news: &[News]) -> Vec<String> {
    let shown = news.len().min(MAX_NEWS);
    let mut lines: Vec<String> =
        news[news.len() - shown..].iter().map(|piece| piece.sentence(MAX_LINE)).collect();
    if news.len() > shown {
        lines.insert(0, format!("{} earlier: output(news: true)", news.len() - shown));
    }
    lines
}

/// Adds the field `news` to the text and to the structured content of a result.
fn add(result: &mut CallToolResult, lines: &[String]) {
    let news = json!(lines);
    let Some(text) = text_of(result) else { return };
    let Some(object) = text.strip_suffix('}') else { return };
    let separator = if object.ends_with('{') { "" } else { "," };
    result.content = vec![ContentBlock::text(format!("{object}{separator}\"news\":{news}}}"))];
    if let Some(Value::Object(content)) = &mut result.structured_content {
        content.insert("news".to_owned(), news);
    }
}

fn text_of(result: &CallToolResult) -> Option<String> {
    result.content.first()?.as_text().map(|text| text.text.clone())
}

/// The text as it is within a string of JSON.
fn escaped(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The process that the arguments of a call name; `None` for a call that returns a part of its output.
pub(super) fn target_of(arguments: &JsonObject, caller: &Caller) -> Option<Target> {
    const FILTERS: [&str; 6] = ["grep", "stream", "before_time", "since_time", "news", "changes"];
    if FILTERS.iter().any(|filter| arguments.contains_key(*filter)) {
        return None;
    }
    let field = |name: &str| arguments.get(name).and_then(Value::as_str);
    let name = match arguments.get("pid").and_then(Value::as_u64) {
        Some(pid) => pid.to_string(),
        None => ["label", "command_or_label", "command"]
            .iter()
            .find_map(|name| non_blank(field(name)))?
            .to_owned(),
    };
    let directory = non_blank(field("working_directory")).map(Into::into);
    Some(Target::new(name, directory.or_else(|| caller.directory.clone())))
}
