//! [`ProcessClients`]: which clients use a process, and which have used it. It is kept in memory only: a
//! read of output writes no file, and after a restart of the daemon no client is known.
//!
//! | module | what it holds |
//! |---|---|
//! | `disturbance` | whose use a stop or a restart would disturb |

mod disturbance;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use persistproc_api::Time;
use persistproc_api::process_client::{ClientUse, ProcessClient};

use self::disturbance::{SeenClient, disturbed, is_answer};
use super::Supervisor;
use super::requests::requester::Requester;

/// What the requester does.
impl Supervisor {
    /// Notes that the requester has used a process.
    pub(super) fn note_use(&self, id: &str, kind: ClientUse) {
        if let Some(handle) = self.registry.handles().get(id) {
            handle.clients.note(&self.requester, kind);
        }
    }

    /// Notes that the requester waits for a process, until the result is dropped.
    pub(super) fn open_use(&self, id: &str) -> Option<OpenUse> {
        let clients = self.registry.handles().get(id)?.clients.clone();
        Some(clients.connect(&self.requester, ClientUse::Wait))
    }
}

/// How many clients of a process are remembered. The one that used it longest ago is dropped first.
const MAX_CLIENTS: usize = 16;

/// The name of a client that gave none.
const UNNAMED: &str = "unnamed";

/// How many questions of a process are remembered.
const MAX_QUESTIONS: usize = 16;

/// The clients of one process.
#[derive(Debug, Default)]
pub(crate) struct ProcessClients(Mutex<ClientTable>);

#[derive(Debug, Default)]
struct ClientTable {
    clients: Vec<KnownClient>,
    /// The clients that got a question, and when.
    asked: Vec<(Requester, Instant)>,
}

/// A client, and what it does and did.
#[derive(Debug)]
struct KnownClient {
    client: Requester,
    last: DatedUse,
    /// What it does now, with the number of its requests.
    open: Vec<(DatedUse, u32)>,
}

/// A use, and when it was made or begun. Ages are measured with the monotonic clock.
#[derive(Clone, Copy, Debug)]
struct DatedUse {
    kind: ClientUse,
    at: Instant,
    time: Time,
}

impl DatedUse {
    fn now(kind: ClientUse) -> Self {
        Self { kind, at: Instant::now(), time: Time::now() }
    }
}

impl ProcessClients {
    /// Notes that a client has used the process. One without name and session is not known.
    pub(crate) fn note(&self, client: &Requester, kind: ClientUse) {
        if let Some(known) = self.lock().entry(client) {
            known.last = DatedUse::now(kind);
        }
    }

    /// Notes that a client uses the process until the result is dropped.
    pub(crate) fn connect(self: &Arc<Self>, client: &Requester, kind: ClientUse) -> OpenUse {
        let mut table = self.lock();
        let known = table.entry(client).map(|known| known.open(kind)).is_some();
        drop(table);
        OpenUse { clients: known.then(|| self.clone()), client: client.clone(), kind }
    }

    /// The clients: those that use the process now, then those that used it last.
    pub(crate) fn shown(&self) -> Vec<ProcessClient> {
        let seen = self.lock().seen(Instant::now());
        seen.into_iter().map(|seen| seen.shown).collect()
    }

    /// The client that has to be named to `asker`, once, before the process is stopped.
    pub(crate) fn disturbed_by(&self, asker: &Requester) -> Option<ProcessClient> {
        let now = Instant::now();
        let mut table = self.lock();
        let is_answer = table.take_question(asker, now);
        let seen = table.seen(now);
        let found = disturbed(asker, is_answer, &seen)?.shown.clone();
        if table.asked.len() == MAX_QUESTIONS {
            table.asked.remove(0);
        }
        table.asked.push((asker.clone(), now));
        Some(found)
    }

    fn close(&self, client: &Requester, kind: ClientUse) {
        let mut table = self.lock();
        let Some(known) = table.clients.iter_mut().find(|known| known.client == *client) else {
            return;
        };
        known.last = DatedUse::now(kind);
        if let Some((_, count)) = known.open.iter_mut().find(|(open, _)| open.kind == kind) {
            *count -= 1;
        }
        known.open.retain(|(_, count)| *count > 0);
    }

    fn lock(&self) -> MutexGuard<'_, ClientTable> {
        // Nothing that can panic runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientTable {
    /// The client, which is added if it is new. `None` if it has neither a name nor a session, or if too
    /// many others are connected.
    fn entry(&mut self, client: &Requester) -> Option<&mut KnownClient> {
        client.name().or(client.session())?;
        if let Some(at) = self.clients.iter().position(|known| known.client == *client) {
            return self.clients.get_mut(at);
        }
        if self.clients.len() == MAX_CLIENTS {
            let idle = self.clients.iter().enumerate().filter(|(_, known)| known.open.is_empty());
            let (oldest, _) = idle.min_by_key(|(_, known)| known.last.at)?;
            self.clients.swap_remove(oldest);
        }
        let last = DatedUse::now(ClientUse::Read);
        self.clients.push(KnownClient { client: client.clone(), last, open: Vec::new() });
        self.clients.last_mut()
    }

    /// Whether this client was asked and answers now. The question is forgotten.
    fn take_question(&mut self, asker: &Requester, now: Instant) -> bool {
        let found = self
            .asked
            .iter()
            .position(|(asked, at)| is_answer(asker, asked, now.saturating_duration_since(*at)));
        found.map(|at| self.asked.remove(at)).is_some()
    }

    /// The clients as of `now`: the active ones, then the newest.
    fn seen(&self, now: Instant) -> Vec<SeenClient> {
        let mut seen: Vec<SeenClient> = self.clients.iter().map(|known| known.seen(now)).collect();
        seen.sort_by_key(SeenClient::rank);
        seen
    }
}

impl KnownClient {
    fn open(&mut self, kind: ClientUse) {
        match self.open.iter_mut().find(|(open, _)| open.kind == kind) {
            Some((_, count)) => *count += 1,
            None => self.open.push((DatedUse::now(kind), 1)),
        }
    }

    fn seen(&self, now: Instant) -> SeenClient {
        let active = self.open.iter().map(|(open, _)| open).max_by_key(|open| open.kind);
        let DatedUse { kind, at, time } = *active.unwrap_or(&self.last);
        let age = match active {
            Some(_) => Duration::ZERO,
            None => now.saturating_duration_since(at),
        };
        let shown = ProcessClient {
            name: self.client.name().unwrap_or_else(|| UNNAMED.to_owned()),
            session: self.client.session(),
            kind,
            active: active.is_some(),
            time,
        };
        SeenClient { client: self.client.clone(), age, shown }
    }
}

/// A use of a process that goes on until this is dropped.
#[derive(Debug)]
pub(crate) struct OpenUse {
    /// `None`: the client is not counted.
    clients: Option<Arc<ProcessClients>>,
    client: Requester,
    kind: ClientUse,
}

impl Drop for OpenUse {
    fn drop(&mut self) {
        if let Some(clients) = &self.clients {
            clients.close(&self.client, self.kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(clients: &ProcessClients) -> Vec<(String, ClientUse, bool)> {
        let shown = clients.shown().into_iter();
        shown.map(|client| (client.name, client.kind, client.active)).collect()
    }

    #[test]
    fn a_use_is_active_until_its_last_request_ends() {
        let clients = Arc::new(ProcessClients::default());
        let person = Requester::named("cli");
        clients.note(&Requester::default(), ClientUse::Read);
        clients.note(&person, ClientUse::Start);
        let follow = clients.connect(&person, ClientUse::Follow);
        let attach = [(); 2].map(|()| clients.connect(&person, ClientUse::Attach));
        clients.note(&Requester::named("codex"), ClientUse::Read);
        let codex = || ("codex".to_owned(), ClientUse::Read, false);
        let person_does = |kind, active| ("cli".to_owned(), kind, active);
        assert_eq!(names(&clients), [person_does(ClientUse::Attach, true), codex()]);
        let [one, two] = attach;
        drop(one);
        assert_eq!(names(&clients)[0], person_does(ClientUse::Attach, true));
        drop(two);
        assert_eq!(names(&clients)[0], person_does(ClientUse::Follow, true));
        drop(follow);
        assert_eq!(names(&clients), [person_does(ClientUse::Follow, false), codex()]);
    }

    #[test]
    fn memory_is_bounded_and_connected_clients_are_kept() {
        let clients = Arc::new(ProcessClients::default());
        let first = Requester::named("first");
        let _open = clients.connect(&first, ClientUse::Wait);
        for number in 0..1000 {
            let client = Requester::named(&format!("client-{number}"));
            clients.note(&client, ClientUse::Read);
            clients.disturbed_by(&client);
        }
        let shown = names(&clients);
        assert_eq!((shown.len(), shown[0].0.as_str()), (MAX_CLIENTS, "first"));
        assert_eq!(clients.lock().asked.len(), MAX_QUESTIONS);
        // More are not counted while all are connected.
        let all: Vec<OpenUse> = (0..100)
            .map(|number| Requester::named(&format!("waiter-{number}")))
            .map(|client| clients.connect(&client, ClientUse::Wait))
            .collect();
        assert_eq!(names(&clients).len(), MAX_CLIENTS);
        drop(all);
        assert_eq!(names(&clients).iter().filter(|(_, _, active)| *active).count(), 1);
    }

    #[test]
    fn the_question_is_asked_once() {
        let clients = ProcessClients::default();
        let [one, two] = ["a", "b"].map(|id| Requester::named("claude-code").in_session(id));
        clients.note(&one, ClientUse::Read);
        assert_eq!(clients.disturbed_by(&one), None);
        assert_eq!(clients.disturbed_by(&two).unwrap().session, one.session());
        assert_eq!(clients.disturbed_by(&two), None);
        // Before the next stop it is asked again.
        assert!(clients.disturbed_by(&two).is_some());
    }
}
