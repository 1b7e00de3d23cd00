//! [`NewsRecord`]: the news of one child, read by cursor between faults. In the end they have to be those
//! that its whole log gives, whichever daemons have answered.

use serde_json::Value;

use super::round::Child;
use crate::support::World;

/// What a reader has seen so far.
pub(super) struct NewsRecord {
    cursor: String,
    seen: Vec<(String, String)>,
}

impl Default for NewsRecord {
    fn default() -> Self {
        Self { cursor: "1-0-0".to_owned(), seen: Vec::new() }
    }
}

impl NewsRecord {
    /// Reads what is new. A daemon that cannot be reached, or a log that cannot be read now, is asked again
    /// after the next fault.
    pub(super) fn read(&mut self, world: &World, child: &Child) {
        if let Some((news, cursor)) = ask(world, child, &self.cursor) {
            self.seen.extend(news);
            self.cursor = cursor;
        }
    }

    /// Compares what was read with the news of the whole log.
    pub(super) fn check(mut self, world: &World, child: &Child) -> Result<(), String> {
        self.read(world, child);
        let Some((whole, _)) = ask(world, child, "1-0-0") else {
            return Err(format!("{}: its news cannot be read", child.label));
        };
        // An error that was reported before its process ended is in the end again, where the whole log has it
        // alone.
        let seen = without_causes(self.seen);
        if seen == whole {
            return Ok(());
        }
        Err(format!("{}: read {:#?}\nof {whole:#?}", child.label, seen))
    }
}

/// Leaves out an error directly before the end that names it.
fn without_causes(news: Vec<(String, String)>) -> Vec<(String, String)> {
    let is_cause = |pair: &[(String, String)]| {
        let [(kind, line), (next, end)] = pair else { return false };
        kind == "error" && next == "exit" && end.ends_with(line)
    };
    let causes: Vec<bool> = news.windows(2).map(is_cause).chain([false]).collect();
    news.into_iter()
        .zip(causes)
        .filter_map(|(piece, is_cause)| (!is_cause).then_some(piece))
        .collect()
}

/// The news after a cursor, as kind and line, and the next cursor.
fn ask(world: &World, child: &Child, after: &str) -> Option<(Vec<(String, String)>, String)> {
    let answer = world.pp(["--format", "json", "news", "--after", after, &child.label]);
    if answer.code != 0 {
        return None;
    }
    let page: Value = serde_json::from_slice(&answer.stdout).ok()?;
    let text = |piece: &Value, field: &str| piece[field].as_str().unwrap_or_default().to_owned();
    let pieces = page["news"].as_array()?.iter();
    let news = pieces.map(|piece| (text(piece, "kind"), text(piece, "line"))).collect();
    Some((news, text(&page, "cursor")))
}
