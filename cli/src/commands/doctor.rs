//! `doctor`: what is well here, what is not, and what to do about it.

use std::io::{IsTerminal, stdout};
use std::process::ExitCode;

use persistproc_api::data_dirs::DEFAULT_PORT;
use serde::Serialize;

use super::{mcp, serve};
use crate::context::Context;
use crate::doctor::{self, Finding, Patient};
use crate::error::Outcome;
use crate::render::{self, health};

#[derive(Serialize)]
struct Report {
    ok: bool,
    findings: Vec<Finding>,
}

pub(crate) fn run(context: &Context) -> Outcome {
    let findings = doctor::findings(Patient {
        dirs: context.data_dirs(),
        client: context.client_of_running_daemon(),
        port: context.port().unwrap_or(DEFAULT_PORT),
        door: mcp::door(context)?,
        holder_of: serve::holder_of,
    });
    let report = Report { ok: findings.iter().all(|finding| finding.ok), findings };
    if context.json() {
        render::json(&report)?;
    } else {
        render::lines(health::lines(&report.findings, stdout().is_terminal()))?;
    }
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
