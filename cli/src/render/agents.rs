//! Agents and how to connect them, as text for `mcp install`, `mcp uninstall`, `mcp print` and `serve`.

use crate::agents::config_paths::ConfigPaths;
use crate::agents::detection::{AgentConnection, DetectedAgent};
use crate::agents::edit::{EditAction, EditResult};
use crate::agents::instructions::Instructions;
use crate::agents::{Agent, Endpoint, Scope};
use crate::render::{diff, words};

/// Instructions for all agents, at most two lines each: the command, or the file and the entry.
pub(crate) fn instructions_summary(all: &[Instructions], paths: &ConfigPaths) -> Vec<String> {
    let mut lines = beside_names(all, |instructions| short_instructions(instructions, paths));
    lines.push(String::new());
    lines.push("`persistproc mcp install <agent>` does this for you. `persistproc mcp print <agent>` shows the details.".into());
    lines
}

/// The command that connects each agent, one line each: the agent's own command or ours.
pub(crate) fn connect_commands(all: &[Instructions], endpoint: &Endpoint) -> Vec<String> {
    beside_names(all, |instructions| {
        let command = instructions.command.clone();
        vec![command.unwrap_or_else(|| endpoint.install_command(instructions.agent))]
    })
}

/// Two columns: the name of each agent, and the lines about it.
fn beside_names(
    all: &[Instructions],
    lines_about: impl Fn(&Instructions) -> Vec<String>,
) -> Vec<String> {
    let width = all.iter().map(|instructions| instructions.name.len()).max().unwrap_or(0);
    let mut rows = Vec::new();
    for instructions in all {
        let mut name = instructions.name;
        for line in lines_about(instructions) {
            rows.push(format!("{name:width$}  {line}"));
            name = "";
        }
    }
    rows
}

fn short_instructions(instructions: &Instructions, paths: &ConfigPaths) -> Vec<String> {
    if let Some(command) = &instructions.command {
        return vec![command.clone()];
    }
    let [container, name] = instructions.path;
    let entry = serde_json::to_string(&instructions.entry).unwrap_or_default();
    vec![paths.abbreviate(&instructions.file), format!("{container}: {{\"{name}\": {entry}}}")]
}

/// Full instructions for one agent: what to run, or what to write to which file.
pub(crate) fn instructions(instructions: &Instructions, paths: &ConfigPaths) -> Vec<String> {
    let mut lines = Vec::new();
    let name = instructions.name;
    let file = paths.abbreviate(&instructions.file);
    match &instructions.command {
        Some(command) => {
            lines.push(format!("{name}: run this command:"));
            lines.push(String::new());
            lines.push(format!("  {command}"));
            lines.push(String::new());
            lines.push(format!("or write this to {file}:"));
        }
        None => lines.push(format!("{name}: write this to {file}:")),
    }
    lines.push(String::new());
    lines.extend(instructions.text.lines().map(str::to_owned));
    lines
}

/// The installed agents, each with its connection or the command that connects it; then the others.
pub(crate) fn overview(
    agents: &[DetectedAgent],
    paths: &ConfigPaths,
    endpoint: &Endpoint,
) -> Vec<String> {
    let (installed, missing): (Vec<_>, Vec<_>) = agents.iter().partition(|agent| agent.installed);
    let width = installed.iter().map(|agent| agent.name.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for agent in &installed {
        lines.push(format!("{:width$}  {}", agent.name, connection(agent, paths, endpoint)));
    }
    if lines.is_empty() {
        lines.push("No supported agent is installed on this machine.".into());
    }
    lines.push(String::new());
    if !missing.is_empty() {
        let missing: Vec<_> = missing.iter().map(|agent| agent.agent.word()).collect();
        lines.push(format!("Not found: {}.", missing.join(", ")));
    }
    lines.push("To connect another agent, adapt the output of `persistproc mcp print`.".into());
    lines
}

fn connection(agent: &DetectedAgent, paths: &ConfigPaths, endpoint: &Endpoint) -> String {
    let file = paths.abbreviate(&agent.file);
    let install = endpoint.install_command(agent.agent);
    match &agent.connection {
        AgentConnection::Connected => format!("connected ({file})"),
        AgentConnection::NotConnected => format!("not connected: {install}"),
        AgentConnection::ConnectedElsewhere { address } => {
            format!("connected to {} instead: {install}", words::shown(address))
        }
        AgentConnection::Unreadable { error } => words::shown(&error.message),
    }
}

/// The note for agents that connect over HTTP, which do not start the daemon themselves.
pub(crate) fn daemon_must_run(agent: Agent) -> String {
    let name = agent.name();
    format!(
        "The daemon must be running when {name} starts. Any `pp` command starts it. Without --http, {name} starts it."
    )
}

/// What an edit has done, without a full stop.
pub(crate) fn edit_done(result: &EditResult, paths: &ConfigPaths) -> String {
    let name = result.edit.agent.name();
    let verb = match result.edit.action {
        EditAction::Install { .. } => "Connected",
        EditAction::Uninstall => "Disconnected",
    };
    if result.commands.is_empty() {
        format!("{verb} {name} ({})", paths.abbreviate(&result.file))
    } else {
        format!("{verb} {name} with its own command")
    }
}

/// The changes of an edit, or with `dry_run` the changes that it would make.
pub(crate) fn edit_result(result: &EditResult, dry_run: bool, paths: &ConfigPaths) -> Vec<String> {
    let name = result.edit.agent.name();
    let file = paths.abbreviate(&result.file);
    let installs = matches!(result.edit.action, EditAction::Install { .. });
    if !result.changed {
        let state = if installs { "already connected" } else { "not connected" };
        return vec![format!("{name} is {state} ({file}).")];
    }
    let mut lines = vec![match (dry_run, !result.commands.is_empty()) {
        (true, true) => "This would run:".to_owned(),
        (true, false) => format!("This would change {file}:"),
        (false, true) => format!("{}:", edit_done(result, paths)),
        (false, false) => format!("{}.", edit_done(result, paths)),
    }];
    lines.extend(result.commands.iter().map(|line| format!("  $ {line}")));
    lines.extend(diff::lines(&result.before, &result.after).iter().map(|line| format!("  {line}")));
    if let Some(backup) = &result.backup {
        lines.push(format!("Backup: {}", paths.abbreviate(backup)));
    }
    if installs && result.edit.scope == Scope::Project && !dry_run {
        lines.push(format!("{name} asks for confirmation before it uses project settings."));
    }
    lines
}
