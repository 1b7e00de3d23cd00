//! [`NewsSince`]: asks the daemon what broke or recovered since a cursor. A daemon that has no such route
//! has nothing to say.

use std::path::Path;

use persistproc_api::Process;
use persistproc_api::client::Client;
use persistproc_api::process::ListQuery;
use persistproc_api::words::{join_words, shown};
use serde::Deserialize;
use serde_json::json;

/// The route of news.
const ROUTE: &str = "/v1/news";

/// The most characters of one answer: at most 150 tokens.
const MAX_CHARACTERS: usize = 500;

/// The longest line of output in an answer, in characters.
const MAX_LINE_CHARACTERS: usize = 200;

/// What happened after a cursor.
#[derive(Debug)]
pub(crate) struct NewsSince {
    /// What the agent reads. `None` if nothing happened in its project.
    pub(crate) text: Option<String>,
    /// The position after it.
    pub(crate) cursor: String,
}

/// The fields of the daemon's answer that are used here.
#[derive(Debug, Deserialize)]
struct NewsAnswer {
    cursor: String,
    #[serde(default)]
    news: Vec<NewsItem>,
}

#[derive(Debug, Deserialize)]
struct NewsItem {
    id: String,
    kind: String,
    line: String,
    #[serde(default)]
    place: Option<String>,
    #[serde(default)]
    more: u32,
}

impl NewsSince {
    /// The news after the cursor; without one only the present position, because what happened before
    /// the session is old. `None` if the daemon does not answer or has no such route. `program` is this
    /// program as the agent's shell finds it.
    pub(crate) fn ask(
        client: &Client,
        cursor: Option<&str>,
        directory: &Path,
        program: &str,
    ) -> Option<Self> {
        let answer = client.get_value(ROUTE, &json!({ "after": cursor })).ok()?;
        let NewsAnswer { cursor: next, news } = serde_json::from_value(answer).ok()?;
        if cursor.is_none() || news.is_empty() {
            return Some(Self { text: None, cursor: next });
        }
        let processes = client.list(&ListQuery::default()).ok()?.processes;
        Some(Self { text: text_of(&news, &processes, directory, program), cursor: next })
    }
}

/// The news of the processes of a project, newest last. What does not fit is counted.
fn text_of(
    news: &[NewsItem],
    processes: &[Process],
    directory: &Path,
    program: &str,
) -> Option<String> {
    let of_project = |item: &NewsItem| {
        let process = processes.iter().find(|process| process.id == item.id)?;
        let own = &process.working_directory;
        let is_here = own.starts_with(directory) || directory.starts_with(own);
        is_here.then(|| (process, sentence(item, process)))
    };
    let here: Vec<_> = news.iter().filter_map(of_project).collect();
    let (last, _) = here.last()?;
    let name = join_words(&[shown(last.name())]);
    let outro = format!("`{program} output {name}` shows more.");
    let mut left = MAX_CHARACTERS.saturating_sub(outro.chars().count());
    let mut lines = Vec::new();
    for (_, sentence) in here.iter().rev() {
        let length = sentence.chars().count() + 1;
        if length > left {
            break;
        }
        left -= length;
        lines.push(sentence.clone());
    }
    let omitted = here.len() - lines.len();
    if omitted > 0 {
        lines.push(format!("{omitted} earlier events"));
    }
    lines.reverse();
    lines.push(outro);
    Some(lines.join("\n"))
}

/// `web error: Cannot find name 'x' (src/cart.ts:2:14), and 2 more`
fn sentence(item: &NewsItem, process: &Process) -> String {
    let line = shown(&item.line);
    let line = match line.char_indices().nth(MAX_LINE_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    };
    let name = shown(process.name());
    let mut text = match item.kind.as_str() {
        "exit" => format!("{name} {line}"),
        "recovery" => format!("{name} recovered: {line}"),
        kind => format!("{name} {}: {line}", shown(kind)),
    };
    if let Some(place) = item.place.as_ref().filter(|place| !line.contains(place.as_str())) {
        text.push_str(&format!(" ({})", shown(place)));
    }
    if item.more > 0 {
        text.push_str(&format!(", and {} more", item.more));
    }
    text
}
