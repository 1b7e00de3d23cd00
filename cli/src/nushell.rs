//! Finds the installed Nushell and our plugin for it. [`plugin_state`] decides from versions and paths
//! whether Nushell can use the plugin.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use persistproc_api::{ErrorCode, Problem};
use serde::Deserialize;

use crate::programs::on_path;
use crate::render::words;

/// The Nushell version that the plugin of this version is built for.
pub(crate) const BUILT_FOR: &str = "0.115.1";

/// The name of the plugin's executable.
pub(crate) const PLUGIN_NAME: &str = "nu_plugin_persistproc";

/// The installed Nushell.
pub(crate) struct Nushell {
    program: PathBuf,
    pub(crate) version: String,
}

/// The executable of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plugin {
    pub(crate) file: PathBuf,
    /// Its own version and that of its Nushell: `0.3.0+0.115.1`.
    pub(crate) version: String,
}

/// An entry of Nushell's plugin registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Registered {
    pub(crate) version: Option<String>,
    pub(crate) filename: PathBuf,
}

/// Whether Nushell can use the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PluginState {
    /// The plugin is not installed.
    Missing,
    /// The plugin is built for another Nushell, of this version.
    Incompatible(String),
    /// The plugin is installed, but not registered.
    Unregistered(Plugin),
    /// Another file or version is registered, named by the second field.
    Outdated(Plugin, String),
    /// The plugin is registered and can be used.
    Ready,
}

impl Nushell {
    /// The Nushell on the PATH.
    pub(crate) fn find() -> Option<Self> {
        let program = on_path("nu")?;
        let output = run_program(&program, ["--version"]).unwrap_or_default();
        Some(Self { program, version: output.trim().to_owned() })
    }

    /// Runs a line of Nushell and returns what it prints.
    pub(crate) fn run(&self, line: &str) -> Result<String, Problem> {
        run_program(&self.program, ["--no-std-lib", "-c", line]).map_err(|error| {
            let program = self.program.display();
            Problem::new(ErrorCode::Internal, format!("{program} failed: {}", error.trim()))
                .hint(format!("Run this in Nushell: {}", words::shown(line)))
        })
    }

    /// The directory from which Nushell loads scripts of other programs at startup.
    pub(crate) fn autoload_dir(&self) -> Result<PathBuf, Problem> {
        let line = "print ($nu.data-dir | path join vendor autoload)";
        Ok(self.run(line)?.trim_end().into())
    }

    fn registered(&self) -> Option<Registered> {
        let line = "plugin list | where name == persistproc | select version filename | to json --raw | print";
        let all: Vec<Registered> = serde_json::from_str(&self.run(line).ok()?).ok()?;
        all.into_iter().next()
    }

    pub(crate) fn plugin_state(&self) -> PluginState {
        let registered = self.registered();
        let registered_file = registered.as_ref().map(|registered| registered.filename.clone());
        let candidates =
            [beside_us(), on_path(PLUGIN_NAME), registered_file.filter(|file| file.is_file())];
        let plugin = candidates.into_iter().flatten().next().map(Plugin::from_file);
        plugin_state(&self.version, plugin, registered)
    }
}

impl Plugin {
    /// Reads the version from the help of the executable. If the help has none, assumes our version.
    fn from_file(file: PathBuf) -> Self {
        let help = run_program(&file, ["--help"]).unwrap_or_default();
        let version = match help.lines().find_map(|line| line.strip_prefix("Version: ")) {
            Some(version) => version.trim().to_owned(),
            None => format!("{}+{BUILT_FOR}", env!("CARGO_PKG_VERSION")),
        };
        Self { file, version }
    }

    /// The Nushell version it is built for.
    fn built_for(&self) -> &str {
        self.version.split_once('+').map_or(BUILT_FOR, |(_, nu)| nu)
    }
}

/// The plugin in the directory of this program.
fn beside_us() -> Option<PathBuf> {
    let file = env::current_exe().ok()?.with_file_name(PLUGIN_NAME);
    file.is_file().then_some(file)
}

fn plugin_state(
    nu_version: &str,
    plugin: Option<Plugin>,
    registered: Option<Registered>,
) -> PluginState {
    let Some(plugin) = plugin else { return PluginState::Missing };
    if !is_compatible(nu_version, plugin.built_for()) {
        return PluginState::Incompatible(plugin.built_for().to_owned());
    }
    let Some(registered) = registered else { return PluginState::Unregistered(plugin) };
    if registered.filename != plugin.file {
        let other = registered.filename.display().to_string();
        return PluginState::Outdated(plugin, other);
    }
    if registered.version.as_ref() != Some(&plugin.version) {
        let other = registered.version.unwrap_or_else(|| "none".to_owned());
        return PluginState::Outdated(plugin, other);
    }
    PluginState::Ready
}

/// Nushell and a plugin are compatible if their versions differ in the last number at most.
fn is_compatible(nu_version: &str, built_for: &str) -> bool {
    match (nu_version.rsplit_once('.'), built_for.rsplit_once('.')) {
        (Some((nu, _)), Some((plugin, _))) => nu == plugin,
        _ => false,
    }
}

/// A path as a string literal of Nushell.
pub(crate) fn quote_path(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}

/// Runs a program and returns its standard output; if it fails, its standard error.
fn run_program<S: AsRef<OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<String, String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| error.to_string())?;
    let bytes = if output.status.success() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text) } else { Err(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(version: &str) -> Plugin {
        Plugin { file: "/bin/plugin".into(), version: version.into() }
    }

    fn registered(file: &str, version: &str) -> Registered {
        Registered { filename: file.into(), version: Some(version.into()) }
    }

    #[test]
    fn the_plugin_is_built_for_the_declared_nushell_version() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../nu_plugin_persistproc/Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains(&format!("nu-plugin = \"={BUILT_FOR}\"")), "{manifest}");
        let version = format!("{}+{BUILT_FOR}", env!("CARGO_PKG_VERSION"));
        assert!(manifest.contains(&format!("version = \"{version}\"")), "{manifest}");
    }

    #[test]
    fn plugin_state_is_decided_by_file_version_and_registration() {
        let ours = plugin("0.3.0+0.115.1");
        assert_eq!(plugin_state("0.115.1", None, None), PluginState::Missing);
        assert_eq!(
            plugin_state("0.115.9", Some(ours.clone()), None),
            PluginState::Unregistered(ours.clone())
        );
        for other in ["0.114.1", "0.116.0", ""] {
            let state = plugin_state(other, Some(ours.clone()), None);
            assert_eq!(state, PluginState::Incompatible("0.115.1".into()), "{other}");
        }
        let same = registered("/bin/plugin", "0.3.0+0.115.1");
        assert_eq!(plugin_state("0.115.1", Some(ours.clone()), Some(same)), PluginState::Ready);
        let older = registered("/bin/plugin", "0.2.0+0.115.1");
        let state = PluginState::Outdated(ours.clone(), "0.2.0+0.115.1".into());
        assert_eq!(plugin_state("0.115.1", Some(ours.clone()), Some(older)), state);
        let elsewhere = registered("/opt/plugin", "0.3.0+0.115.1");
        let state = PluginState::Outdated(ours.clone(), "/opt/plugin".into());
        assert_eq!(plugin_state("0.115.1", Some(ours), Some(elsewhere)), state);
    }

    #[test]
    fn a_path_is_quoted_for_nushell() {
        assert_eq!(quote_path(Path::new("/a b/\"c\"")), "\"/a b/\\\"c\\\"\"");
    }
}
