//! Two prompts that a person can pick: what is wrong with a process, and how to start a project.
//! Their words are the `.md` files beside this one.

use persistproc_api::output::{Lines, OutputQuery};
use persistproc_api::process::ListQuery;
use rmcp::ErrorData;
use rmcp::model::{GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::Value;

use super::caller::Caller;

/// Lines of output in a prompt, and bytes of them.
const LINES: u64 = 60;
const BYTES: u64 = 6000;

const DEBUG: &str = include_str!("debug_process.md");
const START: &str = include_str!("start_dev.md");

pub(super) fn all() -> Vec<Prompt> {
    let argument = |name: &str, description: &str, required: bool| {
        vec![PromptArgument::new(name).with_description(description).with_required(required)]
    };
    let target = argument("target", "Label, id, command, or part of one", true);
    let directory = argument("working_directory", "Absolute path of the project", false);
    vec![
        Prompt::new("debug_process", Some("Find out what is wrong with a process"), Some(target))
            .with_title("Debug a process"),
        Prompt::new(
            "start_dev",
            Some("Get a project's dev server up, or find it"),
            Some(directory),
        )
        .with_title("Start development"),
    ]
}

/// A prompt with its blanks filled in.
pub(super) async fn get(
    name: &str,
    arguments: &JsonObject,
    caller: &Caller,
) -> Result<GetPromptResult, ErrorData> {
    let text = match name {
        "debug_process" => debug(argument(arguments, "target"), caller).await?,
        "start_dev" => {
            let here = caller.directory.as_ref().map(|here| here.display().to_string());
            let given = argument(arguments, "working_directory").map(str::to_owned);
            let directory = given.or(here).unwrap_or_else(|| "this project".to_owned());
            START.replace("{directory}", &directory)
        }
        _ => {
            let message = format!("There is no prompt {name:?}: debug_process, start_dev.");
            return Err(ErrorData::invalid_params(message, None));
        }
    };
    let message = PromptMessage::new_text(Role::User, text.trim_end());
    Ok(GetPromptResult::new(vec![message]))
}

async fn debug(target: Option<&str>, caller: &Caller) -> Result<String, ErrorData> {
    let refused = |problem: persistproc_api::Problem| {
        ErrorData::invalid_params(format!("{problem} {}", problem.hint), None)
    };
    let target =
        target.ok_or_else(|| ErrorData::invalid_params("debug_process needs `target`.", None))?;
    let process =
        caller.supervisor.resolve(target, caller.directory.as_deref()).map_err(refused)?;
    let query = OutputQuery {
        lines: Lines::AtMost(LINES),
        bytes: Some(BYTES),
        collapse: true,
        ..OutputQuery::default()
    };
    let page = caller.supervisor.output(&process.id, &query).await.map_err(refused)?;
    let facts = ListQuery { facts: true, target: Some(process.id.clone()), ..ListQuery::default() };
    let state = caller.supervisor.list_with_facts(&facts).await;
    let state = state.first().map(serde_json::to_string).transpose();
    let state = state.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    Ok(DEBUG
        .replace("{name}", process.name())
        .replace("{cursor}", &page.cursor)
        .replace("{state}", &state.unwrap_or_default())
        .replace("{lines}", &page.output.join("\n")))
}

fn argument<'a>(arguments: &'a JsonObject, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}
