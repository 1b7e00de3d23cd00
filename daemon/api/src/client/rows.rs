//! [`Rows`]: live output as lines with their time and cursor. If the daemon exits, the next daemon
//! is asked for the output after the last line.

use super::answer_wait::AnswerKind;
use super::exchange::{disconnected, follow_path};
use super::{Client, Messages};
use crate::follow::{FollowEvent, FollowQuery};
use crate::output::Row;
use crate::problem::{ErrorCode, Problem};
use crate::target::Target;

/// Attempts in a row without a line from the daemon.
const MAX_ATTEMPTS: u32 = 5;

/// Live output as lines. Ends when the process has ended, or, without `wait`, at the end of the
/// output.
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
    /// The daemon has reported the end of the process.
    ProcessEnded,
    /// The iterator has ended.
    Done,
}

/// An item of live output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowItem {
    Row(Row),
    Event(Box<FollowEvent>),
}

impl Client {
    /// Live output as lines.
    pub fn rows(&self, target: &Target, query: &FollowQuery) -> Result<Rows, Problem> {
        Ok(Rows {
            messages: self.row_messages(target, query)?,
            client: self.clone(),
            target: target.clone(),
            query: query.clone(),
            failures: 0,
            stage: Stage::Reading,
        })
    }

    fn row_messages(&self, target: &Target, query: &FollowQuery) -> Result<Messages, Problem> {
        let path = follow_path(target, query)?;
        Ok(Messages::new(self.send_for(
            "text/event-stream",
            "GET",
            &path,
            None,
            AnswerKind::STREAM,
        )?))
    }
}

impl Rows {
    /// Parses a message and updates the position; `None` for an event that this client does not
    /// know, which a newer daemon may send.
    fn handle_message(&mut self, json: &str) -> Option<RowItem> {
        if let Ok(row) = serde_json::from_str::<Row>(json) {
            self.query.after = Some(row.cursor.clone());
            self.failures = 0;
            return Some(RowItem::Row(row));
        }
        let event: FollowEvent = serde_json::from_str(json).ok()?;
        match &event {
            FollowEvent::Run { process, cursor } => {
                self.target = Target::from(&**process);
                self.query.after = Some(cursor.clone());
            }
            FollowEvent::Ended { restarting: false, .. } => self.stage = Stage::ProcessEnded,
            _ => {}
        }
        Some(RowItem::Event(Box::new(event)))
    }

    /// Asks the next daemon for the output after the last position. An error that a new daemon does
    /// not repair is returned.
    fn reconnect(&mut self, mut problem: Problem) -> Result<(), Problem> {
        loop {
            let is_temporary =
                [ErrorCode::DaemonUnreachable, ErrorCode::ShuttingDown].contains(&problem.code);
            self.failures += 1;
            if !is_temporary || self.failures > MAX_ATTEMPTS || self.client.is_cancelled() {
                return Err(problem);
            }
            match self.client.row_messages(&self.target, &self.query) {
                Ok(messages) => {
                    self.messages = messages;
                    return Ok(());
                }
                Err(next) => problem = next,
            }
        }
    }
}

impl Iterator for Rows {
    type Item = Result<RowItem, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.stage != Stage::Done {
            let problem = match self.messages.next() {
                Some(Ok(json)) => match self.handle_message(&json) {
                    Some(item) => return Some(Ok(item)),
                    None => continue,
                },
                Some(Err(problem)) => problem,
                None if self.stage == Stage::Reading && self.query.wait => {
                    disconnected(&"the stream ended")
                }
                None => break,
            };
            if let Err(problem) = self.reconnect(problem) {
                self.stage = Stage::Done;
                return Some(Err(problem));
            }
        }
        None
    }
}
