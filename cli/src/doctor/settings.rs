//! The settings of the daemon: which hold, where each comes from, and in what a daemon that started now
//! would differ from the one that runs.

use std::path::PathBuf;

use persistproc_api::daemon::{DaemonInfo, FlagOrigins, Limits, TcpStatus};
use persistproc_api::data_dirs::{DEFAULT_PORT, DataDirs};
use persistproc_api::serve_flags::{FlagSources, ServeFlags};

use super::finding::Finding;
use crate::render::words;
use crate::settings::{Settings, shown_path, variable_name};

/// The number of limits. Those without an origin have their default.
const LIMIT_COUNT: usize = 4;

/// What is invalid in the variables and the configuration file.
pub(super) fn check(settings: &Settings) -> Option<Finding> {
    Some(Finding::problem("settings", settings.error_text()?, settings.fix()))
}

/// The settings of the daemon that the next command would start.
pub(super) struct NextDaemon {
    sources: FlagSources,
    config_file: Option<PathBuf>,
    /// What is invalid.
    error: Option<String>,
}

impl NextDaemon {
    pub(super) fn new(dirs: &DataDirs, settings: &Settings) -> Self {
        let sources = FlagSources {
            given: ServeFlags::default(),
            variables: settings.variables,
            // The daemon reports a damaged `serve.json` itself.
            remembered: ServeFlags::remembered(dirs).unwrap_or_default(),
            file: settings.file,
        };
        Self { sources, config_file: settings.path.clone(), error: settings.error_text() }
    }
}

/// The limits, if no daemon runs.
pub(super) fn of_next_daemon(next: &NextDaemon) -> Finding {
    let origins = FlagOrigins { config_file: next.config_file.clone(), ..next.sources.origins() };
    describe("Limits of the next daemon", next.sources.merged().limits(), &origins)
}

/// The limits of the daemon, and what differs from those of the next one.
pub(super) fn of_running_daemon(info: &DaemonInfo, next: &NextDaemon) -> Vec<Finding> {
    let Some(limits) = info.limits else { return Vec::new() };
    let default = FlagOrigins::default();
    let origins = info.flags.as_ref().unwrap_or(&default);
    if let Some(error) = &origins.error {
        let message = format!("{error} No run and no process is dropped.");
        let fix = "Run `persistproc serve --replace --defaults`, with the limits that you want; all \
                   processes keep running.";
        return vec![Finding::problem("limits", message, fix)];
    }
    if let Some(error) = &origins.config_error {
        let known = next.error.as_ref() == Some(error);
        let error = if known { String::new() } else { format!(" {error}") };
        let message = format!(
            "A setting was invalid when the daemon started, so it drops no run and no process.{error}"
        );
        let fix = "Correct it, then run `persistproc shutdown --keep`; the next command starts a daemon \
                   with it, and all processes keep running.";
        return vec![Finding::problem("limits", message, fix)];
    }
    let mut findings = vec![describe("Limits", limits, origins)];
    findings.extend(difference(info, limits, origins, &next.sources.merged()));
    findings
}

fn describe(subject: &str, limits: Limits, origins: &FlagOrigins) -> Finding {
    let log = words::size(limits.log_limit);
    let total = words::size(limits.total_log_limit);
    let Limits { keep_runs, keep_processes, .. } = limits;
    let message = format!(
        "{subject}: {log} of output per process, {total} in total, {keep_runs} runs per process, \
         {keep_processes} ended processes.{}",
        origin_text(origins)
    );
    Finding::ok("limits", message)
}

/// Where the limits and `no_names` come from. The port has a line of its own.
fn origin_text(origins: &FlagOrigins) -> String {
    let mut text = String::new();
    let given = without_port(&origins.given);
    let variables = without_port(&origins.variables);
    let file = without_port(&origins.file);
    if !given.is_empty() {
        text += &format!(" Given to this daemon: {}.", given.join(", "));
    }
    if !variables.is_empty() {
        let names: Vec<String> = variables.iter().map(|flag| variable_name(&key(flag))).collect();
        text += &format!(" By a variable: {}.", names.join(", "));
    }
    if !origins.remembered.is_empty() {
        text += &format!(
            " Remembered from an earlier `serve`: {}; `persistproc serve --replace --defaults` \
             forgets them.",
            origins.remembered.join(", ")
        );
    }
    if !file.is_empty() {
        let path = origins.config_file.as_deref().map_or_else(|| "config.toml".into(), shown_path);
        let keys: Vec<String> = file.iter().map(|flag| key(flag)).collect();
        text += &format!(" From {path}: {}.", keys.join(", "));
    }
    let all = [given, variables, without_port(&origins.remembered), file].concat();
    match all.iter().filter(|flag| **flag != "--no-names").count() {
        0 => text += " All are defaults.",
        LIMIT_COUNT => {}
        _ => text += " The others are defaults.",
    }
    text
}

fn without_port(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).filter(|flag| *flag != "--port").collect()
}

/// The key of the file for a flag.
fn key(flag: &str) -> String {
    flag.trim_start_matches('-').replace('-', "_")
}

/// In what the next daemon would differ. A flag that the running daemon was given is meant for it.
fn difference(
    info: &DaemonInfo,
    limits: Limits,
    origins: &FlagOrigins,
    next: &ServeFlags,
) -> Option<Finding> {
    let new = next.limits();
    let port = match &info.tcp {
        TcpStatus::Open { url } => url.rsplit(':').next().unwrap_or_default().to_owned(),
        TcpStatus::Closed { .. } => String::new(),
    };
    let new_port = next.port.unwrap_or(DEFAULT_PORT).to_string();
    let names = info.names.unwrap_or(true);
    let rows = [
        ("--log-limit", words::size(limits.log_limit), words::size(new.log_limit)),
        (
            "--total-log-limit",
            words::size(limits.total_log_limit),
            words::size(new.total_log_limit),
        ),
        ("--keep-runs", limits.keep_runs.to_string(), new.keep_runs.to_string()),
        ("--keep-processes", limits.keep_processes.to_string(), new.keep_processes.to_string()),
        ("--port", port, new_port),
        ("--no-names", (!names).to_string(), next.no_names.unwrap_or(false).to_string()),
    ];
    let differences: Vec<String> = rows
        .into_iter()
        .filter(|(flag, now, then)| {
            now != then && !now.is_empty() && !origins.given.iter().any(|given| given == flag)
        })
        .map(|(flag, now, then)| format!("{} {then} instead of {now}", key(flag)))
        .collect();
    if differences.is_empty() {
        return None;
    }
    let message =
        format!("A daemon that starts now has other settings: {}.", differences.join(", "));
    Some(Finding::ok("settings", message).with_advice(
        "Run `persistproc shutdown --keep`, and the next command starts a daemon with them; all \
         processes keep running.",
    ))
}
