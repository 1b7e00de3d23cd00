//! Which shells are here, and whether Nushell is the one that the plugin is made for: a plugin
//! speaks with exactly one version of it.

use std::process::{Command, Stdio};

use super::Finding;
use crate::programs::on_path;

const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "nu"];

/// The Nushell that `nu_plugin_persistproc` is built for.
const NU: &str = "0.115.1";

pub(super) fn findings() -> Vec<Finding> {
    let installed: Vec<&str> =
        SHELLS.into_iter().filter(|shell| on_path(shell).is_some()).collect();
    let plugin = on_path("nu_plugin_persistproc").is_some();
    let nu = installed.contains(&"nu").then(nu_version);
    std::iter::once(judge(&installed)).chain(nu.map(|nu| judge_nu(nu.as_deref(), plugin))).collect()
}

fn nu_version() -> Option<String> {
    let said = Command::new("nu").arg("--version").stdin(Stdio::null()).output().ok()?;
    Some(String::from_utf8(said.stdout).ok()?.trim().to_owned())
}

fn judge(installed: &[&str]) -> Finding {
    match installed {
        [] => {
            Finding::ok("shells", format!("None of these shells is here: {}.", SHELLS.join(", ")))
        }
        [first, ..] => {
            let finding = Finding::ok("shells", format!("Shells: {}.", installed.join(", ")));
            match *first {
                "nu" => finding,
                shell => finding.advice(format!(
                    "`persistproc init {shell}` prints what makes one of them know pp."
                )),
            }
        }
    }
}

fn judge_nu(version: Option<&str>, plugin: bool) -> Finding {
    let installed =
        version.map_or_else(|| "Nushell is installed".into(), |v| format!("Nushell is {v}"));
    match (version == Some(NU), plugin) {
        (true, true) => Finding::ok("nu", format!("{installed}, as the plugin wants it.")),
        (true, false) => Finding::ok("nu", format!("{installed}; its plugin is not on the PATH."))
            .advice(
                "`cargo install --path nu_plugin_persistproc`, then `plugin add` gives tables.",
            ),
        (false, true) => Finding::problem(
            "nu",
            format!("{installed}, but the plugin is made for {NU}."),
            format!("Install Nushell {NU}, or do without the plugin: `pp` works in any shell."),
        ),
        (false, false) => {
            Finding::ok("nu", format!("{installed}; a plugin for it would need {NU}."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plugin_is_built_for_the_version_we_say() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../nu_plugin_persistproc/Cargo.toml");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        assert!(manifest.contains(&format!("nu-plugin = \"={NU}\"")), "{manifest}");
    }

    #[test]
    fn another_nushell_is_a_problem_only_with_the_plugin() {
        assert!(judge_nu(Some(NU), true).ok);
        assert!(judge_nu(Some("0.1.0"), false).ok);
        insta::assert_snapshot!(judge_nu(Some("0.1.0"), true).message, @"Nushell is 0.1.0, but the plugin is made for 0.115.1.");
        insta::assert_snapshot!(judge_nu(None, true).message, @"Nushell is installed, but the plugin is made for 0.115.1.");
    }
}
