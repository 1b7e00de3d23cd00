//! What has to arrive in the order in which it was said: one thread that does one thing after the
//! other, and a way to wait until it has come so far.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// So much may wait; an agent that says more without a daemon to hear it is not heard.
const LONGEST: usize = 256;

type Work = Box<dyn FnOnce() + Send>;

pub(super) struct Lane {
    work: SyncSender<Work>,
    queued: AtomicU64,
    done: Arc<Done>,
}

#[derive(Default)]
struct Done {
    count: Mutex<u64>,
    more: Condvar,
}

/// A place in the order.
#[derive(Clone, Copy)]
pub(super) struct Turn(u64);

impl Lane {
    pub(super) fn start() -> std::io::Result<Self> {
        let (work, queue) = sync_channel::<Work>(LONGEST);
        let done = Arc::new(Done::default());
        let doing = Arc::clone(&done);
        super::spawn(move || {
            for work in queue {
                work();
                *doing.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                doing.more.notify_all();
            }
        })?;
        Ok(Self { work, queued: AtomicU64::new(0), done })
    }

    /// Queues something; `false`: there is no room.
    pub(super) fn push(&self, work: impl FnOnce() + Send + 'static) -> bool {
        let room = self.work.try_send(Box::new(work)).is_ok();
        if room {
            self.queued.fetch_add(1, Ordering::Relaxed);
        }
        room
    }

    /// After everything that has been queued until now.
    pub(super) fn turn(&self) -> Turn {
        Turn(self.queued.load(Ordering::Relaxed))
    }

    /// Returns when that is done.
    pub(super) fn until(&self, turn: Turn) {
        let count = self.done.count.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.done.more.wait_while(count, |count| *count < turn.0);
        drop(waiting.unwrap_or_else(PoisonError::into_inner));
    }
}
