//! [`repair_if_ended`]: repairs a log that another program has damaged, before it is read, once no shim
//! writes it any more.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use persistproc_api::{Process, Status};

use crate::logs::repair;

/// One repair at a time.
static REPAIR: Mutex<()> = Mutex::new(());

/// Repairs the log of a run that has ended, if it is damaged. What cannot be repaired is read as it is.
pub(super) fn repair_if_ended(folder: &Path, process: &Process, run: u32) {
    let has_ended = process.run > run
        || matches!(process.status, Status::Exited { .. } | Status::Terminated { .. });
    if !has_ended || !repair::is_needed(folder).unwrap_or(false) {
        return;
    }
    let _one_at_a_time = REPAIR.lock().unwrap_or_else(PoisonError::into_inner);
    if repair::is_needed(folder).unwrap_or(false) {
        match repair::repair(folder) {
            Ok(_) => tracing::warn!("repaired the damaged log in {}", folder.display()),
            Err(error) => {
                tracing::warn!("cannot repair the damaged log in {}: {error}", folder.display());
            }
        }
    }
}
