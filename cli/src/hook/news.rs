//! [`NewsSince`]: asks the daemon what broke or recovered since a cursor. A daemon that has no such route
//! has nothing to say.

use std::path::Path;

use persistproc_api::Process;
use persistproc_api::client::Client;
use persistproc_api::news::{News, NewsQuery};
use persistproc_api::process::ListQuery;
use persistproc_api::words::{join_words, shown};

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
        let query = NewsQuery { after: cursor.map(str::to_owned), ..NewsQuery::default() };
        let page = client.news(&query).ok()?;
        if cursor.is_none() || page.news.is_empty() {
            return Some(Self { text: None, cursor: page.cursor });
        }
        let processes = client.list(&ListQuery::default()).ok()?.processes;
        let text = text_of(&page.news, &processes, directory, program);
        Some(Self { text, cursor: page.cursor })
    }
}

/// The news of the processes of a project, newest last. What does not fit is counted.
fn text_of(
    news: &[News],
    processes: &[Process],
    directory: &Path,
    program: &str,
) -> Option<String> {
    let of_project = |item: &News| {
        let process = processes.iter().find(|process| process.id == item.id)?;
        let own = &process.working_directory;
        let is_here = own.starts_with(directory) || directory.starts_with(own);
        is_here.then(|| (process, shown(&item.sentence(MAX_LINE_CHARACTERS))))
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
