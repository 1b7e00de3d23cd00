//! `Agent`: the supported agents as data: names, config files, formats, programs. To add an agent,
//! add an arm here and in [`super::server_entry`].

use clap::ValueEnum;
use serde::Serialize;

/// A supported agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Agent {
    #[value(alias = "claude")]
    ClaudeCode,
    Cursor,
    Codex,
    #[value(alias = "gemini-cli")]
    Gemini,
    #[serde(rename = "vscode")]
    #[value(name = "vscode", aliases = ["vs-code", "code"])]
    VsCode,
    Windsurf,
    Zed,
    Opencode,
    Goose,
    ClaudeDesktop,
}

/// The config to change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// The config of this user
    #[default]
    User,
    /// The config of this project, shared by all its users
    Project,
}

/// The file format of a config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// JSON with comments and trailing commas, whether or not the agent accepts them.
    Json,
    Toml,
    Yaml,
}

/// The folder that a user config path is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// The folder in this environment variable; if unset, this folder below the home.
    Variable(&'static str, &'static str),
    Home,
    /// `$XDG_CONFIG_HOME`; if unset, `~/.config`.
    Config,
    /// `~/Library/Application Support` on macOS, otherwise the same as [`Base::Config`].
    Application,
}

/// The properties of an agent.
#[derive(Debug)]
pub(crate) struct AgentSpec {
    /// The display name.
    pub(crate) name: &'static str,
    pub(crate) syntax: Syntax,
    pub(crate) base: Base,
    /// Paths of the user config below `base`: the first that exists, otherwise the first.
    pub(crate) user: &'static [&'static str],
    /// Paths of the project config below the project; empty if the agent has none.
    pub(crate) project: &'static [&'static str],
    /// The key in the config that holds the MCP servers.
    pub(crate) container: &'static str,
    /// A program on the `PATH` that shows that the agent is installed.
    pub(crate) program: Option<&'static str>,
}

impl Agent {
    /// The name on the command line.
    pub(crate) fn word(self) -> String {
        let value = self.to_possible_value();
        value.map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    pub(crate) fn name(self) -> &'static str {
        self.spec().name
    }

    pub(crate) fn all() -> &'static [Self] {
        Self::value_variants()
    }

    pub(crate) fn spec(self) -> AgentSpec {
        match self {
            Self::ClaudeCode => AgentSpec {
                name: "Claude Code",
                syntax: Syntax::Json,
                base: Base::Variable("CLAUDE_CONFIG_DIR", ""),
                user: &[".claude.json"],
                project: &[".mcp.json"],
                container: "mcpServers",
                program: Some("claude"),
            },
            Self::Cursor => AgentSpec {
                name: "Cursor",
                syntax: Syntax::Json,
                base: Base::Home,
                user: &[".cursor/mcp.json"],
                project: &[".cursor/mcp.json"],
                container: "mcpServers",
                program: Some("cursor"),
            },
            Self::Codex => AgentSpec {
                name: "Codex",
                syntax: Syntax::Toml,
                base: Base::Variable("CODEX_HOME", ".codex"),
                user: &["config.toml"],
                project: &[".codex/config.toml"],
                container: "mcp_servers",
                program: Some("codex"),
            },
            Self::Gemini => AgentSpec {
                name: "Gemini CLI",
                syntax: Syntax::Json,
                base: Base::Home,
                user: &[".gemini/settings.json"],
                project: &[".gemini/settings.json"],
                container: "mcpServers",
                program: Some("gemini"),
            },
            Self::VsCode => AgentSpec {
                name: "VS Code",
                syntax: Syntax::Json,
                base: Base::Application,
                user: &["Code/User/mcp.json"],
                project: &[".vscode/mcp.json"],
                container: "servers",
                program: Some("code"),
            },
            Self::Windsurf => AgentSpec {
                name: "Windsurf",
                syntax: Syntax::Json,
                base: Base::Home,
                user: &[".codeium/windsurf/mcp_config.json"],
                project: &[],
                container: "mcpServers",
                program: Some("windsurf"),
            },
            Self::Zed => AgentSpec {
                name: "Zed",
                syntax: Syntax::Json,
                base: Base::Config,
                user: &["zed/settings.json"],
                project: &[],
                container: "context_servers",
                program: Some("zed"),
            },
            Self::Opencode => AgentSpec {
                name: "opencode",
                syntax: Syntax::Json,
                base: Base::Config,
                user: &["opencode/opencode.json", "opencode/opencode.jsonc"],
                project: &["opencode.json", "opencode.jsonc"],
                container: "mcp",
                program: Some("opencode"),
            },
            Self::Goose => AgentSpec {
                name: "Goose",
                syntax: Syntax::Yaml,
                base: Base::Config,
                user: &["goose/config.yaml"],
                project: &[],
                container: "extensions",
                program: Some("goose"),
            },
            Self::ClaudeDesktop => AgentSpec {
                name: "Claude Desktop",
                syntax: Syntax::Json,
                base: Base::Application,
                user: &["Claude/claude_desktop_config.json"],
                project: &[],
                container: "mcpServers",
                program: None,
            },
        }
    }
}
