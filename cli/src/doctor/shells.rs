//! Which shells are installed, and whether Nushell can use our plugin: a plugin works with exactly
//! one minor version of Nushell.

use clap::ValueEnum;

use super::finding::Finding;
use crate::args::InitShell;
use crate::nushell::{Nushell, PluginState};
use crate::programs::on_path;
use crate::shells::detection::is_connected;

/// The command that registers the plugin and writes the script beside it.
const INSTALL_NU: &str = "`persistproc init nu --install`";

/// The shells on the PATH.
pub(super) struct Shells {
    installed: Vec<InitShell>,
    /// Those that load the integration.
    connected: Vec<InitShell>,
}

impl Shells {
    /// A startup file that cannot be read loads nothing.
    pub(super) fn find() -> Self {
        let all = InitShell::value_variants().iter().copied();
        let installed: Vec<_> = all.filter(|shell| on_path(shell.name()).is_some()).collect();
        let connected = installed.iter().copied().filter(|it| is_connected(*it).unwrap_or(false));
        Self { connected: connected.collect(), installed }
    }

    pub(super) fn is_any_installed(&self) -> bool {
        !self.installed.is_empty()
    }

    pub(super) fn is_any_connected(&self) -> bool {
        !self.connected.is_empty()
    }
}

pub(super) fn check(shells: &Shells) -> Vec<Finding> {
    let mut findings = vec![judge(shells)];
    findings.extend(Nushell::find().map(|nu| judge_nu(&nu.version, &nu.plugin_state())));
    findings
}

fn judge(shells: &Shells) -> Finding {
    let Some(first) = shells.installed.first() else {
        let names = names(InitShell::value_variants());
        return Finding::ok("shells", format!("No supported shell is installed: {names}."));
    };
    let message = format!("Shells: {}.", names(&shells.installed));
    if shells.is_any_connected() {
        let connected = names(&shells.connected);
        return Finding::ok("shells", format!("{message} Connected: {connected}."));
    }
    let first = first.name();
    Finding::ok("shells", message).with_advice(format!(
        "Run `persistproc init {first} --install` to set up completion and pp-wrap."
    ))
}

fn names(shells: &[InitShell]) -> String {
    shells.iter().map(|shell| shell.name()).collect::<Vec<_>>().join(", ")
}

fn judge_nu(version: &str, state: &PluginState) -> Finding {
    match state {
        PluginState::Ready => {
            Finding::ok("nu", format!("Nushell {version} has the plugin registered."))
        }
        PluginState::Unregistered(_) => {
            Finding::ok("nu", format!("Nushell {version} does not have the plugin registered."))
                .with_advice(format!("Run {INSTALL_NU} to register it."))
        }
        PluginState::Missing => {
            Finding::ok("nu", format!("The plugin for Nushell {version} is not installed."))
                .with_advice(format!(
                    "Run `cargo install --path nu_plugin_persistproc`, then {INSTALL_NU}."
                ))
        }
        PluginState::Outdated(plugin, other) => Finding::problem(
            "nu",
            format!(
                "Nushell {version} has another plugin registered ({other}) instead of {}.",
                plugin.file.display()
            ),
            format!("Run {INSTALL_NU} to register this one."),
        ),
        PluginState::Incompatible(built_for) => Finding::problem(
            "nu",
            format!("Nushell is {version}, but the plugin is built for {built_for}."),
            format!(
                "Run `cargo install nu --version {built_for} --locked` to install that version, \
                 or {INSTALL_NU} to use the same tables without the plugin."
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nushell::Plugin;

    #[test]
    fn a_plugin_that_nushell_cannot_use_is_a_problem_with_a_fix() {
        let plugin = || Plugin { file: "/bin/plugin".into(), version: "0.3.0+0.115.1".into() };
        let findings: Vec<String> = [
            PluginState::Ready,
            PluginState::Unregistered(plugin()),
            PluginState::Missing,
            PluginState::Outdated(plugin(), "/opt/plugin".into()),
            PluginState::Incompatible("0.115.1".into()),
        ]
        .iter()
        .map(|state| judge_nu("0.116.0", state))
        .map(|finding| format!("{} {} {}", finding.ok, finding.message, finding.fix))
        .collect();
        insta::assert_snapshot!(findings.join("\n"), @r"
        true Nushell 0.116.0 has the plugin registered. 
        true Nushell 0.116.0 does not have the plugin registered. Run `persistproc init nu --install` to register it.
        true The plugin for Nushell 0.116.0 is not installed. Run `cargo install --path nu_plugin_persistproc`, then `persistproc init nu --install`.
        false Nushell 0.116.0 has another plugin registered (/opt/plugin) instead of /bin/plugin. Run `persistproc init nu --install` to register this one.
        false Nushell is 0.116.0, but the plugin is built for 0.115.1. Run `cargo install nu --version 0.115.1 --locked` to install that version, or `persistproc init nu --install` to use the same tables without the plugin.
        ");
    }
}
