//! [`Readiness`]: when a service is ready, decided from what it printed and what it listens on. It
//! reads no clock and no table of the kernel.
//!
//! | it listens on | it printed | ready |
//! |---|---|---|
//! | a port that it named | – | at once |
//! | another port | no port | at once; a port that the kernel has chosen after [`CHOSEN_PORT_DELAY`] |
//! | another port | a port | after [`HINT_TIMEOUT`]: the port that it named comes first |
//! | a Unix socket | its path, or that it is ready | at once |
//! | nothing | a port that a process of another user holds since the start | at once |
//! | nothing | that it is ready, and no port | after [`PHRASE_TIMEOUT`] |

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use persistproc_api::wait::ReadyBy;
use tokio::time::{Duration, Instant};

use super::line_hint::LineHint;

/// How long the port that a program has named is preferred to others.
const HINT_TIMEOUT: Duration = Duration::from_secs(1);

/// Who asks the kernel for any port has to say which one it is. A debugger opens its port a moment before it
/// prints the line by which it is known.
const CHOSEN_PORT_DELAY: Duration = Duration::from_millis(80);

/// How long a program that says that it is ready may take to open a port.
const PHRASE_TIMEOUT: Duration = Duration::from_secs(3);

/// How many hints are kept.
const MAX_HINTS: usize = 16;

/// What the processes of a run listen on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listening {
    /// Their TCP ports, without those of debuggers.
    pub(super) ports: Vec<u16>,
    /// Ports that the output or the command names, opened since the start by processes that may not
    /// be read.
    pub(super) foreign: Vec<u16>,
    /// Their Unix sockets.
    pub(super) sockets: Vec<PathBuf>,
}

impl Listening {
    /// The TCP ports, those of other users too.
    pub(super) fn all_ports(&self) -> Vec<u16> {
        self.ports.iter().chain(&self.foreign).copied().collect()
    }
}

/// What the output has said so far.
#[derive(Debug)]
pub(super) struct Readiness {
    /// The ports that the kernel chooses from.
    chosen_ports: RangeInclusive<u16>,
    /// Ports that lines name, with these lines, the newest last.
    hints: Vec<(u16, String)>,
    phrase: Option<(Instant, String)>,
    debuggers: Vec<u16>,
    /// Lines that may name a Unix socket.
    paths: Vec<String>,
    /// Since when a port is open that no line names.
    first_port: Option<Instant>,
    /// How many lines have said something.
    revision: u64,
}

/// Why a service is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadyService {
    pub(super) by: ReadyBy,
    pub(super) port: Option<u16>,
    /// The line that says so.
    pub(super) line: Option<String>,
}

impl Readiness {
    pub(super) fn new(chosen_ports: RangeInclusive<u16>) -> Self {
        Self {
            chosen_ports,
            hints: Vec::new(),
            phrase: None,
            debuggers: Vec::new(),
            paths: Vec::new(),
            first_port: None,
            revision: 0,
        }
    }

    /// Takes a line of output.
    pub(super) fn take(&mut self, line: &str, now: Instant) {
        let hint = LineHint::of(line);
        let may_name_socket = line.contains(".sock");
        if may_name_socket && self.paths.len() < MAX_HINTS {
            self.paths.push(line.to_owned());
        }
        self.revision += u64::from(may_name_socket || hint.is_some());
        match hint {
            Some(LineHint::Port(port)) => {
                self.hints.retain(|(other, _)| *other != port);
                self.hints.push((port, line.to_owned()));
                if self.hints.len() > MAX_HINTS {
                    self.hints.remove(0);
                }
            }
            Some(LineHint::Phrase) if self.phrase.is_none() => {
                self.phrase = Some((now, line.to_owned()));
            }
            Some(LineHint::Debugger(port)) => self.debuggers.push(port),
            Some(LineHint::Phrase) | None => {}
        }
    }

    /// Changes whenever the output says something.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The ports of debuggers that the output names.
    pub(super) fn debuggers(&self) -> &[u16] {
        &self.debuggers
    }

    /// The ports that the output names.
    pub(super) fn hinted_ports(&self) -> impl Iterator<Item = u16> {
        self.hints.iter().map(|(port, _)| *port)
    }

    /// Whether the output has said that the program is ready.
    pub(super) fn has_phrase(&self) -> bool {
        self.phrase.is_some()
    }

    /// Whether the output or the command names this Unix socket.
    pub(super) fn names(&self, socket: &Path, command: &[String]) -> bool {
        let name = socket.file_name().unwrap_or_default().to_string_lossy();
        self.paths.iter().chain(command).any(|text| text.contains(&*name))
    }

    /// Whether the service is ready. `wanted`: only this port counts.
    pub(super) fn decide(
        &mut self,
        listening: &Listening,
        wanted: Option<u16>,
        now: Instant,
    ) -> Option<ReadyService> {
        let is_wanted = |port: &u16| wanted.is_none_or(|wanted| wanted == *port);
        let own: Vec<u16> = listening.ports.iter().copied().filter(is_wanted).collect();
        let named = own.iter().copied().find(|port| self.line_of(*port).is_some());
        if let Some(port) = named.or_else(|| self.unnamed_port(&own, wanted, now)) {
            return Some(self.by_port(ReadyBy::Port, port));
        }
        if !own.is_empty() {
            return None;
        }
        if let Some(port) = listening.foreign.iter().copied().find(is_wanted) {
            return Some(self.by_port(ReadyBy::Foreign, port));
        }
        if wanted.is_some() {
            return None;
        }
        let line = self.phrase.as_ref().map(|(_, line)| line.clone());
        if !listening.sockets.is_empty() {
            return Some(ReadyService { by: ReadyBy::Socket, port: None, line });
        }
        let (since, _) = self.phrase.as_ref()?;
        let is_settled = self.hints.is_empty() && now.duration_since(*since) >= PHRASE_TIMEOUT;
        is_settled.then_some(ReadyService { by: ReadyBy::Phrase, port: None, line })
    }

    /// A port that no line names, if none is preferred to it any more.
    fn unnamed_port(&mut self, own: &[u16], wanted: Option<u16>, now: Instant) -> Option<u16> {
        let Some(port) = own.first() else {
            self.first_port = None;
            return None;
        };
        let since = *self.first_port.get_or_insert(now);
        let delay = match wanted {
            Some(_) => Duration::ZERO,
            None if !self.hints.is_empty() => HINT_TIMEOUT,
            None if self.chosen_ports.contains(port) => CHOSEN_PORT_DELAY,
            None => Duration::ZERO,
        };
        (now.duration_since(since) >= delay).then_some(*port)
    }

    fn by_port(&self, by: ReadyBy, port: u16) -> ReadyService {
        ReadyService { by, port: Some(port), line: self.line_of(port).map(str::to_owned) }
    }

    fn line_of(&self, port: u16) -> Option<&str> {
        self.hints.iter().find(|(hint, _)| *hint == port).map(|(_, line)| &line[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given {
        readiness: Readiness,
        start: Instant,
    }

    fn given(lines: &[&str]) -> Given {
        let start = Instant::now();
        let mut readiness = Readiness::new(32_768..=60_999);
        lines.iter().for_each(|line| readiness.take(line, start));
        Given { readiness, start }
    }

    impl Given {
        fn after(
            &mut self,
            milliseconds: u64,
            listening: &Listening,
            wanted: Option<u16>,
        ) -> Option<(ReadyBy, Option<u16>)> {
            let now = self.start + Duration::from_millis(milliseconds);
            let ready = self.readiness.decide(listening, wanted, now)?;
            Some((ready.by, ready.port))
        }
    }

    fn ports(ports: &[u16]) -> Listening {
        Listening { ports: ports.to_vec(), ..Listening::default() }
    }

    #[test]
    fn an_own_port_counts_at_once_and_a_named_one_comes_first() {
        let by_port = |port| Some((ReadyBy::Port, Some(port)));
        assert_eq!(given(&[]).after(0, &ports(&[24678, 5173]), None), by_port(24678));
        let mut chosen = given(&[]);
        assert_eq!(chosen.after(0, &ports(&[43491]), None), None);
        assert_eq!(chosen.after(80, &ports(&[43491]), None), by_port(43491));
        assert_eq!(given(&[]).after(0, &ports(&[43491]), Some(43491)), by_port(43491));
        let mut named = given(&["  Local: http://localhost:5173/"]);
        assert_eq!(named.after(0, &ports(&[]), None), None);
        assert_eq!(named.after(0, &ports(&[24678]), None), None);
        assert_eq!(named.after(500, &ports(&[24678, 5173]), None), by_port(5173));
        assert_eq!(named.after(1000, &ports(&[24678]), None), by_port(24678));
        assert_eq!(named.after(0, &ports(&[24678]), Some(24678)), by_port(24678));
        assert_eq!(named.after(9000, &ports(&[24678]), Some(5173)), None);
    }

    #[test]
    fn a_line_alone_counts_only_if_it_names_no_port() {
        let none = Listening::default();
        assert_eq!(given(&["Listening on :4000"]).after(60_000, &none, None), None);
        let mut watcher = given(&["Watching for file changes."]);
        assert_eq!(watcher.after(2999, &none, None), None);
        assert_eq!(watcher.after(3000, &none, None), Some((ReadyBy::Phrase, None)));
        assert_eq!(watcher.after(3000, &none, Some(80)), None);
        let mut both = given(&["ready in 3 ms", "Local: http://localhost:5173/"]);
        assert_eq!(both.after(60_000, &none, None), None);
    }

    #[test]
    fn sockets_and_ports_of_other_users_count() {
        let socket = Listening { sockets: vec!["/run/a".into()], ..Listening::default() };
        assert_eq!(given(&[]).after(0, &socket, None), Some((ReadyBy::Socket, None)));
        let foreign = Listening { foreign: vec![8080], ..Listening::default() };
        let by_foreign = Some((ReadyBy::Foreign, Some(8080)));
        assert_eq!(given(&[]).after(0, &foreign, None), by_foreign);
        assert_eq!(given(&[]).after(0, &foreign, Some(81)), None);
    }
}
