//! `wording` writes a [`Problem`] in terms of the tools: their parameters, and calls of them as next
//! steps.

use std::borrow::Cow;

use persistproc_api::Problem;
use persistproc_api::problem::{Call, NextStep, Wording};

/// The tools' own words for calls and parameters.
struct ToolWording;

impl Wording for ToolWording {
    fn call(&self, call: &Call) -> String {
        match call {
            Call::List => "Call list()".to_owned(),
            Call::Start => "Call ctrl(action: \"start\", …)".to_owned(),
            Call::Restart(process) => ctrl("restart", process),
            Call::Stop(process) => ctrl("stop", process),
            Call::Output(process) => format!("Call output(command_or_label: {process:?})"),
        }
    }

    fn parameter<'a>(&self, name: &'a str) -> Cow<'a, str> {
        tool_parameter(name).into()
    }
}

fn ctrl(action: &str, process: &str) -> String {
    format!("Call ctrl(action: {action:?}, command_or_label: {process:?})")
}

/// The tools' name of a parameter of the REST API.
fn tool_parameter(name: &str) -> &str {
    match name {
        "after" => "cursor",
        "since" => "since_time",
        "before" => "before_time",
        "command" => "command_or_label",
        "timeout" => "timeout_seconds",
        same => same,
    }
}

/// What happened, with the parameter's name in the tools.
pub(super) fn cause(problem: Problem) -> String {
    match problem.parameter.clone() {
        Some(name) => problem.with_parameter_shown_as(tool_parameter(&name)).message,
        None => problem.message,
    }
}

/// A next step as calls of the tools.
pub(super) fn next_step(step: &NextStep) -> String {
    step.to_text(&ToolWording)
}

/// Cause and next step in one line.
pub(super) fn one_line(problem: Problem) -> String {
    let next = next_step(&problem.hint);
    let cause = cause(problem);
    if next.is_empty() { cause } else { format!("{cause} {next}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_calls_are_those_of_the_tools() {
        let problem = Problem::parameter("after", "cannot be \"7\"").hint(
            NextStep::Omit { parameter: "after", purpose: "get a new cursor" }
                .then(NextStep::restart("web", "start a new run")),
        );
        assert_eq!(
            one_line(problem),
            "`cursor` cannot be \"7\". Leave out `cursor` to get a new cursor. \
             Call ctrl(action: \"restart\", command_or_label: \"web\") to start a new run."
        );
    }
}
