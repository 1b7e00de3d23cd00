//! Adds and removes the entry in typical configs of each syntax.

use std::path::PathBuf;

use crate::agents::{Agent, Endpoint, Transport};

fn endpoint() -> Endpoint {
    let program = PathBuf::from("/opt/persistproc");
    Endpoint { url: "http://127.0.0.1:8947/mcp".into(), program, arguments: vec!["mcp".into()] }
}

const JSON: [(&str, &str); 11] = [
    ("only comments", "// mine\n"),
    ("missing", ""),
    ("empty", "{}"),
    ("no container", "{\n  \"theme\": \"dark\"\n}\n"),
    ("on one line", "{\"theme\": \"dark\", \"mcpServers\": {\"git\": {\"command\": \"git-mcp\"}}}"),
    ("an empty container", "{\n    \"mcpServers\": {},\n    \"theme\": \"dark\"\n}\n"),
    (
        "comments",
        "// mine\n{\n  // servers\n  \"mcpServers\": {\n    // git\n    \"git\": {\"command\": \"git-mcp\"} // local\n    // last\n  }\n}\n",
    ),
    (
        "a trailing comma",
        "{\n  \"mcpServers\": {\n    \"git\": {\n      \"command\": \"git-mcp\",\n    },\n  },\n}\n",
    ),
    (
        "tabs",
        "{\n\t\"mcpServers\": {\n\t\t\"git\": {\n\t\t\t\"command\": \"git-mcp\"\n\t\t}\n\t}\n}",
    ),
    ("CRLF", "{\r\n  \"mcpServers\": {\r\n    \"git\": {}\r\n  }\r\n}\r\n"),
    ("a blank last line", "{\n  \"mcpServers\": {\n    \"git\": {}\n  }\n}\n\n"),
];

const TOML: [(&str, &str); 6] = [
    ("missing", ""),
    ("no container", "model = \"o5\" # fast\n\n[profiles.a]\nmodel = \"o4\"\n"),
    (
        "other servers",
        "# mine\n[mcp_servers.git] # local\ncommand = \"git-mcp\"\n\n# last\n[profiles.a]\nmodel = \"o4\"\n",
    ),
    ("on one line", "mcp_servers = { git = { command = \"git-mcp\" } }\n"),
    ("a table of servers", "[mcp_servers]\ngit = { command = \"git-mcp\" }\n"),
    ("no final newline", "model = \"o5\""),
];

const YAML: [(&str, &str); 7] = [
    ("missing", ""),
    ("only comments", "# mine\n"),
    ("no container", "GOOSE_MODEL: o5 # fast\n"),
    (
        "other servers",
        "# mine\nextensions:\n  developer:   # built in\n    enabled: true\n    args: []\n\n  # local\n  git: {enabled: false, type: stdio}\nGOOSE_MODEL: o5\n",
    ),
    ("four spaces", "GOOSE_MODEL: o5\nextensions:\n    developer:\n        enabled: true"),
    ("on one line", "extensions: {developer: {enabled: true}}\n"),
    ("a container without a value", "extensions:\nGOOSE_MODEL: o5\n"),
];

/// Adds the entry to the text. Asserts that adding it again changes nothing. Shows the text after
/// removal too, if it differs from the original.
fn put(agent: Agent, text: &str) -> String {
    let editor = agent.editor();
    let entry = agent.entry(Transport::Http, &endpoint()).unwrap();
    let put = editor.put(text, &entry).unwrap_or_else(|error| panic!("{error:?} in\n{text}"));
    let found = editor.read(&put).unwrap();
    assert!(entry.has_same_address(&found.unwrap_or_else(|| panic!("not in\n{put}"))), "{put}");
    assert_eq!(editor.put(&put, &entry).unwrap(), put);
    let without = editor.remove(&put).unwrap();
    assert_eq!(editor.read(&without).unwrap(), None);
    if without == text { put } else { format!("{put}\n(after removal:)\n{without}") }
}

fn all(agent: Agent, samples: &[(&str, &str)]) -> String {
    let sections = samples.iter().map(|(name, text)| {
        let text = put(agent, text).replace('\r', "␍").replace('\t', "→");
        format!("== {name}\n{text}")
    });
    sections.collect::<Vec<_>>().join("\n")
}

#[test]
fn json() {
    insta::assert_snapshot!(all(Agent::ClaudeCode, &JSON));
}

#[test]
fn toml() {
    insta::assert_snapshot!(all(Agent::Codex, &TOML));
}

#[test]
fn yaml() {
    insta::assert_snapshot!(all(Agent::Goose, &YAML));
}

#[test]
fn an_entry_with_another_address_keeps_the_users_fields() {
    let texts = [
        (
            Agent::Cursor,
            "{\n  \"mcpServers\": {\n    \"persistproc\": {\n      // old\n      \"command\": \"npx\",\n      \"args\": [\"mcp-remote\"],\n      \"disabled\": true // for now\n    }\n  }\n}\n",
        ),
        (
            Agent::Codex,
            "[mcp_servers.persistproc]\n# old\nurl = \"http://127.0.0.1:1/mcp\" # there\nstartup_timeout_sec = 5\n\n[mcp_servers.git]\ncommand = \"git-mcp\"\n",
        ),
        (
            Agent::Goose,
            "extensions:\n  persistproc:\n    enabled: false # for now\n    type: stdio\n    # old\n    cmd: npx\n    args: [mcp-remote]\n    timeout: 3\n  git:\n    enabled: true\n",
        ),
    ];
    let changed = |(agent, text): &(Agent, &str)| {
        let entry = agent.entry(Transport::Http, &endpoint()).unwrap();
        agent.editor().put(text, &entry).unwrap()
    };
    insta::assert_snapshot!(texts.iter().map(changed).collect::<Vec<_>>().join("==\n"));
}

#[test]
fn a_malformed_file_is_reported_with_its_line() {
    let texts = [
        (Agent::Cursor, "{\n  \"mcpServers\": {\n    \"git\": {\n}\n"),
        (Agent::Cursor, "{\n  \"a\": 1\n  \"b\": 2\n}\n"),
        (Agent::Cursor, "{\n  \"mcpServers\": []\n}\n"),
        (Agent::Cursor, "[]"),
        (Agent::Cursor, "{'a': 1}"),
        (Agent::Codex, "model = \"o5\"\n[mcp_servers\n"),
        (Agent::Codex, "\nmcp_servers = 3\n"),
        (Agent::Goose, "a: [1\nb: 2\n"),
        (Agent::Goose, "a: 1\n\tb: 2\n"),
        (Agent::Goose, "a: 1\nextensions:\n- git\n"),
        (Agent::Goose, "- a\n"),
        (Agent::Goose, "a: 1\n---\nb: 2\n"),
    ];
    let reported = |(agent, text): &(Agent, &str)| {
        let entry = agent.entry(Transport::Http, &endpoint()).unwrap();
        let error = agent.editor().put(text, &entry).unwrap_err();
        assert_eq!(agent.editor().read(text), Err(error.clone()));
        assert_eq!(agent.editor().remove(text), Err(error.clone()));
        format!("{text:?}\n    line {}: {}", error.line, error.cause)
    };
    insta::assert_snapshot!(texts.iter().map(reported).collect::<Vec<_>>().join("\n"));
}
