//! [`approved_by_codex`]: whether the user has approved our hooks in Codex, which keeps that in its
//! `config.toml`, by the position of each hook.

use std::path::Path;

use toml_edit::DocumentMut;

use super::json;
use crate::agents::config_file;
use crate::hook::client::HookClient;

/// Whether Codex remembers an approval for each of our hooks. Whether it is for the present command is
/// known to Codex alone.
pub(crate) fn approved_by_codex(hooks: &Path, config: &Path) -> bool {
    let Ok(text) = config_file::read(hooks) else { return false };
    let Ok(config) = config_file::read(config) else { return false };
    let Ok(config) = config.parse::<DocumentMut>() else { return false };
    let state = config.get("hooks").and_then(|hooks| hooks.get("state"));
    let positions = json::positions(HookClient::Codex, &text).unwrap_or_default();
    let hooks = hooks.canonicalize().unwrap_or_else(|_| hooks.to_owned());
    !positions.is_empty()
        && positions.iter().all(|(event, group, handler)| {
            let key = format!("{}:{}:{group}:{handler}", hooks.display(), snake_case(event));
            let found = state.and_then(|state| state.get(&key));
            found.is_some_and(|found| found.get("trusted_hash").is_some())
        })
}

fn snake_case(event: &str) -> String {
    let mut text = String::new();
    for character in event.chars() {
        if character.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_approval_is_for_a_position() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let [hooks, config] = ["hooks.json", "config.toml"].map(|name| folder.join(name));
        let command = r#"{"type": "command", "command": "persistproc hook codex"}"#;
        let text = format!(
            r#"{{"hooks": {{"PostToolUse": [{{"hooks": []}}, {{"hooks": [{command}]}}]}}}}"#
        );
        fs::write(&hooks, text).unwrap();
        assert!(!approved_by_codex(&hooks, &config));
        for (position, expected) in [("0:0", false), ("1:0", true)] {
            let key = format!("{}:post_tool_use:{position}", hooks.display());
            let state = format!("[hooks.state.\"{key}\"]\ntrusted_hash = \"sha256:0\"\n");
            fs::write(&config, state).unwrap();
            assert_eq!(approved_by_codex(&hooks, &config), expected, "{position}");
        }
    }
}
