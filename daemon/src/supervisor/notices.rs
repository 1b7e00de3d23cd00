//! Desktop notices: a process has ended by itself, is crash-looping, or is ready after a long start. Off
//! until a user turns them on; then a task waits for edges, and nothing polls.
//!
//! | module | what it holds |
//! |---|---|
//! | `decision` | whether a notice is shown |
//! | `text` | what it says |
//! | `program` | the program that shows it |
//! | `store` | for which processes notices are on, and what was shown |
//! | `notifier` | the task that turns edges into notices |

mod decision;
mod notifier;
mod program;
mod store;
mod text;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use persistproc_api::environment::Environment;
use persistproc_api::notices::{NotifyException, NotifyRequest, NotifySettings};
use persistproc_api::{ErrorCode, Problem, Target, Time};
use tokio::sync::mpsc;

use self::notifier::Notifier;
use self::program::{NoticeProgram, OTHERS, TERMINAL};
use self::store::{NoticeRecord, NoticeStore};
use self::text::NoticeText;
use super::edges::Edge;
use super::registry::Registry;
use super::requests::spec;
use super::runs::reaper::Reaper;
use super::{Supervisor, finding};
use crate::platform::run_tree::{ID_VARIABLE, RUN_VARIABLE};

/// How many notices may wait for the program.
const MAX_QUEUED_NOTICES: usize = 16;

/// The settings of notices, and the tasks that show them. Cheap to clone.
#[derive(Clone)]
pub(super) struct Notices {
    store: Arc<NoticeStore>,
    /// Why the settings could not be read, or the last notice not be shown, as a sentence.
    problem: Arc<Mutex<Option<String>>>,
}

/// Notices.
impl Supervisor {
    /// For which processes notices are on.
    pub fn notify_settings(&self) -> NotifySettings {
        self.notices.settings(&self.registry)
    }

    /// Turns notices on or off. To turn them on, a first one is shown.
    pub async fn notify(&self, request: NotifyRequest) -> Result<NotifySettings, Problem> {
        self.notices.change(&self.registry, request).await
    }
}

impl Notices {
    /// Reads the settings, and waits for edges from now on.
    pub(super) fn open(registry: &Arc<Registry>, edges: mpsc::Receiver<Edge>) -> Self {
        let (store, problem) = NoticeStore::open(registry.dirs());
        let store = Arc::new(store);
        registry.edges().want(store.get().is_any_on());
        let (sender, notices) = mpsc::channel(MAX_QUEUED_NOTICES);
        tokio::spawn(Notifier::new(registry.clone(), store.clone(), sender).run(edges));
        let opened = Self { store, problem: Arc::new(Mutex::new(problem)) };
        tokio::spawn(opened.clone().show_all(notices, registry.reaper().clone()));
        opened
    }

    /// Shows notices one after the other, so that a program that takes long is not run many times at once.
    async fn show_all(self, mut notices: mpsc::Receiver<NoticeText>, reaper: Reaper) {
        while let Some(text) = notices.recv().await {
            let record = self.store.get();
            if record.program == TERMINAL {
                continue;
            }
            let environment = record.environment.unwrap_or_else(own_environment);
            let shown = match NoticeProgram::find(&record.program, &environment) {
                Ok(program) => program.show(&text, &environment, &reaper).await,
                Err(problem) => Err(problem.message),
            };
            let problem = shown.err();
            if let Some(problem) = &problem {
                tracing::warn!("a notice could not be shown: {problem}");
            }
            self.set_problem(problem.map(|it| format!("The last notice could not be shown: {it}")));
        }
    }

    fn settings(&self, registry: &Registry) -> NotifySettings {
        self.settings_of(registry, self.store.get())
    }

    fn settings_of(&self, registry: &Registry, record: NoticeRecord) -> NotifySettings {
        let NoticeRecord { all, except, program, .. } = record;
        let handles = registry.handles();
        let name_of = |id: &String| Some(handles.get(id)?.process().name().to_owned());
        let except = except
            .into_iter()
            .map(|id| NotifyException { name: name_of(&id).unwrap_or_else(|| id.clone()), id })
            .collect();
        let problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        NotifySettings { all, except, program, problem: problem.clone().unwrap_or_default() }
    }

    async fn change(
        &self,
        registry: &Registry,
        request: NotifyRequest,
    ) -> Result<NotifySettings, Problem> {
        let NotifyRequest { on, target, working_directory, program, environment } = request;
        let ids = target
            .map(|names| ids_of(registry, &names, working_directory.as_deref()))
            .transpose()?;
        if let Some(environment) = &environment {
            spec::check_environment("environment", environment)?;
        }
        let mut next = self.store.get();
        next.turn(on, ids.as_deref(), Time::now());
        next.program = program.unwrap_or(next.program);
        next.environment = environment.as_ref().map(without_run).or(next.environment);
        if on {
            self.show_first(registry, &next).await?;
        }
        let is_any_on = self.store.update(|record| {
            record.turn(on, ids.as_deref(), Time::now());
            record.program = next.program;
            record.environment = next.environment;
            record.is_any_on()
        })?;
        registry.edges().want(is_any_on);
        self.set_problem(None);
        Ok(self.settings(registry))
    }

    /// Shows that notices are on, with the program of these settings.
    async fn show_first(&self, registry: &Registry, next: &NoticeRecord) -> Result<(), Problem> {
        if next.program == TERMINAL {
            return Ok(());
        }
        let environment = next.environment.clone().unwrap_or_else(own_environment);
        let program = NoticeProgram::find(&next.program, &environment)?;
        let text = NoticeText::turned_on(&self.settings_of(registry, next.clone()).sentence());
        program.show(&text, &environment, registry.reaper()).await.map_err(|message| {
            let message = format!("A first notice could not be shown. {message}");
            Problem::new(ErrorCode::StartFailed, message).hint(format!(
                "Nothing was changed. Check that other programs of this desktop can show notices. {OTHERS}"
            ))
        })
    }

    fn set_problem(&self, problem: Option<String>) {
        // Nothing that can panic runs under this lock.
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }
}

/// The ids of the processes that these names, separated by commas, stand for.
fn ids_of(
    registry: &Registry,
    names: &str,
    directory: Option<&Path>,
) -> Result<Vec<String>, Problem> {
    let names = names.split(',').map(str::trim);
    let targets = names.map(|name| Target::new(name, directory.map(Path::to_owned)));
    targets.map(|target| Ok(finding::process(registry, &target)?.id)).collect()
}

/// The daemon's own variables.
fn own_environment() -> Environment {
    without_run(&Environment::own())
}

/// Without the variables by which a run finds its processes: the program belongs to no run.
fn without_run(environment: &Environment) -> Environment {
    environment.filtered(|name| ![RUN_VARIABLE, ID_VARIABLE].contains(&name))
}
