//! The daemon of the shell that asks. The plugin's own environment and directory are those of
//! the moment it was started, so the shell is asked for both.

use std::path::{Path, PathBuf};

use nu_plugin::EngineInterface;
use nu_protocol::Value;
use persistproc_api::client::{Client, Launcher};
use persistproc_api::place::Place;
use persistproc_api::{ErrorCode, Problem};

/// A client that starts a daemon when none answers.
pub(crate) fn client(engine: &EngineInterface) -> Result<Client, Problem> {
    let place = Place::find(data_dir(engine)?.as_deref())?;
    let launcher = launcher(engine, &place)?;
    Ok(Client::new("nushell", place, launcher))
}

/// What the shell says, understood from where the shell is.
fn data_dir(engine: &EngineInterface) -> Result<Option<PathBuf>, Problem> {
    let Some(Value::String { val, .. }) = variable(engine, "PERSISTPROC_DATA_DIR")? else {
        return Ok(None);
    };
    if val.is_empty() || val.starts_with(['/', '~']) {
        return Ok(Some(PathBuf::from(val)).filter(|path| !path.as_os_str().is_empty()));
    }
    let here = engine.get_current_dir().map_err(Problem::internal)?;
    Ok(Some(Path::new(&here).join(val)))
}

/// The executable on the shell's PATH; without one, a daemon that runs is still found.
fn launcher(engine: &EngineInterface, place: &Place) -> Result<Option<Launcher>, Problem> {
    let folders = match variable(engine, "PATH")? {
        Some(Value::List { vals, .. }) => {
            vals.iter().filter_map(|folder| folder.as_str().ok().map(PathBuf::from)).collect()
        }
        Some(Value::String { val, .. }) => std::env::split_paths(&val).collect(),
        _ => Vec::new(),
    };
    Ok(find(&folders).map(|program| Launcher { program, arguments: arguments(place) }))
}

fn arguments(place: &Place) -> Vec<std::ffi::OsString> {
    vec!["serve".into(), "--detached".into(), "--data-dir".into(), place.data().into()]
}

fn find(folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join("persistproc")).find(|file| file.is_file())
}

fn variable(engine: &EngineInterface, name: &str) -> Result<Option<Value>, Problem> {
    let gone = |error| {
        Problem::new(ErrorCode::Internal, format!("The shell does not say its {name}: {error}."))
    };
    engine.get_env_var(name).map_err(gone)
}
