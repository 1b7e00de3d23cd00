//! [`HookSetup`]: which hooks an agent gets: the events, and the command that each runs.

use serde_json::{Map, Value, json};

use crate::agents::Agent;
use crate::hook::client::HookClient;

/// How long a client waits for the hook, in seconds. The hook itself takes less.
const TIMEOUT_SECONDS: u32 = 5;

/// The hooks to write into the settings of one agent.
#[derive(Clone, Debug)]
pub(crate) struct HookSetup {
    pub(crate) client: HookClient,
    /// This program, as the agent's shell finds it, quoted for that shell.
    pub(crate) program: String,
    /// The words after the name of the client.
    pub(crate) arguments: Vec<String>,
    /// Whether shell commands are looked at before they run.
    pub(crate) guards_shell: bool,
}

/// The hook for one event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HookEntry {
    pub(super) event: &'static str,
    /// The element of the list of this event.
    pub(super) element: Value,
}

impl Agent {
    /// The client whose hooks are supported, if this is one.
    pub(crate) fn hook_client(self) -> Option<HookClient> {
        match self {
            Self::ClaudeCode => Some(HookClient::ClaudeCode),
            Self::Codex => Some(HookClient::Codex),
            Self::Cursor => Some(HookClient::Cursor),
            Self::Gemini => Some(HookClient::Gemini),
            Self::Opencode => Some(HookClient::Opencode),
            Self::VsCode | Self::Windsurf | Self::Zed | Self::Goose | Self::ClaudeDesktop => None,
        }
    }
}

impl HookSetup {
    /// The command of a hook. Only the one before shell commands has the flag, so that turning the
    /// guard on leaves the others as they are: Codex asks again for each hook that has changed.
    pub(super) fn command(&self, guards_shell: bool) -> String {
        let mut command = format!("{} hook {}", self.program, self.client.word());
        if guards_shell {
            command.push_str(" --guard-shell");
        }
        if !self.arguments.is_empty() {
            command.push(' ');
            command.push_str(&persistproc_api::words::join_words(&self.arguments));
        }
        command
    }

    /// The hooks of the settings, in the order in which they are written.
    pub(super) fn entries(&self) -> Vec<HookEntry> {
        let events: &[(&str, &str)] = match self.client {
            // What breaks after the last tool of a turn is news for the next message of the user.
            HookClient::ClaudeCode => &[
                ("SessionStart", ""),
                ("PostToolUse", "Edit|Write|NotebookEdit|Bash"),
                ("UserPromptSubmit", ""),
            ],
            HookClient::Codex => &[("SessionStart", ""), ("PostToolUse", "Bash|Edit|Write")],
            HookClient::Gemini => {
                &[("SessionStart", ""), ("AfterTool", "write_file|replace|run_shell_command")]
            }
            HookClient::Cursor => &[("sessionStart", ""), ("postToolUse", "Write|Shell")],
            HookClient::Opencode => &[],
        };
        let before_shell = match self.client {
            HookClient::ClaudeCode | HookClient::Codex => ("PreToolUse", "Bash"),
            HookClient::Gemini => ("BeforeTool", "run_shell_command"),
            HookClient::Cursor | HookClient::Opencode => ("preToolUse", "Shell"),
        };
        let mut entries: Vec<_> =
            events.iter().map(|(event, matcher)| self.entry(event, matcher, false)).collect();
        if self.guards_shell && self.client != HookClient::Opencode {
            entries.push(self.entry(before_shell.0, before_shell.1, true));
        }
        entries
    }

    fn entry(&self, event: &'static str, matcher: &str, guards_shell: bool) -> HookEntry {
        let command = self.command(guards_shell);
        let mut element = Map::new();
        if !matcher.is_empty() {
            element.insert("matcher".to_owned(), matcher.into());
        }
        match self.client {
            HookClient::Cursor => {
                element.insert("command".to_owned(), command.into());
                element.insert("timeout".to_owned(), TIMEOUT_SECONDS.into());
            }
            HookClient::Gemini => {
                let handler = json!({
                    "name": "persistproc", "type": "command", "command": command,
                    "timeout": TIMEOUT_SECONDS * 1000,
                });
                element.insert("hooks".to_owned(), json!([handler]));
            }
            _ => {
                let handler =
                    json!({"type": "command", "command": command, "timeout": TIMEOUT_SECONDS});
                element.insert("hooks".to_owned(), json!([handler]));
            }
        }
        HookEntry { event, element: Value::Object(element) }
    }
}

/// Whether a command of a hook is ours: `persistproc hook <client>`, by any path.
pub(super) fn is_own_command(client: HookClient, command: &str) -> bool {
    let Ok(words) = shell_words::split(command) else { return false };
    let program = words.first().and_then(|program| program.rsplit('/').next());
    let is_own_program = program.is_some_and(|name| name == "persistproc" || name == "pp");
    is_own_program && words.get(1..3) == Some(&["hook".to_owned(), client.word().to_owned()])
}
