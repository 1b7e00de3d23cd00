//! `Subscriptions` and [`listen`] notify clients of changed resources: clients that subscribe to
//! single resources, and clients that listen on one stream. Each resource causes at most one
//! notification a second, and a client then reads the resource itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persistproc_api::Target;
use persistproc_api::event::Event;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::model::ResourceUpdatedNotificationParam;
use rmcp::service::{Peer, SubscriptionContext};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{AbortHandle, JoinSet};

use super::resources::{self, Resource};
use crate::supervisor::Supervisor;
use crate::supervisor::reading::growth::GrowthWatch;

/// The minimum interval between two notifications about one resource.
const NOTIFICATION_INTERVAL: Duration = Duration::from_secs(1);

/// Key of the watcher of the resource list, which has no URI.
const LIST_KEY: &str = "";

/// The subscriptions of one session; dropping it ends them.
#[derive(Default)]
pub(super) struct Subscriptions {
    /// By URI, or [`LIST_KEY`].
    watchers: Mutex<HashMap<String, AbortHandle>>,
}

impl Subscriptions {
    /// Notifies the client of changes of one resource.
    pub(super) fn add(
        &self,
        supervisor: &Supervisor,
        uri: String,
        peer: Peer<RoleServer>,
    ) -> Result<(), ErrorData> {
        let resource = resources::resolve(supervisor, &uri)?;
        let mut changes = Changes::of_resource(supervisor, &resource);
        let key = uri.clone();
        let watcher = tokio::spawn(async move {
            while changes.next().await {
                let updated = ResourceUpdatedNotificationParam::new(uri.clone());
                if peer.notify_resource_updated(updated).await.is_err() {
                    return;
                }
                tokio::time::sleep(NOTIFICATION_INTERVAL).await;
            }
        });
        self.replace(key, watcher.abort_handle());
        Ok(())
    }

    /// Notifies the client when resources are added or removed.
    pub(super) fn add_list(&self, supervisor: &Supervisor, peer: Peer<RoleServer>) {
        let mut changes = Changes::of_list(supervisor);
        let watcher = tokio::spawn(async move {
            while changes.next().await && peer.notify_resource_list_changed().await.is_ok() {
                tokio::time::sleep(NOTIFICATION_INTERVAL).await;
            }
        });
        self.replace(LIST_KEY.to_owned(), watcher.abort_handle());
    }

    pub(super) fn remove(&self, uri: &str) {
        if let Some(watcher) = self.watchers().remove(uri) {
            watcher.abort();
        }
    }

    fn replace(&self, key: String, watcher: AbortHandle) {
        if let Some(previous) = self.watchers().insert(key, watcher) {
            previous.abort();
        }
    }

    fn watchers(&self) -> MutexGuard<'_, HashMap<String, AbortHandle>> {
        // Nothing that can panic runs under this lock.
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        self.watchers().drain().for_each(|(_, watcher)| watcher.abort());
    }
}

/// Notifies a listening client of changes to all its subscriptions, until it disconnects or the
/// daemon shuts down.
pub(super) async fn listen(supervisor: &Supervisor, context: &SubscriptionContext) {
    // Dropping the set aborts its tasks.
    let mut watchers = JoinSet::new();
    for uri in context.accepted().resource_subscriptions.clone().unwrap_or_default() {
        let Ok(resource) = resources::resolve(supervisor, &uri) else { continue };
        let mut changes = Changes::of_resource(supervisor, &resource);
        let sink = context.sink().clone();
        watchers.spawn(async move {
            while changes.next().await && sink.notify_resource_updated(uri.clone()).await.is_ok() {
                tokio::time::sleep(NOTIFICATION_INTERVAL).await;
            }
        });
    }
    if context.accepted().resources_list_changed == Some(true) {
        let mut changes = Changes::of_list(supervisor);
        let sink = context.sink().clone();
        watchers.spawn(async move {
            while changes.next().await && sink.notify_resource_list_changed().await.is_ok() {
                tokio::time::sleep(NOTIFICATION_INTERVAL).await;
            }
        });
    }
    let mut leaving = supervisor.leaving();
    tokio::select! {
        () = context.cancelled() => {}
        _ = leaving.wait_for(|leaving| *leaving) => {}
    }
}

/// The changes of one resource, or of the list of resources.
enum Changes {
    Events {
        events: broadcast::Receiver<Event>,
        is_relevant: fn(&Event) -> bool,
    },
    Output(GrowthWatch),
    /// The process was forgotten in the meantime.
    Ended,
}

impl Changes {
    /// Changes of the contents of a resource.
    fn of_resource(supervisor: &Supervisor, resource: &Resource) -> Self {
        match resource {
            Resource::Processes => {
                Self::Events { events: supervisor.events(), is_relevant: |_| true }
            }
            Resource::Output { id } => {
                supervisor.watch_growth(&Target::from_id(id)).map_or(Self::Ended, Self::Output)
            }
        }
    }

    /// Resources that are added or removed.
    fn of_list(supervisor: &Supervisor) -> Self {
        Self::Events { events: supervisor.events(), is_relevant: changes_resource_list }
    }

    /// Waits for the next change; `false` if there will be none.
    async fn next(&mut self) -> bool {
        match self {
            Self::Events { events, is_relevant } => loop {
                match events.recv().await {
                    Ok(event) if is_relevant(&event) => {
                        // One notification covers all pending events: the client reads the
                        // resource afterwards.
                        *events = events.resubscribe();
                        return true;
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                }
            },
            Self::Output(growth) => growth.next().await,
            Self::Ended => false,
        }
    }
}

/// The first run of a process adds a resource; a forgotten process removes one.
fn changes_resource_list(event: &Event) -> bool {
    match event {
        Event::Started { process } => process.run == 1,
        Event::Forgotten { .. } | Event::Missed { .. } => true,
        _ => false,
    }
}
