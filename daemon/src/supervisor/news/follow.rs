//! [`NewsFollower`]: the news of processes as they happen. It costs nothing while no process prints, and reads
//! the output of a process that prints much only a few times a second.

use std::collections::HashMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use persistproc_api::event::Event;
use persistproc_api::news::{NewsCursor, NewsPage, NewsQuery};
use persistproc_api::{Problem, Target};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use super::NewsMemory;
use super::page::{AllNews, find, now, parse_cursor, selected};
use crate::supervisor::reading::growth::GrowthWatch;
use crate::supervisor::registry::Registry;

/// How often the output of a process that keeps printing is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// A reader of the news of processes, as they happen.
pub struct NewsFollower {
    registry: Arc<Registry>,
    memory: Arc<NewsMemory>,
    query: NewsQuery,
    /// `None` before the first page of a query without a cursor.
    after: Option<NewsCursor>,
    has_begun: bool,
    events: broadcast::Receiver<Event>,
    leaving: watch::Receiver<bool>,
    /// Notified when a process has printed more, or a run has started or ended.
    changed: Arc<Notify>,
    tasks: JoinSet<()>,
    watched: HashMap<String, AbortHandle>,
}

impl NewsFollower {
    pub(crate) fn open(
        registry: &Arc<Registry>,
        memory: &Arc<NewsMemory>,
        query: &NewsQuery,
    ) -> Result<Self, Problem> {
        let ids = selected(registry, query)?;
        let after = query.after.as_deref().map(|after| parse_cursor(after, &ids)).transpose()?;
        Ok(Self {
            events: registry.events().subscribe(),
            leaving: registry.leaving(),
            registry: registry.clone(),
            memory: memory.clone(),
            query: query.clone(),
            after,
            has_begun: false,
            changed: Arc::default(),
            tasks: JoinSet::new(),
            watched: HashMap::new(),
        })
    }

    /// The next page; waits until it has news, except for the first. `None` when the daemon exits, or when
    /// the process that the query names is forgotten.
    pub async fn next(&mut self) -> Option<NewsPage> {
        if !self.has_begun {
            self.has_begun = true;
            return self.first_page().await;
        }
        loop {
            let ids = selected(&self.registry, &self.query).ok()?;
            self.watch(&ids);
            let found = find(&self.registry, &self.memory, ids, self.after.clone()).await;
            let AllNews { page, cursor, decides_in } = match found {
                Ok(found) => found,
                Err(problem) => {
                    tracing::warn!("cannot follow news: {}", problem.message);
                    return None;
                }
            };
            self.after = Some(cursor);
            if !page.news.is_empty() || !page.note.is_empty() {
                return Some(page);
            }
            if !self.wait(decides_in).await {
                return None;
            }
        }
    }

    /// A page without news, with the cursor to begin after.
    async fn first_page(&mut self) -> Option<NewsPage> {
        let ids = selected(&self.registry, &self.query).ok()?;
        let after = match self.after.take() {
            Some(after) => after,
            None => now(&self.registry, &ids).await,
        };
        let cursor = after.to_string();
        self.after = Some(after);
        Some(NewsPage { cursor, ..NewsPage::default() })
    }

    /// Waits until there may be news. Returns `false` when the daemon exits.
    async fn wait(&mut self, decides_in: Option<Duration>) -> bool {
        let decided = async {
            match decides_in {
                Some(time) => sleep(time).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = decided => true,
            () = self.changed.notified() => true,
            event = self.events.recv() => !matches!(event, Err(RecvError::Closed)),
            _ = self.leaving.wait_for(|leaving| *leaving) => false,
        }
    }

    /// Watches these processes from now on.
    fn watch(&mut self, ids: &[String]) {
        // Takes the results of tasks that have ended.
        while self.tasks.try_join_next().is_some() {}
        self.watched.retain(|_, task| !task.is_finished());
        for id in ids {
            if self.watched.contains_key(id) {
                continue;
            }
            let target = Target::from_id(id);
            let Ok(mut growth) = GrowthWatch::new(&self.registry, &target) else { continue };
            let changed = self.changed.clone();
            let task = self.tasks.spawn(async move {
                while growth.next().await {
                    changed.notify_one();
                    sleep(LOOK_INTERVAL).await;
                }
            });
            self.watched.insert(id.clone(), task);
        }
    }
}
