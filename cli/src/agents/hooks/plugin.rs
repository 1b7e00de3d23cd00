//! [`PluginEdit`]: the plugin for Claude Code, a folder that it loads by itself: the MCP server, the hooks
//! and a skill. It takes the place of the entries in the settings.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use persistproc_api::{ErrorCode, Problem, VERSION};
use serde_json::json;

use super::entries::HookSetup;
use super::json as hooks_json;
use crate::agents::config_file::{self, BackupRule};
use crate::agents::{Endpoint, SERVER_NAME};

const NEW_FILE_MODE: u32 = 0o644;

/// The file that Claude Code knows a plugin by.
const MANIFEST: &str = ".claude-plugin/plugin.json";

/// All files that a plugin of any version has.
const FILES: [&str; 4] = [MANIFEST, ".mcp.json", "hooks/hooks.json", "skills/persistproc/SKILL.md"];

const SKILL: &str = include_str!("skill.md");

/// The files to write into the folder of the plugin, or to remove from it.
#[derive(Debug)]
pub(crate) struct PluginEdit {
    pub(crate) folder: PathBuf,
    /// The path of each file in the folder, and its text before and after.
    pub(crate) files: Vec<PluginFile>,
}

#[derive(Debug)]
pub(crate) struct PluginFile {
    pub(crate) path: PathBuf,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// Whether the folder holds a plugin of ours.
pub(crate) fn is_installed(folder: &Path) -> bool {
    folder.join(MANIFEST).exists()
}

/// Whether the plugin in the folder looks at shell commands.
pub(crate) fn guards_shell(folder: &Path) -> bool {
    config_file::read(&folder.join("hooks/hooks.json"))
        .is_ok_and(|text| text.contains(" --guard-shell"))
}

impl PluginEdit {
    /// Writes the plugin. It has no monitor, which would repeat the news that the hooks bring.
    pub(crate) fn install(
        folder: PathBuf,
        endpoint: &Endpoint,
        setup: &HookSetup,
    ) -> Result<Self, Problem> {
        let setup = HookSetup {
            guards_shell: setup.guards_shell || guards_shell(&folder),
            ..setup.clone()
        };
        let manifest = json!({
            "name": SERVER_NAME,
            "version": VERSION,
            "description": "The dev servers that people and agents share: what runs, what it prints, what broke",
            "author": {"name": "the persistproc authors"},
            "license": "MIT",
        });
        let server = json!({"mcpServers": {SERVER_NAME: {
            "type": "stdio", "command": endpoint.program, "args": endpoint.arguments
        }}});
        let hooks =
            hooks_json::put(&setup, "{\n  \"description\": \"What runs, and what broke\"\n}\n")
                .map_err(|malformed| Problem::internal(malformed.cause))?;
        let texts = [
            (MANIFEST, pretty(&manifest)),
            (".mcp.json", pretty(&server)),
            ("hooks/hooks.json", hooks),
            ("skills/persistproc/SKILL.md", SKILL.to_owned()),
        ];
        let files = texts.into_iter().map(|(name, after)| PluginFile::new(&folder, name, after));
        Ok(Self { files: files.collect::<Result<_, _>>()?, folder })
    }

    /// Removes the plugin. Files that are not of a plugin of ours stay.
    pub(crate) fn uninstall(folder: PathBuf) -> Result<Self, Problem> {
        let files = FILES.iter().map(|name| PluginFile::new(&folder, name, String::new()));
        Ok(Self { files: files.collect::<Result<_, _>>()?, folder })
    }

    /// Whether a file would change.
    pub(crate) fn changes(&self) -> bool {
        self.files.iter().any(|file| file.before != file.after)
    }

    pub(crate) fn apply(&self) -> Result<(), Problem> {
        for PluginFile { path, before, after } in &self.files {
            if before == after {
                continue;
            }
            if after.is_empty() {
                remove(path)?;
            } else {
                config_file::replace(path, before, after, NEW_FILE_MODE, BackupRule::Keep)?;
            }
        }
        if !is_installed(&self.folder) {
            remove_empty_folders(&self.folder);
        }
        Ok(())
    }
}

impl PluginFile {
    fn new(folder: &Path, name: &str, after: String) -> Result<Self, Problem> {
        let path = folder.join(name);
        let before = config_file::read(&path)?;
        Ok(Self { path, before, after })
    }
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn remove(path: &Path) -> Result<(), Problem> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            let message = format!("Cannot remove {}: {error}.", path.display());
            Err(Problem::new(ErrorCode::Storage, message).hint("Remove the file yourself."))
        }
        _ => Ok(()),
    }
}

/// A folder with a file of the user stays.
fn remove_empty_folders(folder: &Path) {
    for name in FILES {
        let inner = folder.join(name);
        let parents = inner.ancestors().skip(1).take_while(|parent| parent.starts_with(folder));
        for parent in parents {
            fs::remove_dir(parent).ok();
        }
    }
}
