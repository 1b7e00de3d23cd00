//! The plugin of opencode, which has no hooks in its settings: a JavaScript file that calls `persistproc
//! hook opencode`.

use persistproc_api::fnv::hash_64;

use super::entries::HookSetup;
use crate::hook::client::HookClient;

/// The start of the first line. The hash of the rest follows: a file that was edited is not ours any
/// more.
const MARK: &str = "// Written by `persistproc mcp install opencode`, removed by `mcp uninstall`. ";

const TEMPLATE: &str = include_str!("opencode.js");

/// The text of the plugin.
pub(super) fn plugin(setup: &HookSetup) -> String {
    let mut words = shell_words::split(&setup.program).unwrap_or_default();
    words.extend(["hook".to_owned(), HookClient::Opencode.word().to_owned()]);
    words.extend(setup.arguments.iter().cloned());
    let command = serde_json::to_string(&words).unwrap_or_default();
    let body = TEMPLATE
        .replace("[\"persistproc\"]", &command)
        .replace("GUARDS_SHELL = false", &format!("GUARDS_SHELL = {}", setup.guards_shell));
    format!("{MARK}{:016x}\n{body}", hash_64(body.as_bytes()))
}

/// Whether the text is a plugin of ours, unchanged.
pub(super) fn is_own(text: &str) -> bool {
    let Some((first, body)) = text.split_once('\n') else { return false };
    let hash = first.strip_prefix(MARK);
    hash.is_some_and(|hash| hash == format!("{:016x}", hash_64(body.as_bytes())))
}

/// Whether a plugin of ours looks at shell commands.
pub(super) fn guards_shell(text: &str) -> bool {
    text.contains("GUARDS_SHELL = true")
}
