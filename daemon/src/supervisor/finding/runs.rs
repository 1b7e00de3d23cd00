//! [`runs`]: the runs of a process whose logs are kept.

use std::sync::Arc;

use persistproc_api::{Problem, Process, Target};

use crate::supervisor::registry::Registry;
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::view::ProcessView;

/// The process as it was in each run, newest first. A run whose record cannot be read is left out.
pub(crate) fn runs(registry: &Registry, target: &Target) -> Result<Vec<Arc<Process>>, Problem> {
    let handle = super::handle(registry, target)?;
    let latest = handle.process();
    let folder = registry.folder(&handle.id);
    let unreadable = |error| Problem::storage("The runs cannot be listed", error);
    let record = folder.read().map_err(unreadable)?;
    let numbers = folder.runs().map_err(unreadable)?;
    let earlier = numbers.into_iter().rev().filter(|number| *number < latest.run);
    let earlier = earlier.filter_map(|number| {
        let run = folder.read_run(number).ok()?;
        Some(ProcessView::new(&folder, &record, &run, Phase::Ended).process)
    });
    let earlier: Vec<Arc<Process>> = earlier.collect();
    Ok(std::iter::once(latest).chain(earlier).collect())
}
