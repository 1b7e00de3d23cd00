//! [`NuPlan`]: writes the script where Nushell loads it and registers the plugin, or removes both. Where
//! the plugin cannot be used, the script also defines its tables, over the JSON of the executable.

use std::fs;
use std::path::{Path, PathBuf};

use persistproc_api::{ErrorCode, Problem};

use super::Integration;
use crate::nushell::{BUILT_FOR, Nushell, PluginState, quote_path};

const SCRIPT: &str = include_str!("../../shell/init.nu");
const TABLES: &str = include_str!("../../shell/tables.nu");

/// The name of the script in Nushell's autoload directory.
const FILE_NAME: &str = "persistproc.nu";

/// The first lines of the part of the script that `--no-pp` leaves out.
const PP_PART: &str = "@complete \"nu-complete persistproc\"\nextern pp []";

/// The change that an installation or its removal will make.
pub(crate) struct NuPlan {
    nu: Nushell,
    pub(crate) file: PathBuf,
    /// The script before and after; empty if there is none.
    pub(crate) before: String,
    pub(crate) after: String,
    /// The plugin of an installation. `None` if this plan removes the script.
    plugin: Option<PluginState>,
}

impl NuPlan {
    /// Decides how to install the integration in the Nushell on the PATH. Changes nothing.
    pub(crate) fn install(nu: Nushell, integration: &Integration) -> Result<Self, Problem> {
        let file = script_path(&nu)?;
        let before = fs::read_to_string(&file).unwrap_or_default();
        let plugin = nu.plugin_state();
        let after = script(integration, can_use(&plugin))?;
        Ok(Self { nu, file, before, after, plugin: Some(plugin) })
    }

    /// Decides how to remove the script. Changes nothing.
    pub(crate) fn uninstall(nu: Nushell) -> Result<Self, Problem> {
        let file = script_path(&nu)?;
        let before = fs::read_to_string(&file).unwrap_or_default();
        Ok(Self { nu, file, before, after: String::new(), plugin: None })
    }

    pub(crate) fn is_uninstall(&self) -> bool {
        self.plugin.is_none()
    }

    pub(crate) fn changes(&self) -> bool {
        self.before != self.after || self.plugin_to_register().is_some()
    }

    /// Whether the plugin can be used after the installation.
    pub(crate) fn has_plugin(&self) -> bool {
        self.plugin.as_ref().is_some_and(can_use)
    }

    /// Whether the script before has a setting of a flag of `init`, which this plan may not have.
    pub(crate) fn replaces_settings(&self) -> bool {
        let is_alias = |line: &str| line.starts_with("alias ") && !TABLES.contains(line);
        let has_pp = self.before.contains(PP_PART);
        !self.before.is_empty() && (!has_pp || self.before.lines().any(is_alias))
    }

    /// The executable of the plugin that this plan registers.
    pub(crate) fn plugin_to_register(&self) -> Option<&Path> {
        match self.plugin.as_ref()? {
            PluginState::Unregistered(plugin) | PluginState::Outdated(plugin, _) => {
                Some(&plugin.file)
            }
            PluginState::Ready | PluginState::Incompatible(_) | PluginState::Missing => None,
        }
    }

    /// Makes the changes. Returns what was done about the plugin, as a sentence.
    pub(crate) fn apply(&self) -> Result<Option<String>, Problem> {
        let Some(plugin) = &self.plugin else { return self.remove() };
        if let Some(file) = self.plugin_to_register() {
            self.nu.run(&format!("plugin add {}", quote_path(file)))?;
        }
        write(&self.file, &self.after)?;
        Ok(Some(plugin_sentence(plugin, &self.nu.version)))
    }

    fn remove(&self) -> Result<Option<String>, Problem> {
        fs::remove_file(&self.file).map_err(|error| {
            let message = format!("Cannot remove {}: {error}.", self.file.display());
            Problem::new(ErrorCode::Storage, message).hint("Remove the file by hand.")
        })?;
        // Fails if the plugin is not registered. Then there is nothing to unregister.
        let is_unregistered = self.nu.run("plugin rm persistproc").is_ok();
        let version = &self.nu.version;
        Ok(is_unregistered.then(|| format!("Unregistered the plugin from Nushell {version}.")))
    }
}

/// Whether the script of `init --install` exists.
pub(super) fn is_installed(nu: &Nushell) -> Result<bool, Problem> {
    Ok(script_path(nu)?.exists())
}

fn can_use(plugin: &PluginState) -> bool {
    !matches!(plugin, PluginState::Incompatible(_) | PluginState::Missing)
}

fn plugin_sentence(plugin: &PluginState, version: &str) -> String {
    match plugin {
        PluginState::Ready => {
            format!("The plugin is already registered with Nushell {version}.")
        }
        PluginState::Unregistered(plugin) | PluginState::Outdated(plugin, _) => {
            let file = plugin.file.display();
            format!("Registered the plugin {file} with Nushell {version}.")
        }
        PluginState::Incompatible(built_for) => format!(
            "The plugin is built for Nushell {built_for}, but this is {version}; installing the \
             tables as a script instead."
        ),
        PluginState::Missing => "The plugin is not installed; installing the tables as a script \
                                 instead. For the faster plugin, run `cargo install --path \
                                 nu_plugin_persistproc` first."
            .to_owned(),
    }
}

/// The whole script, as `init nu` prints it.
pub(crate) fn script_for(
    nu: Option<&Nushell>,
    integration: &Integration,
) -> Result<String, Problem> {
    let has_plugin = nu.is_some_and(|nu| nu.plugin_state() == PluginState::Ready);
    script(integration, has_plugin)
}

/// The script. With the plugin it defines no tables: they would hide the plugin's commands.
fn script(integration: &Integration, has_plugin: bool) -> Result<String, Problem> {
    let base = match (&integration.cmd, SCRIPT.split_once(PP_PART)) {
        (None, Some((without_pp, _))) => without_pp,
        _ => SCRIPT,
    };
    let tables = if has_plugin { "" } else { TABLES };
    let aliases = aliases(integration)?;
    let separator = if aliases.is_empty() { "" } else { "\n" };
    Ok(format!("{base}{tables}{separator}{aliases}"))
}

/// Definitions of the other name for `pp` and of the wrapped commands.
fn aliases(integration: &Integration) -> Result<String, Problem> {
    let mut aliases = String::new();
    if let Some(name) = integration.cmd.as_deref().filter(|name| *name != "pp") {
        for suffix in ["", "-wrap", "-unwrap"] {
            aliases += &format!("alias {name}{suffix} = pp{suffix}\n");
        }
    }
    for words in &integration.wraps {
        let name = alias_name(words)?;
        aliases += &format!("alias \"{name}\" = ^persistproc run -- {name}\n");
    }
    Ok(aliases)
}

/// The words as the name of an alias, which cannot be quoted.
fn alias_name(words: &[String]) -> Result<String, Problem> {
    let name = words.join(" ");
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@=+ ".contains(c);
    if !name.chars().all(is_plain) {
        let message = format!("`--wrap {name}`: Nushell cannot have an alias of this name.");
        return Err(
            Problem::invalid(message).hint("Use plain words. Example: --wrap 'npm run dev'")
        );
    }
    Ok(name)
}

fn script_path(nu: &Nushell) -> Result<PathBuf, Problem> {
    Ok(nu.autoload_dir()?.join(FILE_NAME))
}

fn write(file: &Path, text: &str) -> Result<(), Problem> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder).and_then(|()| fs::write(file, text)).map_err(|error| {
        Problem::new(ErrorCode::Storage, format!("Cannot write {}: {error}.", file.display()))
            .hint("Write it by hand: persistproc init nu | save --force <file>")
    })
}

/// The error for a Nushell that is not installed.
pub(crate) fn not_found() -> Problem {
    Problem::new(ErrorCode::NotFound, "Nushell (`nu`) is not on the PATH.")
        .hint(format!("Install Nushell {BUILT_FOR}, or add its directory to the PATH."))
}
