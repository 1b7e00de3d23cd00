//! Whether the hooks of an agent are installed, and whether the agent can and may run them.

use std::path::Path;

use crate::agents::config_paths::ConfigPaths;
use crate::agents::detection::{AgentConnection, DetectedAgent};
use crate::agents::hooks::plugin::{self, guards_shell};
use crate::agents::hooks::{InstalledHooks, approved_by_codex, installed_in};
use crate::agents::{Agent, Endpoint, Scope};
use crate::doctor::finding::Finding;
use crate::programs::on_path;

/// What is known about the hooks of an agent.
struct HookFacts<'a> {
    name: &'static str,
    file: String,
    installed: Option<&'a InstalledHooks>,
    /// A program of a command that cannot be started.
    missing_program: Option<String>,
    /// Whether Claude Code also has the plugin.
    has_plugin: bool,
    /// Whether the user has approved them, if the agent asks.
    is_approved: bool,
    /// The command that installs them.
    install: String,
}

/// The finding about an agent that has hooks and is connected.
pub(super) fn check(
    agent: &DetectedAgent,
    paths: &ConfigPaths,
    endpoint: &Endpoint,
) -> Option<Finding> {
    agent.agent.hook_client()?;
    let file = paths.hook_file(agent.agent, Scope::User).ok()?;
    let plugin_folder = paths.plugin_folder();
    let has_plugin = agent.agent == Agent::ClaudeCode && plugin::is_installed(&plugin_folder);
    let installed = installed_in(agent.agent, &file);
    if installed.is_none() && (has_plugin || agent.connection != AgentConnection::Connected) {
        return has_plugin.then(|| of_plugin(agent.name, &plugin_folder, paths));
    }
    let commands = installed.as_ref().map(|hooks| hooks.commands.as_slice()).unwrap_or_default();
    let is_approved =
        agent.agent != Agent::Codex || installed.is_none() || approved_by_codex(&file, &agent.file);
    Some(judge(&HookFacts {
        name: agent.name,
        file: paths.abbreviate(&file),
        installed: installed.as_ref(),
        missing_program: commands.iter().find_map(|command| missing_program(command)),
        has_plugin,
        is_approved,
        install: endpoint.install_command(agent.agent),
    }))
}

fn of_plugin(name: &str, folder: &Path, paths: &ConfigPaths) -> Finding {
    let guard = if guards_shell(folder) { ", and looks at shell commands" } else { "" };
    let folder = paths.abbreviate(folder);
    Finding::ok("hooks", format!("{name} has the hooks of the plugin{guard} ({folder})."))
}

fn judge(facts: &HookFacts) -> Finding {
    let HookFacts { name, file, install, .. } = facts;
    let Some(installed) = facts.installed else {
        return Finding::ok("hooks", format!("{name} has no hooks of persistproc ({file})."))
            .with_advice(format!("Run `{install}` to add them."));
    };
    if facts.has_plugin {
        let message =
            format!("{name} has the hooks of persistproc twice: in {file} and as a plugin.");
        return Finding::problem("hooks", message, format!("Run `{install} --plugin`."));
    }
    if let Some(program) = &facts.missing_program {
        let message = format!("The hooks of {name} run {program}, which does not exist ({file}).");
        return Finding::problem("hooks", message, format!("Run `{install}` to correct them."));
    }
    let guard = if installed.guards_shell { ", also before shell commands" } else { "" };
    let finding =
        Finding::ok("hooks", format!("{name} has the hooks of persistproc{guard} ({file})."));
    if facts.is_approved {
        return finding;
    }
    finding
        .with_advice(format!("{name} skips them until you approve them: open `/hooks` in {name}."))
}

/// The program of a hook's command, if a shell would not find it.
fn missing_program(command: &str) -> Option<String> {
    let words = shell_words::split(command).ok()?;
    let program = words.into_iter().next()?;
    let exists = if program.contains('/') {
        Path::new(&program).exists()
    } else {
        on_path(&program).is_some()
    };
    (!exists).then_some(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_a_finding() {
        let installed = InstalledHooks { guards_shell: true, commands: Vec::new() };
        let facts = || HookFacts {
            name: "Codex",
            file: "~/.codex/hooks.json".to_owned(),
            installed: Some(&installed),
            missing_program: None,
            has_plugin: false,
            is_approved: true,
            install: "persistproc mcp install codex".to_owned(),
        };
        let findings = [
            facts(),
            HookFacts { installed: None, ..facts() },
            HookFacts { is_approved: false, ..facts() },
            HookFacts { missing_program: Some("/old/persistproc".to_owned()), ..facts() },
            HookFacts { has_plugin: true, ..facts() },
        ];
        let lines = findings.iter().map(|facts| {
            let Finding { ok, message, fix, .. } = judge(facts);
            format!("{ok}: {message} {fix}")
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
        true: Codex has the hooks of persistproc, also before shell commands (~/.codex/hooks.json). 
        true: Codex has no hooks of persistproc (~/.codex/hooks.json). Run `persistproc mcp install codex` to add them.
        true: Codex has the hooks of persistproc, also before shell commands (~/.codex/hooks.json). Codex skips them until you approve them: open `/hooks` in Codex.
        false: The hooks of Codex run /old/persistproc, which does not exist (~/.codex/hooks.json). Run `persistproc mcp install codex` to correct them.
        false: Codex has the hooks of persistproc twice: in ~/.codex/hooks.json and as a plugin. Run `persistproc mcp install codex --plugin`.
        "#);
    }
}
