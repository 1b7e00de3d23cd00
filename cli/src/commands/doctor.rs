//! `doctor`: check the installation, print the findings, and exit with 1 if there is a problem.

use std::io::{IsTerminal, stdout};
use std::process::ExitCode;

use serde::Serialize;

use super::mcp::endpoint;
use super::serve;
use crate::context::Context;
use crate::doctor::{self, Finding, Installation, text};
use crate::error::Outcome;
use crate::render;
use crate::settings::Settings;
use crate::terminal;

/// The findings, as `--format json` prints them.
#[derive(Serialize)]
struct Report {
    ok: bool,
    findings: Vec<Finding>,
}

pub(crate) fn run(context: &Context) -> Outcome {
    let findings = doctor::check(Installation {
        dirs: context.data_dirs(),
        client: context.client_of_running_daemon(),
        port: context.daemon_port(),
        settings: Settings::read(),
        endpoint: endpoint::of_context(context)?,
        port_holder: serve::port_holder,
        lock_holder: serve::lock_holder,
    });
    let report = Report { ok: findings.iter().all(|finding| finding.ok), findings };
    if context.json() {
        render::json(&report)?;
    } else {
        let width = stdout().is_terminal().then(|| terminal::size().columns);
        render::lines(text::lines(&report.findings, width))?;
    }
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
