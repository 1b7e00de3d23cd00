//! The agents, as data: names, files, formats, programs. A new agent is an arm here and in
//! [`super::entry`], and nothing else.

use clap::ValueEnum;
use serde::Serialize;

/// An agent whose settings we know.
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

/// For whom settings are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// For this user, wherever they work
    #[default]
    User,
    /// For everyone who works in this directory
    Project,
}

/// How settings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// With comments and trailing commas allowed, whether the agent allows them or not.
    Json,
    Toml,
    Yaml,
}

/// Where the settings of a user begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// The folder in this variable, or else this one below the home.
    Own(&'static str, &'static str),
    Home,
    /// `$XDG_CONFIG_HOME`, or else `~/.config`.
    Config,
    /// `~/Library/Application Support` on macOS, else the same as [`Base::Config`].
    Application,
}

/// What there is to know about one agent.
#[derive(Debug)]
pub(crate) struct Facts {
    /// As its people call it.
    pub(crate) name: &'static str,
    pub(crate) syntax: Syntax,
    pub(crate) base: Base,
    /// Its settings below the base: the first that is there, or else the first.
    pub(crate) user: &'static [&'static str],
    /// The same below a project; empty: it has none.
    pub(crate) project: &'static [&'static str],
    /// The part of the settings that holds the servers.
    pub(crate) container: &'static str,
    /// The program by which one sees that it is installed.
    pub(crate) program: Option<&'static str>,
}

impl Agent {
    /// As it is typed.
    pub(crate) fn word(self) -> String {
        let value = self.to_possible_value();
        value.map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    pub(crate) fn name(self) -> &'static str {
        self.facts().name
    }

    pub(crate) fn all() -> &'static [Self] {
        Self::value_variants()
    }

    pub(crate) fn facts(self) -> Facts {
        match self {
            Self::ClaudeCode => Facts {
                name: "Claude Code",
                syntax: Syntax::Json,
                base: Base::Own("CLAUDE_CONFIG_DIR", ""),
                user: &[".claude.json"],
                project: &[".mcp.json"],
                container: "mcpServers",
                program: Some("claude"),
            },
            Self::Cursor => Facts {
                name: "Cursor",
                syntax: Syntax::Json,
                base: Base::Home,
                user: &[".cursor/mcp.json"],
                project: &[".cursor/mcp.json"],
                container: "mcpServers",
                program: Some("cursor"),
            },
            Self::Codex => Facts {
                name: "Codex",
                syntax: Syntax::Toml,
                base: Base::Own("CODEX_HOME", ".codex"),
                user: &["config.toml"],
                project: &[".codex/config.toml"],
                container: "mcp_servers",
                program: Some("codex"),
            },
            Self::Gemini => Facts {
                name: "Gemini CLI",
                syntax: Syntax::Json,
                base: Base::Home,
                user: &[".gemini/settings.json"],
                project: &[".gemini/settings.json"],
                container: "mcpServers",
                program: Some("gemini"),
            },
            Self::VsCode => Facts {
                name: "VS Code",
                syntax: Syntax::Json,
                base: Base::Application,
                user: &["Code/User/mcp.json"],
                project: &[".vscode/mcp.json"],
                container: "servers",
                program: Some("code"),
            },
            Self::Windsurf => Facts {
                name: "Windsurf",
                syntax: Syntax::Json,
                base: Base::Home,
                user: &[".codeium/windsurf/mcp_config.json"],
                project: &[],
                container: "mcpServers",
                program: Some("windsurf"),
            },
            Self::Zed => Facts {
                name: "Zed",
                syntax: Syntax::Json,
                base: Base::Config,
                user: &["zed/settings.json"],
                project: &[],
                container: "context_servers",
                program: Some("zed"),
            },
            Self::Opencode => Facts {
                name: "opencode",
                syntax: Syntax::Json,
                base: Base::Config,
                user: &["opencode/opencode.json", "opencode/opencode.jsonc"],
                project: &["opencode.json", "opencode.jsonc"],
                container: "mcp",
                program: Some("opencode"),
            },
            Self::Goose => Facts {
                name: "Goose",
                syntax: Syntax::Yaml,
                base: Base::Config,
                user: &["goose/config.yaml"],
                project: &[],
                container: "extensions",
                program: Some("goose"),
            },
            Self::ClaudeDesktop => Facts {
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
