//! The Nushell of this machine and our plugin for it: whether they are there, and whether one fits
//! the other. What is found is judged by a function that touches nothing.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use persistproc_api::{ErrorCode, Problem};
use serde::Deserialize;

use crate::programs::on_path;

/// The Nushell that the plugin of this version is built for.
pub(crate) const MADE_FOR: &str = "0.115.1";

/// The name of the plugin's executable.
pub(crate) const PLUGIN: &str = "nu_plugin_persistproc";

/// A Nushell.
pub(crate) struct Nushell {
    program: PathBuf,
    pub(crate) version: String,
}

/// The executable of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plugin {
    pub(crate) file: PathBuf,
    /// `0.3.0+0.115.1`: its own, and that of its Nushell.
    pub(crate) version: String,
}

/// The plugin as Nushell remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Registered {
    pub(crate) version: Option<String>,
    pub(crate) filename: PathBuf,
}

/// How the two stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no plugin.
    Absent,
    /// It is for another Nushell, this one.
    Misfit(String),
    /// Nushell does not know it.
    Unregistered(Plugin),
    /// Nushell knows another one, of this version.
    Outdated(Plugin, String),
    /// All is well.
    Ready,
}

impl Nushell {
    /// The one that is started by its name.
    pub(crate) fn find() -> Option<Self> {
        let program = on_path("nu")?;
        let said = said(&program, ["--version"]).unwrap_or_default();
        Some(Self { program, version: said.trim().to_owned() })
    }

    /// What a line of it prints.
    pub(crate) fn run(&self, line: &str) -> Result<String, Problem> {
        said(&self.program, ["--no-std-lib", "-c", line]).map_err(|why| {
            let program = self.program.display();
            Problem::new(ErrorCode::Internal, format!("{program} could not do it: {}", why.trim()))
                .hint(format!("Try it yourself: {}", crate::render::words::shown(line)))
        })
    }

    /// The folder for what other programs add to it.
    pub(crate) fn autoload(&self) -> Result<PathBuf, Problem> {
        let line = "print ($nu.data-dir | path join vendor autoload)";
        Ok(self.run(line)?.trim_end().into())
    }

    fn registered(&self) -> Option<Registered> {
        let line = "plugin list | where name == persistproc | select version filename | to json --raw | print";
        let all: Vec<Registered> = serde_json::from_str(&self.run(line).ok()?).ok()?;
        all.into_iter().next()
    }

    /// How it stands with the plugin.
    pub(crate) fn state(&self) -> State {
        let registered = self.registered();
        let known = registered.as_ref().map(|registered| registered.filename.clone());
        let files = [beside_us(), on_path(PLUGIN), known.filter(|file| file.is_file())];
        let plugin = files.into_iter().flatten().next().map(Plugin::of);
        judge(&self.version, plugin, registered)
    }
}

impl Plugin {
    fn of(file: PathBuf) -> Self {
        let said = said(&file, ["--help"]).unwrap_or_default();
        let version = said.lines().find_map(|line| line.strip_prefix("Version: "));
        let ours = || format!("{}+{MADE_FOR}", env!("CARGO_PKG_VERSION"));
        Self { version: version.map_or_else(ours, |version| version.trim().to_owned()), file }
    }

    /// The Nushell it is built for.
    fn made_for(&self) -> &str {
        self.version.split_once('+').map_or(MADE_FOR, |(_, nu)| nu)
    }
}

fn beside_us() -> Option<PathBuf> {
    let file = env::current_exe().ok()?.with_file_name(PLUGIN);
    file.is_file().then_some(file)
}

fn judge(nu: &str, plugin: Option<Plugin>, registered: Option<Registered>) -> State {
    let Some(plugin) = plugin else { return State::Absent };
    if !fits(nu, plugin.made_for()) {
        return State::Misfit(plugin.made_for().to_owned());
    }
    match registered {
        None => State::Unregistered(plugin),
        Some(known) if known.filename != plugin.file => {
            let other = known.filename.display().to_string();
            State::Outdated(plugin, other)
        }
        Some(known) if known.version.as_ref() != Some(&plugin.version) => {
            State::Outdated(plugin, known.version.unwrap_or_else(|| "none".to_owned()))
        }
        Some(_) => State::Ready,
    }
}

/// Nushell and a plugin understand each other when all but the last number is the same.
pub(crate) fn fits(nu: &str, made_for: &str) -> bool {
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    minor(nu).is_some_and(|nu| Some(nu) == minor(made_for))
}

/// A path as text of Nushell.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}

/// What a program prints; what it says instead, if it fails.
fn said<S: AsRef<OsStr>>(
    program: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<String, String> {
    let done = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let done = done.map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if done.status.success() { Ok(text(&done.stdout)) } else { Err(text(&done.stderr)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(version: &str) -> Plugin {
        Plugin { file: "/bin/plugin".into(), version: version.into() }
    }

    fn known(file: &str, version: &str) -> Registered {
        Registered { filename: file.into(), version: Some(version.into()) }
    }

    #[test]
    fn the_plugin_is_built_for_the_version_we_say() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../nu_plugin_persistproc/Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains(&format!("nu-plugin = \"={MADE_FOR}\"")), "{manifest}");
        let version = format!("{}+{MADE_FOR}", env!("CARGO_PKG_VERSION"));
        assert!(manifest.contains(&format!("version = \"{version}\"")), "{manifest}");
    }

    #[test]
    fn all_that_can_be_found() {
        let ours = plugin("0.3.0+0.115.1");
        assert_eq!(judge("0.115.1", None, None), State::Absent);
        assert_eq!(judge("0.115.9", Some(ours.clone()), None), State::Unregistered(ours.clone()));
        for other in ["0.114.1", "0.116.0", ""] {
            let state = judge(other, Some(ours.clone()), None);
            assert_eq!(state, State::Misfit("0.115.1".into()), "{other}");
        }
        let same = known("/bin/plugin", "0.3.0+0.115.1");
        assert_eq!(judge("0.115.1", Some(ours.clone()), Some(same)), State::Ready);
        let older = known("/bin/plugin", "0.2.0+0.115.1");
        let state = State::Outdated(ours.clone(), "0.2.0+0.115.1".into());
        assert_eq!(judge("0.115.1", Some(ours.clone()), Some(older)), state);
        let elsewhere = known("/opt/plugin", "0.3.0+0.115.1");
        let state = State::Outdated(ours.clone(), "/opt/plugin".into());
        assert_eq!(judge("0.115.1", Some(ours), Some(elsewhere)), state);
    }

    #[test]
    fn a_path_is_text() {
        assert_eq!(quoted(Path::new("/a b/\"c\"")), "\"/a b/\\\"c\\\"\"");
    }
}
