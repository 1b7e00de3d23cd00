//! News of processes: what they have printed or done that they had not before. Nothing is computed before a
//! client asks, and then only from what was printed since the last question.
//!
//! | module | what it holds |
//! |---|---|
//! | `changes` | the kinds of lines of two runs, compared |
//! | `memo` | how far the lines of a process are folded into its news |
//! | `run_end` | whether the end of a run is news |
//! | `page` | the news of many processes after a cursor |
//! | [`follow`] | the same as a stream |
//! | `readers` | up to where each client has read |

pub(crate) mod changes;
pub mod follow;
mod memo;
pub(crate) mod page;
pub(crate) mod readers;
pub(crate) mod run_end;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use persistproc_api::changes::{Changes, ChangesQuery};
use persistproc_api::cursor::Cursor;
use persistproc_api::news::{News, NewsPage, NewsQuery};
use persistproc_api::process_client::ClientUse;
use persistproc_api::{Problem, Target};

use self::follow::NewsFollower;
use self::memo::NewsMemo;
use self::readers::NewsReaders;
use super::Supervisor;

/// News.
impl Supervisor {
    /// The news of processes after a cursor.
    pub async fn news(&self, query: &NewsQuery) -> Result<NewsPage, Problem> {
        page::page(&self.registry, &self.news, query).await
    }

    /// Opens a stream of the news of processes.
    pub fn follow_news(&self, query: &NewsQuery) -> Result<NewsFollower, Problem> {
        NewsFollower::open(&self.registry, &self.news, query)
    }

    /// The news of these processes since the last call with this name of a reader.
    pub async fn news_for(&self, reader: &str, ids: Vec<String>) -> Result<Vec<News>, Problem> {
        readers::news_for(&self.registry, &self.news, reader, ids).await
    }

    /// Which messages of a process are new, and which are gone.
    pub async fn changes(&self, target: &Target, query: &ChangesQuery) -> Result<Changes, Problem> {
        let changes = changes::changes(&self.registry, target, query).await?;
        self.note_use(&changes.id, ClientUse::Read);
        Ok(changes)
    }

    /// A reader of news has seen the output of a process up to a position.
    pub fn mark_seen(&self, reader: &str, id: &str, position: Cursor) {
        readers::mark_seen(&self.news, reader, id, position);
    }
}

/// What is remembered of the news of all processes.
#[derive(Default)]
pub(crate) struct NewsMemory {
    memos: Mutex<HashMap<String, Arc<Mutex<NewsMemo>>>>,
    readers: NewsReaders,
}

impl NewsMemory {
    /// The memo of the process with this id.
    fn memo(&self, id: &str) -> Arc<Mutex<NewsMemo>> {
        let mut memos = self.memos.lock().unwrap_or_else(PoisonError::into_inner);
        memos.entry(id.to_owned()).or_default().clone()
    }

    /// Drops the memos of processes that were forgotten.
    fn keep(&self, is_known: impl Fn(&str) -> bool) {
        let mut memos = self.memos.lock().unwrap_or_else(PoisonError::into_inner);
        memos.retain(|id, _| is_known(id));
    }
}
