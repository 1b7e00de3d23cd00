//! Which shells are here, and whether Nushell can use our plugin: a plugin speaks with exactly one
//! version of it.

use super::Finding;
use crate::nushell::{Nushell, State};
use crate::programs::on_path;

const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "nu"];

pub(super) fn findings() -> Vec<Finding> {
    let installed: Vec<&str> =
        SHELLS.into_iter().filter(|shell| on_path(shell).is_some()).collect();
    let nu = Nushell::find().map(|nu| judge_nu(&nu.version, &nu.state()));
    std::iter::once(judge(&installed)).chain(nu).collect()
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

/// What registers the plugin, and writes what Nushell needs beside it.
const INSTALL: &str = "`persistproc init nu --install`";

fn judge_nu(version: &str, state: &State) -> Finding {
    let nu = format!("Nushell is {version}");
    match state {
        State::Ready => Finding::ok("nu", format!("{nu} and knows the plugin.")),
        State::Unregistered(_) => Finding::ok("nu", format!("{nu} and does not know the plugin."))
            .advice(format!("{INSTALL} registers it.")),
        State::Absent => Finding::ok("nu", format!("{nu}; the plugin is not installed.")).advice(
            format!("`cargo install --path nu_plugin_persistproc`, then {INSTALL}: tables."),
        ),
        State::Outdated(plugin, other) => Finding::problem(
            "nu",
            format!("{nu} and knows another plugin, {other}, not {}.", plugin.file.display()),
            format!("{INSTALL} registers this one."),
        ),
        State::Misfit(made_for) => Finding::problem(
            "nu",
            format!("{nu}, but the plugin is made for {made_for}."),
            format!(
                "`cargo install nu --version {made_for} --locked` brings that one; {INSTALL} brings \
                 the same tables without the plugin."
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nushell::Plugin;

    #[test]
    fn only_what_does_not_fit_is_a_problem_and_each_has_its_command() {
        let plugin = || Plugin { file: "/bin/plugin".into(), version: "0.3.0+0.115.1".into() };
        let told: Vec<String> = [
            State::Ready,
            State::Unregistered(plugin()),
            State::Absent,
            State::Outdated(plugin(), "/opt/plugin".into()),
            State::Misfit("0.115.1".into()),
        ]
        .iter()
        .map(|state| judge_nu("0.116.0", state))
        .map(|found| format!("{} {} {}", found.ok, found.message, found.fix))
        .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        true Nushell is 0.116.0 and knows the plugin. 
        true Nushell is 0.116.0 and does not know the plugin. `persistproc init nu --install` registers it.
        true Nushell is 0.116.0; the plugin is not installed. `cargo install --path nu_plugin_persistproc`, then `persistproc init nu --install`: tables.
        false Nushell is 0.116.0 and knows another plugin, /opt/plugin, not /bin/plugin. `persistproc init nu --install` registers this one.
        false Nushell is 0.116.0, but the plugin is made for 0.115.1. `cargo install nu --version 0.115.1 --locked` brings that one; `persistproc init nu --install` brings the same tables without the plugin.
        ");
    }
}
