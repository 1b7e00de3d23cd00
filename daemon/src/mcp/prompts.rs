//! The two prompts that a user can pick: `debug_process` and `start_dev`. Their texts are the `.md`
//! files beside this one.

use persistproc_api::process::ListQuery;
use persistproc_api::{Problem, Target};
use rmcp::ErrorData;
use rmcp::model::{GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::Value;

use super::caller::Caller;
use super::recent_output::recent_output_of_id;
use super::tool_io::non_blank;
use super::wording;

const MAX_OUTPUT_LINES: u64 = 60;

const MAX_OUTPUT_BYTES: u64 = 6000;

const DEBUG_PROCESS: &str = include_str!("debug_process.md");
const START_DEV: &str = include_str!("start_dev.md");

pub(super) fn all() -> Vec<Prompt> {
    let target = PromptArgument::new("target")
        .with_description("Label, id, command, or part of one")
        .with_required(true);
    let directory = PromptArgument::new("working_directory")
        .with_description("Absolute path of the project")
        .with_required(false);
    vec![
        Prompt::new(
            "debug_process",
            Some("Find out what is wrong with a process"),
            Some(vec![target]),
        )
        .with_title("Debug a process"),
        Prompt::new(
            "start_dev",
            Some("Start a project's dev server, or find the running one"),
            Some(vec![directory]),
        )
        .with_title("Start development"),
    ]
}

/// A prompt with its placeholders filled in.
pub(super) async fn get(
    name: &str,
    arguments: &JsonObject,
    caller: &Caller,
) -> Result<GetPromptResult, ErrorData> {
    let text = match name {
        "debug_process" => debug_process(arguments, caller).await?,
        "start_dev" => start_dev(arguments, caller),
        _ => {
            let message = format!("Unknown prompt {name:?}. Prompts: debug_process, start_dev.");
            return Err(ErrorData::invalid_params(message, None));
        }
    };
    let message = PromptMessage::new_text(Role::User, text.trim_end());
    Ok(GetPromptResult::new(vec![message]))
}

fn start_dev(arguments: &JsonObject, caller: &Caller) -> String {
    let caller_directory =
        caller.directory.as_ref().map(|directory| directory.display().to_string());
    let directory = argument(arguments, "working_directory").map(str::to_owned);
    let directory = directory.or(caller_directory).unwrap_or_else(|| "this project".to_owned());
    START_DEV.replace("{directory}", &directory)
}

async fn debug_process(arguments: &JsonObject, caller: &Caller) -> Result<String, ErrorData> {
    let Some(target) = argument(arguments, "target") else {
        return Err(ErrorData::invalid_params("debug_process needs `target`.", None));
    };
    let supervisor = &caller.supervisor;
    let target = Target::new(target, caller.directory.clone());
    let process = supervisor.resolve(&target).map_err(invalid_params)?;
    let page = recent_output_of_id(supervisor, &process.id, MAX_OUTPUT_LINES, MAX_OUTPUT_BYTES)
        .await
        .map_err(invalid_params)?;
    let query = ListQuery { facts: true, target: Some(process.id.clone()), ..ListQuery::default() };
    let processes = supervisor.list_with_facts(&query).await;
    let state = processes.first().map(serde_json::to_string).transpose();
    let state = state.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    Ok(DEBUG_PROCESS
        .replace("{name}", process.name())
        .replace("{cursor}", &page.cursor)
        .replace("{state}", &state.unwrap_or_default())
        .replace("{lines}", &page.output.join("\n")))
}

fn invalid_params(problem: Problem) -> ErrorData {
    ErrorData::invalid_params(wording::one_line(problem), None)
}

fn argument<'a>(arguments: &'a JsonObject, name: &str) -> Option<&'a str> {
    non_blank(arguments.get(name).and_then(Value::as_str))
}
