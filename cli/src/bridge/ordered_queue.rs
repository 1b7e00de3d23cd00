//! `OrderedQueue`: one thread that runs tasks in order. A caller can wait until all tasks queued before
//! a position are done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Further tasks are dropped. Reached only if an agent keeps sending while the daemon is unreachable.
const MAX_QUEUED_TASKS: usize = 256;

type Task = Box<dyn FnOnce() + Send>;

pub(super) struct OrderedQueue {
    tasks: SyncSender<Task>,
    queued: AtomicU64,
    finished: Arc<FinishedTasks>,
}

#[derive(Default)]
struct FinishedTasks {
    count: Mutex<u64>,
    increased: Condvar,
}

/// The number of tasks that had been queued when the position was taken.
#[derive(Clone, Copy)]
pub(super) struct QueuePosition(u64);

impl OrderedQueue {
    pub(super) fn start() -> std::io::Result<Self> {
        let (tasks, queue) = sync_channel::<Task>(MAX_QUEUED_TASKS);
        let finished = Arc::new(FinishedTasks::default());
        let worker_finished = Arc::clone(&finished);
        super::spawn(move || {
            for task in queue {
                task();
                *worker_finished.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                worker_finished.increased.notify_all();
            }
        })?;
        Ok(Self { tasks, queued: AtomicU64::new(0), finished })
    }

    /// Queues a task. Returns `false` if the queue is full.
    pub(super) fn push(&self, task: impl FnOnce() + Send + 'static) -> bool {
        let is_queued = self.tasks.try_send(Box::new(task)).is_ok();
        if is_queued {
            self.queued.fetch_add(1, Ordering::Relaxed);
        }
        is_queued
    }

    /// The position after all tasks that are queued now.
    pub(super) fn position(&self) -> QueuePosition {
        QueuePosition(self.queued.load(Ordering::Relaxed))
    }

    /// Waits until all tasks before this position are done.
    pub(super) fn wait_for(&self, position: QueuePosition) {
        let count = self.finished.count.lock().unwrap_or_else(PoisonError::into_inner);
        let result = self.finished.increased.wait_while(count, |count| *count < position.0);
        drop(result.unwrap_or_else(PoisonError::into_inner));
    }
}
