//! `ServerEntry`: the entry for persistproc in each agent's config, independent of file and format.

use std::path::PathBuf;

use persistproc_api::Problem;
use persistproc_api::data_dirs::DEFAULT_PORT;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Agent, Scope};

/// The name of the entry in every config.
pub(crate) const SERVER_NAME: &str = "persistproc";

/// How an agent connects to persistproc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Transport {
    /// HTTP on the daemon's port.
    Http,
    /// `persistproc mcp`, which the agent starts.
    Stdio,
}

/// The addresses of this persistproc.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    /// The absolute path of this program. A name is not enough: desktop applications have a minimal
    /// `PATH`.
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
}

/// The fields of a server in an agent's config, in the order in which they are written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServerEntry(pub(crate) Vec<(&'static str, Value)>);

impl Serialize for ServerEntry {
    /// Serializes as an object and keeps the order of the fields.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The fields that make up a server's address. An edit sets only these; the others belong to the user.
const ADDRESS_FIELDS: [&str; 9] =
    ["type", "url", "httpUrl", "serverUrl", "uri", "command", "cmd", "args", "oauth"];

/// The timeout of a tool call. Long, because `wait` takes as long as its caller asked for.
const TOOL_TIMEOUT_SECONDS: u32 = 600;

impl Agent {
    /// The bridge, which starts the daemon when the agent starts, unless HTTP is asked for and the agent
    /// supports it.
    pub(crate) fn transport(self, http: bool) -> Transport {
        if http && self != Self::ClaudeDesktop { Transport::Http } else { Transport::Stdio }
    }

    /// The text of a new config without servers.
    pub(crate) fn initial_config(self) -> &'static str {
        match self {
            Self::Opencode => "{\n  \"$schema\": \"https://opencode.ai/config.json\"\n}\n",
            _ => "",
        }
    }

    /// The entry to write into the config.
    pub(crate) fn entry(
        self,
        transport: Transport,
        endpoint: &Endpoint,
    ) -> Result<ServerEntry, Problem> {
        match transport {
            Transport::Http => self.http_entry(&endpoint.url),
            Transport::Stdio => Ok(self.stdio_entry(endpoint)),
        }
    }

    fn http_entry(self, url: &str) -> Result<ServerEntry, Problem> {
        let seconds = TOOL_TIMEOUT_SECONDS;
        Ok(ServerEntry(match self {
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
            Self::Goose => goose_fields("streamable_http", vec![("uri", json!(url))]),
            Self::ClaudeDesktop => {
                return Err(Problem::invalid("Claude Desktop cannot connect to a local port.")
                    .hint("Leave out `--http`: persistproc mcp install claude-desktop"));
            }
        }))
    }

    fn stdio_entry(self, endpoint: &Endpoint) -> ServerEntry {
        let command = ("command", json!(endpoint.program));
        let arguments = ("args", json!(endpoint.arguments));
        let seconds = TOOL_TIMEOUT_SECONDS;
        ServerEntry(match self {
            Self::ClaudeCode | Self::VsCode => vec![("type", json!("stdio")), command, arguments],
            Self::Cursor | Self::Windsurf | Self::ClaudeDesktop => vec![command, arguments],
            Self::Zed => vec![command, arguments, ("env", json!({}))],
            Self::Codex => vec![command, arguments, ("tool_timeout_sec", json!(seconds))],
            Self::Gemini => vec![command, arguments, ("timeout", json!(seconds * 1000))],
            Self::Opencode => vec![
                ("type", json!("local")),
                ("command", json!(endpoint.command_line())),
                ("enabled", json!(true)),
            ],
            Self::Goose => goose_fields("stdio", vec![("cmd", json!(endpoint.program)), arguments]),
        })
    }
}

fn goose_fields(kind: &str, address: Vec<(&'static str, Value)>) -> Vec<(&'static str, Value)> {
    let before = [
        ("enabled", json!(true)),
        ("type", json!(kind)),
        ("name", json!(SERVER_NAME)),
        ("description", json!("Processes that people and agents share")),
    ];
    let after = [("timeout", json!(TOOL_TIMEOUT_SECONDS))];
    before.into_iter().chain(address).chain(after).collect()
}

impl Endpoint {
    /// The same for settings of this scope. Those of a project are shared with other machines, where
    /// the program has another path.
    #[must_use]
    pub(crate) fn for_scope(self, scope: Scope) -> Self {
        match scope {
            Scope::User => self,
            Scope::Project => Self { program: SERVER_NAME.into(), ..self },
        }
    }

    /// The command that connects an agent to this daemon.
    pub(crate) fn install_command(&self, agent: Agent) -> String {
        let base = self.url.trim_end_matches("/mcp");
        let port = base.rsplit(':').next().and_then(|port| port.parse().ok());
        let flag = port.filter(|port: &u16| *port != DEFAULT_PORT);
        let flag = flag.map(|port| format!(" --port {port}")).unwrap_or_default();
        format!("persistproc mcp install {}{flag}", agent.word())
    }

    /// The command line that starts the stdio bridge.
    pub(crate) fn command_line(&self) -> Vec<String> {
        let program = self.program.to_string_lossy().into_owned();
        std::iter::once(program).chain(self.arguments.iter().cloned()).collect()
    }
}

impl ServerEntry {
    /// Whether an entry found in a config has the same address.
    pub(crate) fn has_same_address(&self, found: &Value) -> bool {
        ADDRESS_FIELDS.iter().all(|name| {
            let expected = self.get(name).map(without_trailing_slash);
            expected == found.get(name).map(without_trailing_slash)
        })
    }

    /// The address fields of an existing entry that have to be removed.
    pub(crate) fn fields_to_remove<'a>(
        &'a self,
        found: &'a Value,
    ) -> impl Iterator<Item = &'static str> {
        ADDRESS_FIELDS
            .into_iter()
            .filter(|name| found.get(name).is_some() && self.get(name).is_none())
    }

    /// The address fields of an existing entry that have to be set.
    pub(crate) fn fields_to_set(
        &self,
        found: &Value,
    ) -> impl Iterator<Item = &(&'static str, Value)> {
        self.0.iter().filter(|(name, value)| {
            let found = found.get(name).map(without_trailing_slash);
            ADDRESS_FIELDS.contains(name) && found != Some(without_trailing_slash(value))
        })
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

/// Whether an entry found in a config starts the bridge or names a port of this machine, as those do
/// that [`Agent::entry`] makes.
pub(crate) fn is_own_entry(found: &Value) -> bool {
    let text = |name: &str| match found.get(name)? {
        Value::Array(words) => words.first()?.as_str(),
        value => value.as_str(),
    };
    let is_own_program = |program: &str| program.rsplit('/').next() == Some(SERVER_NAME);
    ["command", "cmd"].into_iter().filter_map(text).any(is_own_program)
        || ["url", "httpUrl", "serverUrl", "uri"]
            .into_iter()
            .filter_map(text)
            .any(|url| url.starts_with("http://127.0.0.1:"))
}

/// Makes the URLs `…/mcp` and `…/mcp/` equal.
fn without_trailing_slash(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.starts_with("http") => json!(text.trim_end_matches('/')),
        _ => value.clone(),
    }
}

/// The address of any server entry as display text: its URL or its command line.
pub(crate) fn address_of(found: &Value) -> String {
    let address = url_of(found).or_else(|| command_line_of(found));
    address.map_or_else(|| "an unknown address".to_owned(), |text| text.trim().to_owned())
}

fn url_of(found: &Value) -> Option<String> {
    ["url", "httpUrl", "serverUrl", "uri"].iter().find_map(|name| text_field(found, name))
}

/// The program and its arguments. In an opencode config, `command` is an array with both.
fn command_line_of(found: &Value) -> Option<String> {
    let program = ["command", "cmd"].iter().find_map(|name| text_field(found, name));
    match program {
        Some(program) => {
            let arguments = array_field(found, "args").unwrap_or_default();
            Some(format!("{program} {arguments}"))
        }
        None => array_field(found, "command"),
    }
}

fn text_field(found: &Value, name: &str) -> Option<String> {
    found.get(name)?.as_str().map(str::to_owned)
}

/// The texts of an array field, joined with spaces.
fn array_field(found: &Value, name: &str) -> Option<String> {
    let words = found.get(name)?.as_array()?.iter().filter_map(Value::as_str);
    Some(words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        let program = PathBuf::from("/opt/persistproc");
        Endpoint { url: "http://127.0.0.1:8947/mcp".into(), program, arguments: vec!["mcp".into()] }
    }

    #[test]
    fn every_agent_has_an_entry_for_each_transport() {
        for agent in Agent::all() {
            for http in [false, true] {
                let entry = agent.entry(agent.transport(http), &endpoint()).unwrap();
                let object: Value = entry
                    .0
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect();
                assert!(entry.has_same_address(&object), "{agent:?}");
                assert_eq!(entry.fields_to_remove(&object).count(), 0);
                assert_eq!(entry.fields_to_set(&object).count(), 0);
                assert_ne!(address_of(&object), "an unknown address", "{agent:?}");
            }
        }
        assert!(Agent::ClaudeDesktop.entry(Transport::Http, &endpoint()).is_err());
    }

    #[test]
    fn fields_of_the_user_do_not_change_the_address() {
        let entry = Agent::Cursor.entry(Transport::Http, &endpoint()).unwrap();
        let found = json!({"url": "http://127.0.0.1:8947/mcp/", "disabled": true});
        assert!(entry.has_same_address(&found));
        let elsewhere = json!({"command": "npx", "args": ["mcp-remote"], "env": {}});
        assert!(!entry.has_same_address(&elsewhere));
        assert_eq!(entry.fields_to_remove(&elsewhere).collect::<Vec<_>>(), ["command", "args"]);
        assert_eq!(address_of(&elsewhere), "npx mcp-remote");
    }
}
