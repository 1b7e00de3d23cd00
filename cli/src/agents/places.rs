//! Where the settings of an agent are on this machine: names of paths, from the environment. Of
//! the files themselves it asks only whether they are there.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use persistproc_api::Problem;

use super::table::{Base, Facts};
use super::{Agent, Scope};

/// The folders below which settings are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    home: PathBuf,
    config: PathBuf,
    application: PathBuf,
    project: PathBuf,
    variable: fn(&str) -> Option<OsString>,
}

impl Places {
    pub(crate) fn find() -> Result<Self, Problem> {
        let home = set("HOME").map(PathBuf::from).ok_or_else(|| {
            Problem::invalid("HOME is not set, and agents keep their settings there.")
                .hint("Set it, as in: HOME=/home/me persistproc mcp install")
        })?;
        let config = set("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
        let application = match cfg!(target_os = "macos") {
            true => home.join("Library/Application Support"),
            false => config.clone(),
        };
        let project = crate::context::directory(None)?;
        Ok(Self { home, config, application, project, variable: set })
    }

    /// The settings of an agent: the file that is there, or else the one to create.
    pub(crate) fn settings(&self, agent: Agent, scope: Scope) -> Result<PathBuf, Problem> {
        let facts = agent.facts();
        let (folder, names) = match scope {
            Scope::User => (self.base(&facts), facts.user),
            Scope::Project => (self.project.clone(), facts.project),
        };
        let mut files = names.iter().map(|name| folder.join(name));
        let first = files.next().ok_or_else(|| no_project(agent))?;
        if first.exists() {
            return Ok(first);
        }
        Ok(files.find(|file| file.exists()).unwrap_or(first))
    }

    /// Whether the agent has left something here, be it only a folder for its settings.
    pub(crate) fn has_traces_of(&self, agent: Agent) -> bool {
        let Ok(file) = self.settings(agent, Scope::User) else { return false };
        // A file right in the home shows nothing by its folder.
        let folder = file.parent().filter(|folder| *folder != self.home);
        file.exists() || folder.is_some_and(Path::exists)
    }

    /// A path as people write it.
    pub(crate) fn short(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(below) => format!("~/{}", below.display()),
            Err(_) => path.display().to_string(),
        }
    }

    fn base(&self, facts: &Facts) -> PathBuf {
        match facts.base {
            Base::Own(variable, below_home) => {
                (self.variable)(variable).map_or_else(|| self.home.join(below_home), PathBuf::from)
            }
            Base::Home => self.home.clone(),
            Base::Config => self.config.clone(),
            Base::Application => self.application.clone(),
        }
    }
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn no_project(agent: Agent) -> Problem {
    let (name, word) = (agent.name(), agent.word());
    Problem::invalid(format!("{name} has no settings of a project."))
        .hint(format!("Those of the user: persistproc mcp install {word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        Places {
            home: "/h".into(),
            config: "/h/.config".into(),
            application: "/h/apps".into(),
            project: "/p".into(),
            variable: |name| (name == "CODEX_HOME").then(|| "/c".into()),
        }
    }

    #[test]
    fn every_agent_has_its_files() {
        let places = places();
        let file = |agent, scope| match places.settings(agent, scope) {
            Ok(file) => file.display().to_string(),
            Err(problem) => problem.message,
        };
        let lines = Agent::all().iter().map(|agent| {
            let [user, project] = [Scope::User, Scope::Project].map(|scope| file(*agent, scope));
            format!("{} | {user} | {project}", agent.word())
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn the_home_is_a_tilde() {
        assert_eq!(places().short(Path::new("/h/.cursor/mcp.json")), "~/.cursor/mcp.json");
        assert_eq!(places().short(Path::new("/p/.mcp.json")), "/p/.mcp.json");
    }
}
