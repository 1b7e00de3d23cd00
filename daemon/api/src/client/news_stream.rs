//! [`NewsStream`]: the news of processes as they happen. If the daemon exits, the next daemon is asked for
//! what came after the last page. Also the request for one page.

use std::thread;
use std::time::Duration;

use super::answer_wait::AnswerKind;
use super::exchange::{disconnected, with_query};
use super::{Client, Messages};
use crate::changes::{Changes, ChangesQuery};
use crate::news::{NewsPage, NewsQuery};
use crate::problem::{ErrorCode, Problem};
use crate::routes::{self, Verb};
use crate::target::Target;

/// The pause before the next attempt to reach a daemon, for each that has failed.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// The longest pause. There is no last attempt: the next command starts a daemon.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// Pages of news. The first page has none, and the position to begin after.
pub struct NewsStream {
    client: Client,
    query: NewsQuery,
    messages: Messages,
    failures: u32,
    has_ended: bool,
}

impl Client {
    /// The news after a cursor.
    pub fn news(&self, query: &NewsQuery) -> Result<NewsPage, Problem> {
        self.get(routes::NEWS, query)
    }

    /// Which messages of a process are new, and which are gone.
    pub fn changes(&self, target: &Target, query: &ChangesQuery) -> Result<Changes, Problem> {
        let working_directory = target.directory.clone();
        let query = ChangesQuery { working_directory, ..query.clone() };
        self.get(&routes::verb(&target.name, Verb::Changes), &query)
    }

    /// The news from now on, or from the cursor of the query on.
    pub fn follow_news(&self, query: &NewsQuery) -> Result<NewsStream, Problem> {
        Ok(NewsStream {
            messages: self.news_messages(query)?,
            client: self.clone(),
            query: query.clone(),
            failures: 0,
            has_ended: false,
        })
    }

    fn news_messages(&self, query: &NewsQuery) -> Result<Messages, Problem> {
        let path = with_query(routes::NEWS, query)?;
        let accept = "text/event-stream";
        Ok(Messages::new(self.send_for(accept, "GET", &path, None, AnswerKind::STREAM)?))
    }
}

impl NewsStream {
    /// Asks the next daemon. A stream of news goes on until it is cancelled, however long no daemon runs.
    fn reconnect(&mut self, mut problem: Problem) -> Result<(), Problem> {
        // Only this client starts no daemon: it would start one after each `shutdown`.
        let client = self.client.of_running_daemon();
        loop {
            let is_temporary = [
                ErrorCode::DaemonUnreachable,
                ErrorCode::DaemonUnresponsive,
                ErrorCode::ShuttingDown,
            ]
            .contains(&problem.code);
            if !is_temporary || self.client.is_cancelled() {
                return Err(problem);
            }
            thread::sleep((RETRY_DELAY * self.failures).min(MAX_RETRY_DELAY));
            self.failures += 1;
            match client.news_messages(&self.query) {
                Ok(messages) => {
                    self.messages = messages;
                    return Ok(());
                }
                Err(next) => problem = next,
            }
        }
    }
}

impl Iterator for NewsStream {
    type Item = Result<NewsPage, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_ended {
            let problem = match self.messages.next() {
                Some(Ok(json)) => {
                    // A newer daemon may send events that this client does not know.
                    let Ok(page) = serde_json::from_str::<NewsPage>(&json) else { continue };
                    self.query.after = Some(page.cursor.clone());
                    self.failures = 0;
                    return Some(Ok(page));
                }
                Some(Err(problem)) => problem,
                None => disconnected(&"the stream ended"),
            };
            if let Err(problem) = self.reconnect(problem) {
                self.has_ended = true;
                return Some(Err(problem));
            }
        }
        None
    }
}
