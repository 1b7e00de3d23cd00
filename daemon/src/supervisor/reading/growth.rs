//! [`GrowthWatch`]: notifications that a process has printed more. Nothing is read, however much
//! is printed.

use persistproc_api::{Problem, Target};
use tokio::sync::watch;

use crate::supervisor::finding;
use crate::supervisor::registry::Registry;
use crate::supervisor::runs::handle::ProcessHandle;
use crate::supervisor::runs::view::{LogGrowth, ProcessView};

/// Observes the output of a process from now on.
pub struct GrowthWatch {
    handle: ProcessHandle,
    view: watch::Receiver<ProcessView>,
    growth: watch::Receiver<LogGrowth>,
    leaving: watch::Receiver<bool>,
}

impl GrowthWatch {
    pub(crate) fn new(registry: &Registry, target: &Target) -> Result<Self, Problem> {
        let handle = finding::handle(registry, target)?;
        let mut view = handle.view.clone();
        view.mark_unchanged();
        let mut growth = handle.growth.subscribe();
        growth.mark_unchanged();
        Ok(Self { view, growth, leaving: registry.leaving(), handle })
    }

    /// Waits until there is more output, or a run starts or ends. Returns `false` when the process
    /// is forgotten or the daemon exits.
    pub async fn next(&mut self) -> bool {
        if *self.leaving.borrow() || self.view.borrow().forgotten {
            return false;
        }
        self.handle.report_growth().await;
        let is_open = tokio::select! {
            changed = self.growth.changed() => changed.is_ok(),
            changed = self.view.changed() => changed.is_ok(),
            _ = self.leaving.wait_for(|leaving| *leaving) => false,
        };
        is_open && !self.view.borrow().forgotten
    }
}
