//! Live output as rows that outlive a daemon: when it goes, the next one is asked for what comes
//! after the last row. It knows lines, not bytes, and merges nothing.

use ureq::http::Response;

use super::words::follow_path;
use super::{Client, Messages};
use crate::follow::{FollowEvent, FollowQuery};
use crate::output::Row;
use crate::problem::{ErrorCode, Problem};
use crate::target::Target;

/// How often the next daemon is asked without a row from it.
const ATTEMPTS: u32 = 5;

/// Lines as they come. Ends when the process has ended, or, without `wait`, where the output ends.
pub struct Rows {
    client: Client,
    target: Target,
    query: FollowQuery,
    messages: Messages,
    failures: u32,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Reading,
    /// The daemon said that nothing more comes.
    Ended,
    /// The last thing was said.
    Over,
}

/// What comes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowItem {
    Row(Row),
    Event(Box<FollowEvent>),
}

impl Client {
    /// Output as rows.
    pub fn rows(&self, target: &Target, query: &FollowQuery) -> Result<Rows, Problem> {
        let messages = self.row_messages(target, query)?;
        let (client, target, query) = (self.clone(), target.clone(), query.clone());
        Ok(Rows { client, target, query, messages, failures: 0, stage: Stage::Reading })
    }

    fn row_messages(&self, target: &Target, query: &FollowQuery) -> Result<Messages, Problem> {
        let path = follow_path(target, query)?;
        let response: Response<_> = self.send_for("text/event-stream", "GET", &path, None)?;
        Ok(Messages::of(response))
    }
}

impl Rows {
    fn take(&mut self, json: &str) -> Option<RowItem> {
        if let Ok(row) = serde_json::from_str::<Row>(json) {
            self.query.after = Some(row.cursor.clone());
            self.failures = 0;
            return Some(RowItem::Row(row));
        }
        // A newer daemon may tell more than we know.
        let event: FollowEvent = serde_json::from_str(json).ok()?;
        match &event {
            FollowEvent::Run { process, cursor } => {
                self.target = Target::from(&**process);
                self.query.after = Some(cursor.clone());
            }
            FollowEvent::Ended { restarting: false, .. } => self.stage = Stage::Ended,
            _ => {}
        }
        Some(RowItem::Event(Box::new(event)))
    }

    /// Asks the next daemon, after the same place.
    fn go_on(&mut self, why: Problem) -> Result<(), Problem> {
        let passes = [ErrorCode::DaemonUnreachable, ErrorCode::ShuttingDown].contains(&why.code);
        self.failures += 1;
        if !passes || self.failures > ATTEMPTS || self.client.is_cut() {
            return Err(why);
        }
        match self.client.row_messages(&self.target, &self.query) {
            Ok(messages) => self.messages = messages,
            Err(problem) => return self.go_on(problem),
        }
        Ok(())
    }
}

impl Iterator for Rows {
    type Item = Result<RowItem, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.stage != Stage::Over {
            let problem = match self.messages.next() {
                Some(Ok(json)) => match self.take(&json) {
                    Some(item) => return Some(Ok(item)),
                    None => continue,
                },
                Some(Err(problem)) => problem,
                None if self.stage == Stage::Reading && self.query.wait => {
                    super::broken(&"it left")
                }
                None => break,
            };
            if let Err(problem) = self.go_on(problem) {
                self.stage = Stage::Over;
                return Some(Err(problem));
            }
        }
        None
    }
}
