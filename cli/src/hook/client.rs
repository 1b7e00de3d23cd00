//! [`HookClient`]: the agents that call hooks.

use clap::ValueEnum;

/// An agent that runs `persistproc hook` at certain events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum HookClient {
    #[value(alias = "claude")]
    ClaudeCode,
    Codex,
    Cursor,
    #[value(alias = "gemini-cli")]
    Gemini,
    Opencode,
}

impl HookClient {
    /// The name on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Cursor => "cursor",
            Self::Gemini => "gemini",
            Self::Opencode => "opencode",
        }
    }

    /// The name that the agent gives itself over MCP, and that its shell gives.
    pub(crate) fn client_name(self) -> &'static str {
        match self {
            Self::Gemini => "gemini-cli",
            other => other.word(),
        }
    }

    /// Whether the client runs another command without granting it permission by that. Codex accepts
    /// another command only together with `allow`.
    pub(crate) fn accepts_rewrites(self) -> bool {
        self != Self::Codex
    }
}
