//! What each agent wants to read about persistproc: the one value below its list of servers. It
//! knows no file and no format.

use std::path::PathBuf;

use persistproc_api::Problem;
use persistproc_api::place::DEFAULT_PORT;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Agent, NAME};

/// How an agent talks to persistproc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// To the daemon's port.
    Http,
    /// To `persistproc mcp`, which it starts.
    Stdio,
}

/// Where persistproc is to be found.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) url: String,
    /// This program, as an absolute path: an agent with windows has a bare PATH.
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
}

/// One server in an agent's settings: names and values in the order in which they are written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry(pub(crate) Vec<(&'static str, Value)>);

impl Serialize for Entry {
    /// As an object, in this order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The names that say where a server is. They are ours to set; all others belong to the user.
const WHERE: [&str; 9] =
    ["type", "url", "httpUrl", "serverUrl", "uri", "command", "cmd", "args", "oauth"];

/// How long a tool may take: `wait` takes as long as it was asked to.
const PATIENCE_SECONDS: u32 = 600;

impl Agent {
    /// HTTP, where the agent can.
    pub(crate) fn way(self, stdio: bool) -> Way {
        if stdio || self == Self::ClaudeDesktop { Way::Stdio } else { Way::Http }
    }

    /// What new settings of it begin with.
    pub(crate) fn beginning(self) -> &'static str {
        match self {
            Self::Opencode => "{\n  \"$schema\": \"https://opencode.ai/config.json\"\n}\n",
            _ => "",
        }
    }

    /// What to write below its servers.
    pub(crate) fn entry(self, way: Way, door: &Door) -> Result<Entry, Problem> {
        match way {
            Way::Http => self.http(&door.url),
            Way::Stdio => Ok(self.stdio(door)),
        }
    }

    fn http(self, url: &str) -> Result<Entry, Problem> {
        let seconds = PATIENCE_SECONDS;
        Ok(Entry(match self {
            Self::ClaudeCode | Self::Gemini => vec![
                ("type", json!("http")),
                ("url", json!(url)),
                ("timeout", json!(seconds * 1000)),
            ],
            Self::Cursor | Self::Zed => vec![("url", json!(url))],
            Self::Codex => vec![("url", json!(url)), ("tool_timeout_sec", json!(seconds))],
            Self::VsCode => vec![("type", json!("http")), ("url", json!(url))],
            Self::Windsurf => vec![("serverUrl", json!(url))],
            Self::Opencode => vec![
                ("type", json!("remote")),
                ("url", json!(url)),
                ("enabled", json!(true)),
                ("oauth", json!(false)),
            ],
            Self::Goose => goose("streamable_http", vec![("uri", json!(url))]),
            Self::ClaudeDesktop => {
                return Err(Problem::invalid(
                    "Claude Desktop cannot reach a port of this machine.",
                )
                .hint("It works over stdio: persistproc mcp install claude-desktop --stdio"));
            }
        }))
    }

    fn stdio(self, door: &Door) -> Entry {
        let command = ("command", json!(door.program));
        let arguments = ("args", json!(door.arguments));
        let seconds = PATIENCE_SECONDS;
        Entry(match self {
            Self::ClaudeCode | Self::VsCode => vec![("type", json!("stdio")), command, arguments],
            Self::Cursor | Self::Windsurf | Self::ClaudeDesktop => vec![command, arguments],
            Self::Zed => vec![command, arguments, ("env", json!({}))],
            Self::Codex => vec![command, arguments, ("tool_timeout_sec", json!(seconds))],
            Self::Gemini => vec![command, arguments, ("timeout", json!(seconds * 1000))],
            Self::Opencode => vec![
                ("type", json!("local")),
                ("command", json!(door.words())),
                ("enabled", json!(true)),
            ],
            Self::Goose => goose("stdio", vec![("cmd", json!(door.program)), arguments]),
        })
    }
}

fn goose(kind: &str, there: Vec<(&'static str, Value)>) -> Vec<(&'static str, Value)> {
    let before = [
        ("enabled", json!(true)),
        ("type", json!(kind)),
        ("name", json!(NAME)),
        ("description", json!("Processes that people and agents share")),
    ];
    let after = [("timeout", json!(PATIENCE_SECONDS))];
    before.into_iter().chain(there).chain(after).collect()
}

impl Door {
    /// The command that connects an agent to this very daemon.
    pub(crate) fn installing(&self, agent: Agent) -> String {
        let base = self.url.trim_end_matches("/mcp");
        let port = base.rsplit(':').next().and_then(|port| port.parse().ok());
        let flag = port.filter(|port: &u16| *port != DEFAULT_PORT);
        let flag = flag.map(|port| format!(" --port {port}")).unwrap_or_default();
        format!("persistproc mcp install {}{flag}", agent.word())
    }

    /// The command line of the bridge.
    pub(crate) fn words(&self) -> Vec<String> {
        let program = self.program.to_string_lossy().into_owned();
        std::iter::once(program).chain(self.arguments.iter().cloned()).collect()
    }
}

impl Entry {
    /// Whether what stands in the settings leads to the same place.
    pub(crate) fn leads_as(&self, found: &Value) -> bool {
        WHERE.iter().all(|name| {
            let ours = self.get(name).map(plain);
            ours == found.get(name).map(plain)
        })
    }

    /// The names in the settings that lead elsewhere.
    pub(crate) fn strangers<'a>(&'a self, found: &'a Value) -> impl Iterator<Item = &'static str> {
        WHERE.into_iter().filter(|name| found.get(name).is_some() && self.get(name).is_none())
    }

    /// What has to be set in an entry that is there already: the user's own values stay.
    pub(crate) fn directions(&self, found: &Value) -> impl Iterator<Item = &(&'static str, Value)> {
        self.0.iter().filter(|(name, value)| {
            WHERE.contains(name) && found.get(name).map(plain) != Some(plain(value))
        })
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

/// `…/mcp` and `…/mcp/` are one address.
fn plain(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.starts_with("http") => json!(text.trim_end_matches('/')),
        _ => value.clone(),
    }
}

/// Where an entry of whatever kind leads, for people.
pub(crate) fn leads_to(found: &Value) -> String {
    let text = |name: &str| found.get(name).and_then(Value::as_str).map(str::to_owned);
    let words = |name: &str| {
        let words = found.get(name)?.as_array()?.iter().filter_map(Value::as_str);
        Some(words.collect::<Vec<_>>().join(" "))
    };
    let address = ["url", "httpUrl", "serverUrl", "uri"].into_iter().find_map(text);
    let program = || ["command", "cmd"].into_iter().find_map(text);
    let arguments = words("args").filter(|words| !words.is_empty());
    let line = || Some(format!("{} {}", program()?, arguments.unwrap_or_default()));
    address
        .or_else(line)
        .or_else(|| words("command"))
        .map_or_else(|| "nowhere".to_owned(), |text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Door {
        let program = PathBuf::from("/opt/persistproc");
        Door { url: "http://127.0.0.1:8947/mcp".into(), program, arguments: vec!["mcp".into()] }
    }

    #[test]
    fn every_agent_has_an_entry_for_its_way() {
        for agent in Agent::all() {
            for stdio in [false, true] {
                let entry = agent.entry(agent.way(stdio), &door()).unwrap();
                let object: Value = entry
                    .0
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect();
                assert!(entry.leads_as(&object), "{agent:?}");
                assert_eq!(entry.strangers(&object).count(), 0);
                assert_eq!(entry.directions(&object).count(), 0);
                assert_ne!(leads_to(&object), "nowhere", "{agent:?}");
            }
        }
        assert!(Agent::ClaudeDesktop.entry(Way::Http, &door()).is_err());
    }

    #[test]
    fn what_the_user_added_is_no_difference() {
        let entry = Agent::Cursor.entry(Way::Http, &door()).unwrap();
        let found = json!({"url": "http://127.0.0.1:8947/mcp/", "disabled": true});
        assert!(entry.leads_as(&found));
        let elsewhere = json!({"command": "npx", "args": ["mcp-remote"], "env": {}});
        assert!(!entry.leads_as(&elsewhere));
        assert_eq!(entry.strangers(&elsewhere).collect::<Vec<_>>(), ["command", "args"]);
        assert_eq!(leads_to(&elsewhere), "npx mcp-remote");
    }
}
