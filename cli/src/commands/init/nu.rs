//! `init nu`: print the script for Nushell, or install it where Nushell loads it.

use std::process::ExitCode;

use crate::args::InitArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::nushell::Nushell;
use crate::render::{self, diff};
use crate::shells::Integration;
use crate::shells::nu_edit::{self, NuPlan};

pub(super) fn run(integration: &Integration, args: &InitArgs, context: &Context) -> Outcome {
    let nu = Nushell::find();
    if args.uninstall {
        let plan = NuPlan::uninstall(nu.ok_or_else(nu_edit::not_found)?)?;
        return uninstall(&plan, args.dry_run);
    }
    if args.install {
        let plan = NuPlan::install(nu.ok_or_else(nu_edit::not_found)?, integration)?;
        return install(&plan, args.dry_run, context);
    }
    render::lines(nu_edit::script_for(nu.as_ref(), integration)?.lines())?;
    Ok(ExitCode::SUCCESS)
}

fn install(plan: &NuPlan, dry_run: bool, context: &Context) -> Outcome {
    let shown = plan.file.display();
    if dry_run {
        let difference = diff::lines(&plan.before, &plan.after);
        render::lines([format!("This would write {shown}:")])?;
        render::lines(difference.iter().map(|line| format!("  {line}")))?;
        return Ok(ExitCode::SUCCESS);
    }
    let about_plugin = plan.apply()?;
    if context.json() {
        let plugin = plan.has_plugin();
        render::json(&serde_json::json!({ "shell": "nu", "file": plan.file, "plugin": plugin }))?;
    } else {
        let written = format!("Wrote {shown}. Start a new Nushell to apply the change.");
        render::lines(about_plugin.into_iter().chain([written]))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Removes the script and unregisters the plugin.
fn uninstall(plan: &NuPlan, dry_run: bool) -> Outcome {
    let shown = plan.file.display();
    if !plan.file.exists() {
        render::lines([format!("Not installed: {shown} does not exist.")])?;
    } else if dry_run {
        render::lines([format!("This would remove {shown}.")])?;
    } else {
        let about_plugin = plan.apply()?;
        let removed = format!("Removed {shown}. Start a new Nushell to apply the change.");
        render::lines([removed].into_iter().chain(about_plugin))?;
    }
    Ok(ExitCode::SUCCESS)
}
