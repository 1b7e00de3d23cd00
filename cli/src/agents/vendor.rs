//! An agent's own command for adding a server, where it has one: it knows best how its settings
//! are kept. It is run to its end with nothing to read; what it says is handed back on failure.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use persistproc_api::{ErrorCode, Problem};
use serde_json::json;

use super::{Agent, Door, NAME, Way};

/// A command line of somebody else's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vendor(pub(crate) Vec<String>);

impl Agent {
    /// Adds persistproc for this user.
    pub(crate) fn adding(self, way: Way, door: &Door) -> Option<Vendor> {
        let url = door.url.as_str();
        let stdio = door.words();
        let words = match (self, way) {
            (Self::ClaudeCode, Way::Http) => {
                vec!["claude", "mcp", "add", "--transport", "http", "--scope", "user", NAME, url]
            }
            (Self::ClaudeCode, Way::Stdio) => {
                let words = ["claude", "mcp", "add", "--scope", "user", NAME, "--"];
                words.into_iter().chain(stdio.iter().map(String::as_str)).collect()
            }
            (Self::Codex, Way::Http) => vec!["codex", "mcp", "add", NAME, "--url", url],
            (Self::Codex, Way::Stdio) => {
                let words = ["codex", "mcp", "add", NAME, "--"];
                words.into_iter().chain(stdio.iter().map(String::as_str)).collect()
            }
            (Self::Gemini, Way::Http) => {
                vec!["gemini", "mcp", "add", "-s", "user", "-t", "http", NAME, url]
            }
            (Self::Gemini, Way::Stdio) => gemini(&stdio),
            (Self::VsCode, way) => return Some(Vendor::code(way, door)),
            _ => return None,
        };
        Some(Vendor(words.into_iter().map(str::to_owned).collect()))
    }

    /// Takes it out again.
    pub(crate) fn removing(self) -> Option<Vendor> {
        let words: &[&str] = match self {
            Self::ClaudeCode => &["claude", "mcp", "remove", "--scope", "user", NAME],
            Self::Codex => &["codex", "mcp", "remove", NAME],
            Self::Gemini => &["gemini", "mcp", "remove", "-s", "user", NAME],
            _ => return None,
        };
        Some(Vendor(words.iter().map(|word| (*word).to_owned()).collect()))
    }

    /// Whether its command refuses to add what is there already.
    pub(crate) fn wants_room(self) -> bool {
        self == Self::ClaudeCode
    }
}

/// Its own parser takes flags for its own, unless they come after two dashes.
fn gemini(stdio: &[String]) -> Vec<&str> {
    let flags = stdio.iter().position(|word| word.starts_with('-')).unwrap_or(stdio.len());
    let (words, flags) = stdio.split_at(flags);
    let dashes = (!flags.is_empty()).then_some("--");
    ["gemini", "mcp", "add", "-s", "user", NAME]
        .into_iter()
        .chain(words.iter().map(String::as_str))
        .chain(dashes)
        .chain(flags.iter().map(String::as_str))
        .collect()
}

impl Vendor {
    /// It takes one argument, which is JSON.
    fn code(way: Way, door: &Door) -> Self {
        let server = match way {
            Way::Http => json!({"name": NAME, "type": "http", "url": door.url}),
            Way::Stdio => {
                json!({"name": NAME, "type": "stdio", "command": door.program, "args": door.arguments})
            }
        };
        Self(vec!["code".into(), "--add-mcp".into(), server.to_string()])
    }

    /// The program's name.
    pub(crate) fn program(&self) -> &OsStr {
        OsStr::new(self.0.first().map_or("", String::as_str))
    }

    /// As it is typed.
    pub(crate) fn line(&self) -> String {
        shell_words::join(&self.0)
    }

    /// Runs it to its end.
    pub(crate) fn run(&self) -> Result<(), Problem> {
        let output = Command::new(self.program())
            .args(self.0.iter().skip(1))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| self.failed(&error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stderr, output.stdout].concat();
        let said = String::from_utf8_lossy(&said);
        Err(self.failed(&format!("{}; it said: {}", output.status, said.trim())))
    }

    fn failed(&self, why: &str) -> Problem {
        Problem::new(ErrorCode::Internal, format!("`{}` failed: {why}.", self.line()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_lines() {
        let door = Door {
            url: "http://127.0.0.1:8947/mcp".into(),
            program: "/opt/persistproc".into(),
            arguments: ["mcp", "--data-dir", "/d"].map(str::to_owned).to_vec(),
        };
        let lines = |agent: &Agent| {
            let adding = [Way::Http, Way::Stdio].map(|way| agent.adding(way, &door));
            adding.into_iter().chain([agent.removing()]).flatten().map(|vendor| vendor.line())
        };
        let lines = Agent::all().iter().flat_map(lines).collect::<Vec<_>>();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
