//! Which agents keep settings here, and whether those mention persistproc.

use std::fs;
use std::path::Path;

use super::Finding;

/// Its name, its settings below the home, and where it reads what people tell it.
struct Agent {
    name: &'static str,
    settings: &'static str,
    told_in: &'static str,
}

const AGENTS: [Agent; 4] = [
    Agent { name: "Claude Code", settings: ".claude.json", told_in: "CLAUDE.md" },
    Agent { name: "Cursor", settings: ".cursor/mcp.json", told_in: ".cursor/rules" },
    Agent { name: "Codex", settings: ".codex/config.toml", told_in: "AGENTS.md" },
    Agent { name: "Gemini CLI", settings: ".gemini/settings.json", told_in: "GEMINI.md" },
];

pub(super) fn findings(home: &Path) -> Vec<Finding> {
    let settings = |agent: &Agent| fs::read(home.join(agent.settings)).ok();
    let found: Vec<_> = AGENTS
        .iter()
        .filter_map(|agent| {
            settings(agent).map(|text| judge(agent, &String::from_utf8_lossy(&text)))
        })
        .collect();
    if found.is_empty() { vec![none()] } else { found }
}

fn none() -> Finding {
    let names = AGENTS.map(|agent| agent.name).join(", ");
    Finding::ok("agents", format!("No settings of these agents are here: {names}."))
}

fn judge(agent: &Agent, text: &str) -> Finding {
    let Agent { name, settings, told_in } = agent;
    if text.contains("persistproc") {
        return Finding::ok("agents", format!("{name} mentions persistproc (~/{settings})."));
    }
    let message = format!("{name} does not mention persistproc (~/{settings}).");
    Finding::ok("agents", message).advice(format!(
        "Tell it in {told_in} to run servers with `pp`; `pp --help` says the rest."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_that_are_there_count() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(findings(home.path()), [none()]);
        fs::create_dir(home.path().join(".codex")).unwrap();
        fs::write(home.path().join(".codex/config.toml"), "[mcp_servers.persistproc]").unwrap();
        fs::write(home.path().join(".claude.json"), b"{\"a\": \"\xff\"}").unwrap();
        let found = findings(home.path());
        let told = found.iter().map(|found| format!("{} {}", found.message, found.fix));
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
        Claude Code does not mention persistproc (~/.claude.json). Tell it in CLAUDE.md to run servers with `pp`; `pp --help` says the rest.
        Codex mentions persistproc (~/.codex/config.toml).
        ");
    }
}
