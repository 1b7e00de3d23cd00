//! The variables that agents set for the programs they start: [`filter`] finds them, and [`agent`] tells
//! whose they are. They are left out of records: a process that an agent started is restarted by people,
//! too.

use std::ffi::OsStr;

use super::Environment;

/// The variables of one agent.
struct AgentVariables {
    /// The name that the agent gives itself over MCP; empty: unknown.
    agent: &'static str,
    /// Set by the agent and by no user.
    names: &'static [&'static str],
    /// Variables with these prefixes belong to the agent if one of `names` is set. Without it they
    /// are settings that a user makes for an agent, such as `CLAUDE_CODE_USE_BEDROCK`.
    prefixes: &'static [&'static str],
    /// Settings of the user that have one of these prefixes nevertheless.
    settings: &'static [&'static str],
}

const AGENTS: [AgentVariables; 6] = [
    AgentVariables {
        agent: "claude-code",
        names: &[
            "CLAUDECODE",
            "CLAUDE_CODE_ENTRYPOINT",
            "CLAUDE_CODE_EXECPATH",
            "CLAUDE_CODE_SESSION_ID",
            "CLAUDE_CODE_SSE_PORT",
            "CLAUDE_ENV_FILE",
            "CLAUDE_PID",
            "CLAUDE_PROJECT_DIR",
            "CLAUDE_PLUGIN_DATA",
            "CLAUDE_PLUGIN_ROOT",
        ],
        prefixes: &["CLAUDE_CODE_", "CLAUDE_PLUGIN_"],
        settings: &[],
    },
    AgentVariables {
        agent: "codex",
        names: &[
            "CODEX_CI",
            "CODEX_SANDBOX",
            "CODEX_SANDBOX_NETWORK_DISABLED",
            "CODEX_SESSION_ID",
            "CODEX_THREAD_ID",
        ],
        prefixes: &["CODEX_"],
        settings: &["CODEX_HOME", "CODEX_API_KEY"],
    },
    AgentVariables {
        agent: "gemini-cli",
        names: &[
            "GEMINI_CLI",
            "GEMINI_CLI_NO_RELAUNCH",
            "GEMINI_CWD",
            "GEMINI_PLANS_DIR",
            "GEMINI_PROJECT_DIR",
            "GEMINI_SESSION_ID",
        ],
        prefixes: &[],
        settings: &[],
    },
    AgentVariables {
        agent: "cursor",
        names: &[
            "CURSOR_AGENT",
            "CURSOR_INVOKED_AS",
            "CURSOR_PROJECT_DIR",
            "CURSOR_SANDBOX",
            "CURSOR_TRACE_ID",
            "CURSOR_TRANSCRIPT_PATH",
            "CURSOR_USER_EMAIL",
            "CURSOR_VERSION",
        ],
        prefixes: &["CURSOR_"],
        settings: &["CURSOR_API_KEY"],
    },
    AgentVariables {
        agent: "opencode",
        names: &["OPENCODE", "OPENCODE_CLIENT", "OPENCODE_PID", "OPENCODE_RUN_ID"],
        prefixes: &[],
        settings: &[],
    },
    // The name of the agent, as several agents set it.
    AgentVariables { agent: "", names: &["AI_AGENT"], prefixes: &[], settings: &[] },
];

/// The agent that these variables belong to.
pub(super) fn agent(environment: &Environment) -> Option<&'static str> {
    let mut named = present(environment).into_iter().map(|found| found.agent);
    named.find(|name| !name.is_empty())
}

/// The agents of which this environment has variables.
fn present(environment: &Environment) -> Vec<&'static AgentVariables> {
    let is_set = |agent: &&AgentVariables| {
        environment.names().any(|name| agent.names.iter().any(|known| name == *known))
    };
    AGENTS.iter().filter(is_set).collect()
}

/// With this variable an environment keeps those of agents.
const KEEP_VARIABLE: &str = "PERSISTPROC_KEEP_AGENT_VARIABLES";

/// Whether a name belongs to an agent, for the names of this environment.
pub(super) fn filter(environment: &Environment) -> impl Fn(&OsStr) -> bool {
    let keeps_all = environment.get(KEEP_VARIABLE).is_some_and(|value| !value.is_empty());
    let present = if keeps_all { Vec::new() } else { present(environment) };
    move |name: &OsStr| {
        let Some(name) = name.to_str() else { return false };
        present.iter().any(|agent| {
            let has_prefix = agent.prefixes.iter().any(|prefix| name.starts_with(prefix));
            agent.names.contains(&name) || has_prefix && !agent.settings.contains(&name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_kept(variables: &str, kept: &str) {
        let entries = |text: &str| -> Environment {
            text.split_whitespace().map(|name| (name.to_owned(), "1")).collect()
        };
        let left = entries(variables).without_agent_variables();
        assert!(left == entries(kept), "{:?}", left.names().collect::<Vec<_>>());
    }

    #[test]
    fn variables_of_agents_are_left_out_and_settings_of_users_are_not() {
        assert_kept("HOME CLAUDECODE CLAUDE_CODE_ANYTHING PATH AI_AGENT", "HOME PATH");
        assert_kept("CLAUDE_CODE_USE_BEDROCK CODEX_HOME", "CLAUDE_CODE_USE_BEDROCK CODEX_HOME");
        assert_kept("CODEX_THREAD_ID CODEX_HOME CODEX_X", "CODEX_HOME");
        let all = "CLAUDECODE CODEX_THREAD_ID PERSISTPROC_KEEP_AGENT_VARIABLES";
        assert_kept(all, all);
        assert_kept("GEMINI_CLI GEMINI_API_KEY", "GEMINI_API_KEY");
        assert_kept("CURSOR_TRACE_ID CURSOR_X OPENCODE", "");
    }
}
