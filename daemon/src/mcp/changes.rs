//! Who is told that a resource has changed: clients that subscribed one by one, and clients that
//! listen on one stream. At most once a second for each resource; what changed they read themselves.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use persistproc_api::event::Event;
use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::model::ResourceUpdatedNotificationParam;
use rmcp::service::{Peer, SubscriptionContext};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{AbortHandle, JoinSet};

use super::resources::{self, Resource};
use crate::supervisor::Supervisor;

/// Between two notifications about one resource.
const PAUSE: Duration = Duration::from_secs(1);

/// The subscriptions of one session; they end with it.
#[derive(Default)]
pub(super) struct Subscriptions {
    /// By URI; the list of resources is the empty one.
    watchers: Mutex<HashMap<String, AbortHandle>>,
}

impl Subscriptions {
    /// Tells this client from now on.
    pub(super) fn add(
        &self,
        supervisor: &Supervisor,
        uri: String,
        peer: Peer<RoleServer>,
    ) -> Result<(), ErrorData> {
        let resource = resources::find(supervisor, &uri)?;
        let (supervisor, name) = (supervisor.clone(), uri.clone());
        let watch = async move {
            let mut changes = Changes::new(&supervisor, resource);
            while changes.next().await {
                let updated = ResourceUpdatedNotificationParam::new(uri.clone());
                if peer.notify_resource_updated(updated).await.is_err() {
                    return;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        self.keep(name, tokio::spawn(watch).abort_handle());
        Ok(())
    }

    /// Tells this client when there are other resources than before.
    pub(super) fn to_the_list(&self, supervisor: &Supervisor, peer: Peer<RoleServer>) {
        let supervisor = supervisor.clone();
        let watch = async move {
            let mut changes = Changes::new(&supervisor, Resource::Processes { of_list: true });
            while changes.next().await && peer.notify_resource_list_changed().await.is_ok() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        self.keep(String::new(), tokio::spawn(watch).abort_handle());
    }

    pub(super) fn remove(&self, uri: &str) {
        if let Some(watcher) = self.watchers().remove(uri) {
            watcher.abort();
        }
    }

    fn keep(&self, uri: String, watcher: AbortHandle) {
        if let Some(before) = self.watchers().insert(uri, watcher) {
            before.abort();
        }
    }

    fn watchers(&self) -> std::sync::MutexGuard<'_, HashMap<String, AbortHandle>> {
        // Nothing that can panic runs under this lock.
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        self.watchers().drain().for_each(|(_, watcher)| watcher.abort());
    }
}

/// Tells a listener of all that it asked for, until it has gone or the daemon leaves.
pub(super) async fn listen(supervisor: &Supervisor, context: &SubscriptionContext) {
    let mut watchers = JoinSet::new();
    for uri in context.accepted().resource_subscriptions.clone().unwrap_or_default() {
        let Ok(resource) = resources::find(supervisor, &uri) else { continue };
        let (supervisor, sink) = (supervisor.clone(), context.sink().clone());
        watchers.spawn(async move {
            let mut changes = Changes::new(&supervisor, resource);
            while changes.next().await && sink.notify_resource_updated(uri.clone()).await.is_ok() {
                tokio::time::sleep(PAUSE).await;
            }
        });
    }
    if context.accepted().resources_list_changed == Some(true) {
        let (supervisor, sink) = (supervisor.clone(), context.sink().clone());
        watchers.spawn(async move {
            let mut changes = Changes::new(&supervisor, Resource::Processes { of_list: true });
            while changes.next().await && sink.notify_resource_list_changed().await.is_ok() {
                tokio::time::sleep(PAUSE).await;
            }
        });
    }
    let mut leaving = supervisor.leaving();
    tokio::select! {
        () = context.cancelled() => {}
        _ = leaving.wait_for(|leaving| *leaving) => {}
    }
}

/// The changes of one resource.
enum Changes {
    Processes { events: tokio::sync::broadcast::Receiver<Event>, of_list: bool },
    Output(crate::supervisor::reading::growth::GrowthWatch),
    Never,
}

impl Changes {
    fn new(supervisor: &Supervisor, resource: Resource) -> Self {
        match resource {
            Resource::Processes { of_list } => {
                Self::Processes { events: supervisor.events(), of_list }
            }
            Resource::Output { id } => supervisor.growing(&id).map_or(Self::Never, Self::Output),
        }
    }

    /// Waits for the next change; `false`: there will be none.
    async fn next(&mut self) -> bool {
        match self {
            Self::Processes { events, of_list } => loop {
                match events.recv().await {
                    Ok(event) if !*of_list || changes_list(&event) => {
                        // What happened meanwhile is told by this one notification as well.
                        *events = events.resubscribe();
                        return true;
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                }
            },
            Self::Output(growing) => growing.next().await,
            Self::Never => false,
        }
    }
}

/// A process that runs for the first time is a new resource, a forgotten one is none any more.
fn changes_list(event: &Event) -> bool {
    match event {
        Event::Started { process } => process.run == 1,
        Event::Forgotten { .. } | Event::Missed { .. } => true,
        _ => false,
    }
}
