//! [`LoginEnvironments`]: the environment of the user's login shell by directory, kept for an hour,
//! because start-up files can take a second.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::environment::Environment;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::OnceCell;

use super::variable_tables::is_of_session;
use crate::login_shell::{self, LoginShellAnswer};
use crate::platform::own_program;
use crate::platform::run_tree::{ID_VARIABLE, RUN_VARIABLE};
use crate::supervisor::storage::folder;

/// How long an environment is kept.
const LIFETIME: Duration = Duration::from_secs(3600);

/// How long it is kept if the shell gave none.
const FAILURE_LIFETIME: Duration = Duration::from_secs(60);

/// The most directories that are kept; the oldest are dropped.
const MAX_DIRECTORIES: usize = 64;

/// How much longer than the shell its process may take.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest answer that is read.
const MAX_ANSWER_BYTES: u64 = 16 << 20;

/// Where programs are without any setting.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The environment of the login shell in one directory.
#[derive(Clone, Debug)]
pub(crate) struct LoginEnvironment {
    pub(crate) variables: Environment,
    /// Why these are the variables of the session only.
    pub(crate) problem: Option<String>,
}

/// The environments by directory.
#[derive(Default)]
pub(crate) struct LoginEnvironments {
    /// Locked for look-ups only.
    kept: Mutex<HashMap<PathBuf, Kept>>,
}

struct Kept {
    since: Instant,
    /// Filled once, however many starts ask at the same time.
    environment: Arc<OnceCell<Arc<LoginEnvironment>>>,
}

impl LoginEnvironments {
    /// The environment of the login shell in this directory. Never fails: without an answer of the
    /// shell, the environment has the variables of the session only, and its problem says why.
    pub(crate) async fn get(&self, directory: &Path, dirs: &DataDirs) -> Arc<LoginEnvironment> {
        let cell = self.cell(directory);
        let environment = cell.get_or_init(|| async { Arc::new(ask(directory, dirs).await) }).await;
        environment.clone()
    }

    fn cell(&self, directory: &Path) -> Arc<OnceCell<Arc<LoginEnvironment>>> {
        // Nothing that can panic runs under this lock.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, kept| kept.since.elapsed() < kept.lifetime());
        if !kept.contains_key(directory) && kept.len() >= MAX_DIRECTORIES {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.since);
            if let Some(oldest) = oldest.map(|(path, _)| path.clone()) {
                kept.remove(&oldest);
            }
        }
        let fresh = || Kept { since: Instant::now(), environment: Arc::default() };
        kept.entry(directory.to_owned()).or_insert_with(fresh).environment.clone()
    }
}

impl Kept {
    fn lifetime(&self) -> Duration {
        match self.environment.get() {
            Some(environment) if environment.problem.is_some() => FAILURE_LIFETIME,
            _ => LIFETIME,
        }
    }
}

/// Asks the login shell, in a process of its own.
async fn ask(directory: &Path, dirs: &DataDirs) -> LoginEnvironment {
    let timeout = login_shell::TIMEOUT + EXIT_TIMEOUT;
    let answer = match tokio::time::timeout(timeout, answer(directory, dirs)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => Err(format!("could not be asked: {error}")),
        Err(_) => Err(format!("did not answer within {} s", timeout.as_secs())),
    };
    match answer {
        Ok(mut variables) => {
            add_own_path(&mut variables);
            LoginEnvironment { variables, problem: None }
        }
        Err(problem) => {
            tracing::warn!("the login shell {problem}");
            let mut variables = session_variables();
            add_own_path(&mut variables);
            LoginEnvironment { variables, problem: Some(format!("The login shell {problem}.")) }
        }
    }
}

async fn answer(directory: &Path, dirs: &DataDirs) -> io::Result<LoginShellAnswer> {
    // The reaper reaps it.
    let mut child = Command::new(own_program::path()?)
        .arg0("persistproc")
        .arg("login-environment")
        .arg(directory)
        .current_dir("/")
        .env_clear()
        .envs(variables_for_shell().pairs())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(folder::daemon_log(dirs))
        .spawn()?;
    let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let stdout = pipe::Receiver::from_owned_fd(OwnedFd::from(stdout))?;
    let mut text = Vec::new();
    stdout.take(MAX_ANSWER_BYTES).read_to_end(&mut text).await?;
    Ok(serde_json::from_slice(&text)?)
}

/// What the login shell starts with. In a container, the variables of its image come first: nothing
/// else sets them.
fn variables_for_shell() -> Environment {
    let mut variables = machine_variables();
    if variables.get("PATH").is_none() {
        variables.set("PATH", DEFAULT_PATH);
    }
    variables.extend(session_variables());
    variables
}

/// The variables of the first process, if this user may read them: in a container, those of the image.
/// The first process of a whole machine has none that matter.
fn machine_variables() -> Environment {
    let entries = std::fs::read("/proc/1/environ").unwrap_or_default();
    let entries = entries.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    let entries: Environment = entries
        .map(|entry| std::os::unix::ffi::OsStringExt::from_vec(entry.to_vec()))
        .collect::<Vec<OsString>>()
        .into_iter()
        .collect();
    let is_kept = |name: &str| {
        !name.starts_with("PERSISTPROC_")
            && !["_", "PWD", "OLDPWD", "SHLVL", "TERM"].contains(&name)
    };
    entries.filtered(is_kept)
}

/// The variables of the user's session, from the daemon's own.
fn session_variables() -> Environment {
    let is_kept = |name: &str| is_of_session(name) && ![RUN_VARIABLE, ID_VARIABLE].contains(&name);
    Environment::own().filtered(is_kept)
}

/// Appends the directories of the daemon's own `PATH` that are missing, so that a program that only the
/// daemon's caller could find is still found. Those of a virtual environment or of a project's packages
/// belong to that project and are left out.
fn add_own_path(variables: &mut Environment) {
    let own = Environment::own();
    let projects: Vec<PathBuf> = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .iter()
        .filter_map(|name| own.get(name))
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
        .collect();
    let is_shared = |path: &PathBuf| {
        path.is_absolute()
            && !projects.iter().any(|project| path.starts_with(project))
            && !path.ends_with("node_modules/.bin")
    };
    let value = variables.get("PATH").unwrap_or_default().to_owned();
    let mut paths: Vec<PathBuf> = std::env::split_paths(&value).collect();
    let own_path = own.get("PATH").unwrap_or_default();
    for path in std::env::split_paths(own_path).filter(is_shared) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    if let Ok(joined) = std::env::join_paths(paths) {
        variables.set("PATH", joined);
    }
}
