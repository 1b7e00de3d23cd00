//! `VendorCommand`: an agent's own command for adding or removing a server. If an agent has one, it
//! is preferred to editing the config, whose format the vendor may change.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use persistproc_api::{ErrorCode, Problem};
use serde_json::json;

use super::{Agent, Endpoint, SERVER_NAME, Transport};

/// The command line of an agent's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VendorCommand(pub(crate) Vec<String>);

impl Agent {
    /// The command that adds persistproc to the user config.
    pub(crate) fn add_command(
        self,
        transport: Transport,
        endpoint: &Endpoint,
    ) -> Option<VendorCommand> {
        let url = endpoint.url.as_str();
        let stdio = endpoint.command_line();
        let words = match (self, transport) {
            (Self::ClaudeCode, Transport::Http) => {
                vec![
                    "claude",
                    "mcp",
                    "add",
                    "--transport",
                    "http",
                    "--scope",
                    "user",
                    SERVER_NAME,
                    url,
                ]
            }
            (Self::ClaudeCode, Transport::Stdio) => {
                let words = ["claude", "mcp", "add", "--scope", "user", SERVER_NAME, "--"];
                words.into_iter().chain(stdio.iter().map(String::as_str)).collect()
            }
            (Self::Codex, Transport::Http) => {
                vec!["codex", "mcp", "add", SERVER_NAME, "--url", url]
            }
            (Self::Codex, Transport::Stdio) => {
                let words = ["codex", "mcp", "add", SERVER_NAME, "--"];
                words.into_iter().chain(stdio.iter().map(String::as_str)).collect()
            }
            (Self::Gemini, Transport::Http) => {
                vec!["gemini", "mcp", "add", "-s", "user", "-t", "http", SERVER_NAME, url]
            }
            (Self::Gemini, Transport::Stdio) => gemini_stdio(&stdio),
            (Self::VsCode, _) => return Some(VendorCommand::vs_code(transport, endpoint)),
            _ => return None,
        };
        Some(VendorCommand(words.into_iter().map(str::to_owned).collect()))
    }

    /// The command that removes persistproc from the user config.
    pub(crate) fn remove_command(self) -> Option<VendorCommand> {
        let words: &[&str] = match self {
            Self::ClaudeCode => &["claude", "mcp", "remove", "--scope", "user", SERVER_NAME],
            Self::Codex => &["codex", "mcp", "remove", SERVER_NAME],
            Self::Gemini => &["gemini", "mcp", "remove", "-s", "user", SERVER_NAME],
            _ => return None,
        };
        Some(VendorCommand(words.iter().map(|word| (*word).to_owned()).collect()))
    }

    /// Whether the add command fails if the config already has an entry of that name.
    pub(crate) fn add_fails_if_present(self) -> bool {
        self == Self::ClaudeCode
    }
}

/// `gemini` parses the flags of the server's command line as its own, unless they follow `--`.
fn gemini_stdio(stdio: &[String]) -> Vec<&str> {
    let flags = stdio.iter().position(|word| word.starts_with('-')).unwrap_or(stdio.len());
    let (words, flags) = stdio.split_at(flags);
    let dashes = (!flags.is_empty()).then_some("--");
    ["gemini", "mcp", "add", "-s", "user", SERVER_NAME]
        .into_iter()
        .chain(words.iter().map(String::as_str))
        .chain(dashes)
        .chain(flags.iter().map(String::as_str))
        .collect()
}

impl VendorCommand {
    /// `code` takes the server as one JSON argument.
    fn vs_code(transport: Transport, endpoint: &Endpoint) -> Self {
        let server = match transport {
            Transport::Http => json!({"name": SERVER_NAME, "type": "http", "url": endpoint.url}),
            Transport::Stdio => {
                json!({"name": SERVER_NAME, "type": "stdio", "command": endpoint.program, "args": endpoint.arguments})
            }
        };
        Self(vec!["code".into(), "--add-mcp".into(), server.to_string()])
    }

    /// The name of the program.
    pub(crate) fn program(&self) -> &OsStr {
        OsStr::new(self.0.first().map_or("", String::as_str))
    }

    /// The command line as typed in a shell.
    pub(crate) fn line(&self) -> String {
        shell_words::join(&self.0)
    }

    /// Runs the command to completion. The error contains its output.
    pub(crate) fn run(&self) -> Result<(), Problem> {
        let output = Command::new(self.program())
            .args(self.0.iter().skip(1))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.problem(&format!("cannot be started: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let text = [output.stderr, output.stdout].concat();
        let text = String::from_utf8_lossy(&text);
        Err(self.problem(&format!("failed ({}): {}", output.status, text.trim())))
    }

    fn problem(&self, what: &str) -> Problem {
        let what = what.trim_end_matches('.');
        Problem::new(ErrorCode::Internal, format!("`{}` {what}.", self.line()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn add_and_remove_commands_of_all_agents() {
        let endpoint = Endpoint {
            url: "http://127.0.0.1:8947/mcp".into(),
            program: "/opt/persistproc".into(),
            arguments: ["mcp", "--data-dir", "/d"].map(str::to_owned).to_vec(),
        };
        let mut lines = Vec::new();
        for agent in Agent::all() {
            let commands = [
                agent.add_command(Transport::Http, &endpoint),
                agent.add_command(Transport::Stdio, &endpoint),
                agent.remove_command(),
            ];
            lines.extend(commands.iter().flatten().map(VendorCommand::line));
        }
        insta::assert_snapshot!(lines.join("\n"));
    }
}
