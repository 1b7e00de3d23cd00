//! [`BaseEnvironment`]: the environment that the first run of a process inherits, if its start request
//! brings none of its own.
//!
//! The daemon's own is that of the client that started it, so it is not used. The environment is
//! that of the client, if the client sent it, or else that of the user's login shell in the directory
//! of the process. Over the latter come the variables that choose tools, from the latest run that a
//! person started in the same directory or in the root of its repository. Others, such as a
//! `DATABASE_URL` that was set for one command, never reach another process.

use std::path::Path;
use std::sync::Arc;

use persistproc_api::client_names;
use persistproc_api::environment::Environment;
use persistproc_api::selection::repository_root;
use persistproc_api::start::{EnvironmentSource, InheritedEnvironment};

use crate::supervisor::environments::variable_tables::is_of_tools;
use crate::supervisor::registry::Registry;

/// The environment that a first run inherits, and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct BaseEnvironment {
    pub(crate) variables: Environment,
    pub(crate) origin: InheritedEnvironment,
}

impl BaseEnvironment {
    /// That of the client.
    pub(crate) fn of_client(variables: Environment) -> Self {
        Self { variables, origin: InheritedEnvironment::new(EnvironmentSource::Client) }
    }

    /// That of the login shell, with the tools of a person's run. It may take a few seconds.
    pub(crate) async fn of_login(registry: &Arc<Registry>, directory: &Path) -> Self {
        let login = registry.login_environments().get(directory, registry.dirs()).await;
        let source = match login.problem {
            None => EnvironmentSource::LoginShell,
            Some(_) => EnvironmentSource::Session,
        };
        let origin = InheritedEnvironment {
            problem: login.problem.clone(),
            ..InheritedEnvironment::new(source)
        };
        let mut base = Self { variables: login.variables.clone(), origin };
        let (registry, directory) = (registry.clone(), directory.to_owned());
        let tools = tokio::task::spawn_blocking(move || tools_of_person(&registry, &directory));
        if let Ok(Some((label, tools))) = tools.await {
            base.add_tools(label, &tools);
        }
        base
    }

    fn add_tools(&mut self, label: String, environment: &Environment) {
        let names = environment.names().filter_map(|name| name.to_str());
        let mut added: Vec<String> = Vec::new();
        let mut tools = Environment::default();
        for name in names.filter(|name| is_of_tools(name)) {
            if let Some(value) = environment.get(name)
                && self.variables.get(name) != Some(value)
                && !added.iter().any(|known| known == name)
            {
                tools.set(name, value);
                added.push(name.to_owned());
            }
        }
        if !added.is_empty() {
            self.variables.extend(tools);
            self.origin.variables = added;
            self.origin.of = Some(label);
        }
    }
}

/// The latest environment that a person has brought to a process in this directory, or in the root of
/// its repository, with the name of that process.
fn tools_of_person(registry: &Registry, directory: &Path) -> Option<(String, Environment)> {
    let root = repository_root(directory);
    let mut near = registry.views_where(|view| {
        let place = view.process.working_directory.as_path();
        let is_near = place == directory || Some(place) == root;
        is_near && view.environment_of().is_some_and(client_names::is_person)
    });
    near.sort_by_key(|view| std::cmp::Reverse(view.process.status.start_time()));
    near.into_iter().find_map(|view| {
        let record = registry.folder(&view.process.id).read().ok()?;
        Some((view.process.name().to_owned(), record.launch.environment))
    })
}
