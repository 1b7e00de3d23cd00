//! `runs`: the runs of a process whose output is kept.

use std::process::ExitCode;

use persistproc_api::{Process, Target, Time};

use super::selected;
use crate::args::RunsArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, table, words};

pub(crate) fn run(args: &RunsArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let process = selected::one_to_read(&client, &args.target, "runs", context)?;
    let list = client.runs(&Target::from(&process))?;
    if context.json() {
        render::json(&list)?;
    } else {
        render::lines(lines(&list.runs, context.client_name()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn lines(runs: &[Process], reader: &str) -> Vec<String> {
    let now = Time::now();
    let heading = ["RUN", "STATUS", "STARTED", "LASTED", "BY"].map(str::to_owned).to_vec();
    let rows = runs.iter().map(|run| {
        let start = run.status.start_time();
        let started =
            start.map(|start| format!("{} ago", words::duration(now.seconds_since(start))));
        let end = run.status.end_time().or(run.status.is_alive().then_some(now));
        let lasted = start.zip(end).map(|(start, end)| words::duration(end.seconds_since(start)));
        vec![
            run.run.to_string(),
            run.status_for(reader),
            started.unwrap_or_default(),
            lasted.unwrap_or_default(),
            words::shown(run.started_by.as_deref().unwrap_or_default()),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    table::aligned(&rows).into_iter().map(|line| line.trim_end().to_owned()).collect()
}
