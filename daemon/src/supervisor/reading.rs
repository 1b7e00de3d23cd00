//! Reading what a process printed: pages, live feeds of bytes and of rows, searches, and notifications of
//! growth.

mod damaged;
pub mod follow;
pub mod growth;
mod large_read;
pub(crate) mod page;
pub(crate) mod position;
pub(crate) mod search;
pub mod tail;

use persistproc_api::follow::FollowQuery;
use persistproc_api::output::{OutputPage, OutputQuery};
use persistproc_api::search::{SearchQuery, SearchReply};
use persistproc_api::{Problem, Target};

use self::follow::Follower;
use self::growth::GrowthWatch;
use self::tail::{Tail, TailQuery};
use super::Supervisor;

/// Reading output.
impl Supervisor {
    /// Reads a page of what a process printed.
    pub async fn output(
        &self,
        target: &Target,
        query: &OutputQuery,
    ) -> Result<OutputPage, Problem> {
        page::page(&self.registry, target, query).await
    }

    /// Opens the live feed of a process.
    pub async fn follow(&self, target: &Target, query: &FollowQuery) -> Result<Follower, Problem> {
        let follower = follow::follow(&self.registry, target, query).await?;
        Ok(follower.counted_as_watching())
    }

    /// Opens the live feed of the rows of a process.
    pub fn tail(&self, target: &Target, query: TailQuery) -> Result<Tail, Problem> {
        Tail::new(&self.registry, target, query)
    }

    /// Observes whether a process prints more, from now on.
    pub fn watch_growth(&self, target: &Target) -> Result<GrowthWatch, Problem> {
        GrowthWatch::new(&self.registry, target)
    }

    /// Searches the output of all processes that pass the filters; the newest lines come first.
    pub async fn search(&self, query: &SearchQuery) -> Result<SearchReply, Problem> {
        search::search(&self.registry, query).await
    }
}
