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
use persistproc_api::process_client::ClientUse;
use persistproc_api::search::{SearchQuery, SearchReply};
use persistproc_api::{Problem, Target};

use self::follow::Follower;
use self::growth::GrowthWatch;
use self::tail::{Tail, TailQuery};
use super::{Supervisor, finding};

/// Reading output.
impl Supervisor {
    /// Reads a page of what a process printed.
    pub async fn output(
        &self,
        target: &Target,
        query: &OutputQuery,
    ) -> Result<OutputPage, Problem> {
        let handle = finding::handle(&self.registry, target)?;
        let page = page::page(&self.registry, &handle, query).await?;
        handle.clients.note(&self.requester, ClientUse::Read);
        Ok(page)
    }

    /// Opens the live feed of a process, for a client that follows the output or is attached.
    pub async fn follow(
        &self,
        target: &Target,
        query: &FollowQuery,
        kind: ClientUse,
    ) -> Result<Follower, Problem> {
        let follower = follow::follow(&self.registry, target, query).await?;
        Ok(follower.used_by(&self.requester, kind))
    }

    /// Opens the live feed of the rows of a process.
    pub fn tail(&self, target: &Target, query: TailQuery) -> Result<Tail, Problem> {
        Ok(Tail::new(&self.registry, target, query)?.used_by(&self.requester))
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
