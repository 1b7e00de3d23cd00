//! [`decide`]: whether the shell command of an agent runs as it is. A dev server becomes a managed start; a
//! command that would end a managed process is refused. The command is parsed, never guessed: a line
//! that the parser does not understand, or that does something else too, is left alone.
//!
//! | module | contents |
//! |---|---|
//! | [`words`] | words without quotes |
//! | [`invocation`] | the program of a command, behind `sudo`, `nohup`, `env` |
//! | [`variables`] | variables that the line itself sets |
//! | [`victims`] | what a command would end, and which managed processes are among it |
//! | [`selectors`] | the arguments of `pkill`, `killall`, `lsof`, `fuser`; signals |
//! | [`pid_sources`] | commands that print PIDs |
//! | [`kills`] | the commands that end processes |
//! | [`dev_servers`] | the table of dev servers |
//! | [`starts`] | the commands that start a dev server |
//! | [`rewrite`] | the line with managed starts |

mod dev_servers;
mod invocation;
mod kills;
mod pid_sources;
mod rewrite;
mod selectors;
mod starts;
mod variables;
mod victims;
mod words;

use persistproc_api::words::{join_words, shown};
use rable::Node;

use self::kills::kill_commands;
use self::starts::{ServerStart, find_starts};
use self::victims::{KillCommand, Victims};
use super::managed::ManagedProcess;

/// How deep `sh -c` in `sh -c` is looked into.
const MAX_NESTED_SHELLS: usize = 3;

/// The longest command that is parsed, in bytes. What is longer is a script in a heredoc.
const MAX_COMMAND_BYTES: usize = 16 << 10;

/// What is done with a shell command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GuardDecision {
    /// It runs as it is.
    Leave,
    /// This command runs instead.
    Rewrite(String),
    /// It does not run; the text says why and what to run instead.
    Refuse(String),
}

/// A parsed shell command that ends processes or starts dev servers.
#[derive(Debug)]
pub(crate) struct GuardedLine<'a> {
    text: &'a str,
    kills: Vec<KillCommand>,
    starts: Vec<ServerStart>,
}

impl<'a> GuardedLine<'a> {
    /// `None` if the command cannot be parsed, or if it does neither: it is left alone then.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let nodes = parse(text)?;
        let line = Self { text, kills: kill_commands(&nodes), starts: find_starts(&nodes) };
        let is_guarded = !line.kills.is_empty() || !line.starts.is_empty();
        is_guarded.then_some(line)
    }

    /// Whether the command ends processes by PID or name, so that the trees of the managed ones matter.
    pub(crate) fn needs_trees(&self) -> bool {
        self.victims().any(|victims| !matches!(victims, Victims::Port(_)))
    }

    /// Whether the command ends the processes that use a port.
    pub(crate) fn needs_ports(&self) -> bool {
        self.victims().any(|victims| matches!(victims, Victims::Port(_)))
    }

    fn victims(&self) -> impl Iterator<Item = &Victims> {
        self.kills.iter().flat_map(|kill| &kill.victims)
    }
}

/// Decides about a command, knowing the managed processes that run. `program` is this program, as the
/// agent's shell finds it.
pub(crate) fn decide(
    line: &GuardedLine,
    managed: &[ManagedProcess],
    program: &str,
) -> GuardDecision {
    for kill in &line.kills {
        let hits = kill.hits(managed);
        if !hits.is_empty() {
            return GuardDecision::Refuse(refusal_of_kill(kill, &hits, program));
        }
    }
    if line.starts.is_empty() {
        return GuardDecision::Leave;
    }
    match rewrite::with_managed_starts(line.text, &line.starts, program) {
        Some(rewritten) => GuardDecision::Rewrite(rewritten),
        None => GuardDecision::Refuse(refusal_of_starts(&line.starts, program)),
    }
}

/// The same decision for a client that does not accept another command without granting it
/// permission.
pub(crate) fn refuse_instead(
    decision: GuardDecision,
    line: &GuardedLine,
    program: &str,
) -> GuardDecision {
    match decision {
        GuardDecision::Rewrite(_) => {
            GuardDecision::Refuse(refusal_of_starts(&line.starts, program))
        }
        other => other,
    }
}

/// The syntax tree of a shell command.
fn parse(text: &str) -> Option<Vec<Node>> {
    let is_short = text.len() <= MAX_COMMAND_BYTES;
    if is_short { rable::parse(text, true).ok() } else { None }
}

fn refusal_of_kill(kill: &KillCommand, hits: &[&ManagedProcess], program: &str) -> String {
    let names: Vec<String> = hits.iter().map(|process| shown(&process.name)).collect();
    let words: Vec<String> = names.iter().map(|name| join_words(&[name])).collect();
    let line = shown(&kill.line);
    format!(
        "`{line}` would end {}, which persistproc manages and others may use. To stop it, run \
         `{program} stop {}`; to start it again, `{program} restart {}`.",
        names.join(" and "),
        words.join(" "),
        words.first().map_or("", String::as_str),
    )
}

fn refusal_of_starts(starts: &[ServerStart], program: &str) -> String {
    let calls: Vec<_> = starts.iter().map(|start| format!("`{}`", start.call(program))).collect();
    format!(
        "Dev servers run under persistproc here, where every agent and terminal sees them. Run {} \
         instead: it returns at once, or with `--wait-for ready` when the server is ready. \
         `{program} output` shows its output.",
        calls.join(" and ")
    )
}

#[cfg(test)]
mod tests;
