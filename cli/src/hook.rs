//! The hooks of agents: what `persistproc hook` answers to the input of a client. It starts no daemon, and
//! answers nothing in case of doubt: an agent works without it as before.
//!
//! | module | contents |
//! |---|---|
//! | [`client`] | the agents that have hooks |
//! | [`input`] | the input of each client as one type |
//! | [`answer`] | an answer in the fields of each client |
//! | [`guard`] | whether a shell command runs as it is |
//! | [`managed`] | what the guard knows about a running process |
//! | [`machine`] | the process table of the operating system |
//! | [`session_start`] | the text at the start of a session |
//! | [`session_state`] | the state of a session, in a file |
//! | [`news`] | what broke, asked of the daemon |

pub(crate) mod answer;
pub(crate) mod client;
pub(crate) mod guard;
pub(crate) mod input;
pub(crate) mod machine;
pub(crate) mod managed;
pub(crate) mod news;
pub(crate) mod session_start;
pub(crate) mod session_state;

use persistproc_api::client::Client;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::process::{ListQuery, Process, StatusKind, StatusList};

use self::answer::HookAnswer;
use self::client::HookClient;
use self::guard::{GuardDecision, GuardedLine, decide, refuse_instead};
use self::input::{HookEvent, HookInput};
use self::machine::Machine;
use self::managed::ManagedProcess;
use self::news::NewsSince;
use self::session_start::running_here;
use self::session_state::HookSession;

/// How one call of a hook is answered.
#[derive(Debug)]
pub(crate) struct HookCall {
    pub(crate) client: HookClient,
    pub(crate) dirs: DataDirs,
    /// Whether shell commands are looked at.
    pub(crate) guards_shell: bool,
    /// This program, as the agent's shell finds it.
    pub(crate) program: String,
}

impl HookCall {
    /// The answer as the client expects it. `None` is silence.
    pub(crate) fn answer(&self, input: &[u8]) -> Option<String> {
        let parsed = HookInput::parse(self.client, input)?;
        let answer = match &parsed.event {
            HookEvent::SessionStart => self.at_session_start(&parsed, input),
            HookEvent::Context => self.with_news(&parsed, input),
            HookEvent::BeforeShell(_) => self.before_shell(&parsed),
        };
        answer?.to_json(self.client, &parsed).map(|json| json.to_string())
    }

    fn at_session_start(&self, parsed: &HookInput, input: &[u8]) -> Option<HookAnswer> {
        let processes = self.running(true)?;
        let mut state = HookSession::open(&self.dirs, self.client, &parsed.session)?;
        if state.is_repeated(input) {
            return None;
        }
        if let Some(news) = self.news(None, parsed) {
            state.set_news_cursor(news.cursor);
        }
        state.save()?;
        running_here(&processes, &parsed.directory, &self.program).map(HookAnswer::Context)
    }

    fn with_news(&self, parsed: &HookInput, input: &[u8]) -> Option<HookAnswer> {
        if !self.dirs.socket().exists() {
            return None;
        }
        let mut state = HookSession::open(&self.dirs, self.client, &parsed.session)?;
        if state.is_repeated(input) {
            return None;
        }
        let news = self.news(state.news_cursor(), parsed)?;
        state.set_news_cursor(news.cursor);
        state.save()?;
        news.text.map(HookAnswer::Context)
    }

    fn before_shell(&self, parsed: &HookInput) -> Option<HookAnswer> {
        if !self.guards_shell {
            return None;
        }
        let line = GuardedLine::parse(parsed.event.command()?)?;
        let processes = self.running(line.needs_ports())?;
        let machine = if line.needs_trees() && !processes.is_empty() {
            Machine::read()
        } else {
            Machine::default()
        };
        let managed: Vec<_> =
            processes.iter().map(|process| ManagedProcess::new(process, &machine)).collect();
        let mut decision = decide(&line, &managed, &self.program);
        if !self.client.accepts_rewrites() {
            decision = refuse_instead(decision, &line, &self.program);
        }
        match decision {
            GuardDecision::Leave => None,
            GuardDecision::Rewrite(command) => Some(HookAnswer::Rewrite(command)),
            GuardDecision::Refuse(reason) => Some(HookAnswer::Refuse(reason)),
        }
    }

    fn news(&self, cursor: Option<&str>, parsed: &HookInput) -> Option<NewsSince> {
        NewsSince::ask(&self.daemon(), cursor, &parsed.directory, &self.program)
    }

    /// The running processes. `None` if no daemon answers.
    fn running(&self, facts: bool) -> Option<Vec<Process>> {
        let status = StatusList::new(vec![StatusKind::Running, StatusKind::Stopping]);
        let query = ListQuery { status, facts, ..ListQuery::default() };
        Some(self.daemon().list(&query).ok()?.processes)
    }

    /// A client that starts no daemon.
    fn daemon(&self) -> Client {
        Client::new(self.client.client_name(), self.dirs.clone(), None)
    }
}
