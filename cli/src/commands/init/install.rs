//! `init --install` and `init --uninstall`: the change of a startup file as text or JSON.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::args::InitArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, diff, words};
use crate::shells::Integration;
use crate::shells::startup_edit::{StartupPlan, home};

/// A change of a startup file, as `--format json` prints it.
#[derive(Serialize)]
struct Report<'a> {
    shell: &'a str,
    file: &'a PathBuf,
    changed: bool,
    dry_run: bool,
    diff: String,
    kept: Option<PathBuf>,
}

pub(super) fn run(integration: &Integration, args: &InitArgs, context: &Context) -> Outcome {
    let plan = StartupPlan::new(integration, args.uninstall)?;
    let backup = if args.dry_run { None } else { plan.apply()? };
    if context.json() {
        render::json(&Report {
            shell: plan.shell.name(),
            file: &plan.file,
            changed: plan.changes(),
            dry_run: args.dry_run,
            diff: diff::lines(&plan.before, &plan.after).join("\n"),
            kept: backup,
        })?;
    } else {
        render::lines(text(&plan, args.dry_run, backup))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(plan: &StartupPlan, dry_run: bool, backup: Option<PathBuf>) -> Vec<String> {
    let home = home().ok();
    let shown = words::directory(&plan.file, home.as_deref());
    let changed = plan.changes();
    let headline = if changed && dry_run {
        format!("This would change {shown}:")
    } else if changed {
        format!("{}:", done(plan))
    } else if plan.uninstall {
        format!("Not installed in {shown}.")
    } else {
        format!("Already installed in {shown}.")
    };
    let mut lines = vec![headline];
    let difference = diff::lines(&plan.before, &plan.after);
    lines.extend(difference.iter().map(|line| format!("  {line}")));
    if let Some(backup) = backup {
        lines.push(format!("Backup: {}", words::directory(&backup, home.as_deref())));
    }
    if changed && !dry_run {
        lines.push(format!("Start a new {} to apply the change.", plan.shell.name()));
    }
    lines
}

/// What was done to the file, without a full stop.
pub(in crate::commands) fn done(plan: &StartupPlan) -> String {
    let shown = words::directory(&plan.file, home().ok().as_deref());
    if plan.file.exists() {
        format!("Changed {shown}")
    } else {
        format!("Removed {shown}, which had no other line")
    }
}
