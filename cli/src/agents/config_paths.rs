//! `ConfigPaths`: the paths of the agents' configs on this machine, from the environment. It checks
//! whether files exist, but reads none.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use persistproc_api::Problem;

use super::agent::{AgentSpec, Base};
use super::{Agent, Scope};

/// The folders that contain configs.
#[derive(Clone, Debug)]
pub(crate) struct ConfigPaths {
    home: PathBuf,
    config: PathBuf,
    application_support: PathBuf,
    project: PathBuf,
    /// Looks up an environment variable.
    variable: fn(&str) -> Option<OsString>,
}

impl ConfigPaths {
    pub(crate) fn from_environment() -> Result<Self, Problem> {
        let home = variable("HOME").map(PathBuf::from).ok_or_else(|| {
            Problem::invalid("HOME is not set, so the settings of agents cannot be found.")
                .hint("Set it. Example: HOME=/home/me persistproc mcp install")
        })?;
        let config =
            variable("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
        let application_support = if cfg!(target_os = "macos") {
            home.join("Library/Application Support")
        } else {
            config.clone()
        };
        let project = crate::paths::absolute_directory(None)?;
        Ok(Self { home, config, application_support, project, variable })
    }

    /// The path of an agent's config: the file that exists, otherwise the one to create.
    pub(crate) fn config_file(&self, agent: Agent, scope: Scope) -> Result<PathBuf, Problem> {
        let spec = agent.spec();
        let (folder, names) = match scope {
            Scope::User => (self.base(&spec), spec.user),
            Scope::Project => (self.project.clone(), spec.project),
        };
        let mut files = names.iter().map(|name| folder.join(name));
        let first = files.next().ok_or_else(|| no_project_config(agent))?;
        if first.exists() {
            return Ok(first);
        }
        Ok(files.find(|file| file.exists()).unwrap_or(first))
    }

    /// The settings that hold the hooks of an agent, or for opencode the plugin that calls them.
    pub(crate) fn hook_file(&self, agent: Agent, scope: Scope) -> Result<PathBuf, Problem> {
        let folder = |variable: &str, below_home: &str| match scope {
            Scope::Project => self.project.join(below_home),
            Scope::User => {
                let set = (self.variable)(variable).map(PathBuf::from);
                set.unwrap_or_else(|| self.home.join(below_home))
            }
        };
        match agent {
            Agent::ClaudeCode => Ok(folder("CLAUDE_CONFIG_DIR", ".claude").join("settings.json")),
            Agent::Codex => Ok(folder("CODEX_HOME", ".codex").join("hooks.json")),
            Agent::Cursor => Ok(folder("", ".cursor").join("hooks.json")),
            Agent::Gemini => self.config_file(agent, scope),
            Agent::Opencode => {
                let folder = match scope {
                    Scope::User => self.config.join("opencode"),
                    Scope::Project => self.project.join(".opencode"),
                };
                Ok(folder.join("plugins/persistproc.js"))
            }
            other => Err(no_hooks(other)),
        }
    }

    /// The folder of the plugin for Claude Code.
    pub(crate) fn plugin_folder(&self) -> PathBuf {
        let set = (self.variable)("CLAUDE_CONFIG_DIR").map(PathBuf::from);
        set.unwrap_or_else(|| self.home.join(".claude")).join("skills/persistproc")
    }

    /// Whether the agent's user config or its folder exists.
    pub(crate) fn has_traces_of(&self, agent: Agent) -> bool {
        let Ok(file) = self.config_file(agent, Scope::User) else { return false };
        // The home exists on every machine, so it does not show that an agent is installed.
        let folder = file.parent().filter(|folder| *folder != self.home);
        file.exists() || folder.is_some_and(Path::exists)
    }

    /// A path as display text, with `~` for the home.
    pub(crate) fn abbreviate(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(below) => format!("~/{}", below.display()),
            Err(_) => path.display().to_string(),
        }
    }

    fn base(&self, spec: &AgentSpec) -> PathBuf {
        match spec.base {
            Base::Variable(variable, below_home) => {
                (self.variable)(variable).map_or_else(|| self.home.join(below_home), PathBuf::from)
            }
            Base::Home => self.home.clone(),
            Base::Config => self.config.clone(),
            Base::Application => self.application_support.clone(),
        }
    }
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn no_project_config(agent: Agent) -> Problem {
    let name = agent.name();
    Problem::invalid(format!("{name} has no project settings."))
        .hint("Use `--scope user`, which is the default.")
}

fn no_hooks(agent: Agent) -> Problem {
    let name = agent.name();
    Problem::invalid(format!("persistproc has no hooks for {name}."))
        .hint("It has hooks for claude-code, codex, cursor, gemini and opencode.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths() -> ConfigPaths {
        ConfigPaths {
            home: "/h".into(),
            config: "/h/.config".into(),
            application_support: "/h/apps".into(),
            project: "/p".into(),
            variable: |name| (name == "CODEX_HOME").then(|| "/c".into()),
        }
    }

    fn path_or_error(agent: Agent, scope: Scope) -> String {
        match paths().config_file(agent, scope) {
            Ok(file) => file.display().to_string(),
            Err(problem) => problem.message,
        }
    }

    #[test]
    fn config_files_of_all_agents() {
        let lines = Agent::all().iter().map(|agent| {
            let user = path_or_error(*agent, Scope::User);
            let project = path_or_error(*agent, Scope::Project);
            format!("{} | {user} | {project}", agent.word())
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn the_home_is_abbreviated() {
        assert_eq!(paths().abbreviate(Path::new("/h/.cursor/mcp.json")), "~/.cursor/mcp.json");
        assert_eq!(paths().abbreviate(Path::new("/p/.mcp.json")), "/p/.mcp.json");
    }
}
