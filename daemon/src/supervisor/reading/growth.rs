//! That a process's output has grown, for those who only want to know that it did: nothing is
//! read for them, however much is printed.

use tokio::sync::watch;

use crate::supervisor::Supervisor;
use crate::supervisor::runs::handle::ProcessHandle;
use crate::supervisor::runs::task::{Growth, TaskRequest};
use crate::supervisor::runs::view::ProcessView;
use persistproc_api::{Problem, Target};

/// Someone who wants to know when there is more.
pub struct GrowthWatch {
    handle: ProcessHandle,
    view: watch::Receiver<ProcessView>,
    growth: watch::Receiver<Growth>,
    leaving: watch::Receiver<bool>,
}

impl Supervisor {
    /// From now on, the growth of what a process prints.
    pub fn growing(&self, target: &Target) -> Result<GrowthWatch, Problem> {
        let handle = self.handle(target)?;
        let (mut view, mut growth) = (handle.view.clone(), handle.growth.subscribe());
        view.mark_unchanged();
        growth.mark_unchanged();
        Ok(GrowthWatch { view, growth, leaving: self.leaving(), handle })
    }
}

impl GrowthWatch {
    /// Waits until there is more, or the process begins, ends or restarts. `false`: it is
    /// forgotten, or the daemon leaves.
    pub async fn next(&mut self) -> bool {
        if *self.leaving.borrow() || self.view.borrow().forgotten {
            return false;
        }
        // The task of a process that was forgotten takes no more; its view says so.
        self.handle.requests.send(TaskRequest::NotifyGrowth).await.ok();
        let goes_on = tokio::select! {
            changed = self.growth.changed() => changed.is_ok(),
            changed = self.view.changed() => changed.is_ok(),
            _ = self.leaving.wait_for(|leaving| *leaving) => false,
        };
        goes_on && !self.view.borrow().forgotten
    }
}
