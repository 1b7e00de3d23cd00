//! `resources` serves the process list and each process's output as MCP resources, which a user
//! attaches to a conversation. The tools return the same data.

use persistproc_api::process::ListQuery;
use persistproc_api::{Target, routes};
use rmcp::ErrorData;
use rmcp::model::{self, ReadResourceResult, ResourceContents, ResourceTemplate};
use serde_json::json;

use super::recent_output::recent_output_of_id;
use super::wording;
use crate::supervisor::Supervisor;

const MAX_OUTPUT_LINES: u64 = 200;

const MAX_OUTPUT_BYTES: u64 = 16_000;

/// Outputs in the list of resources.
const MAX_LISTED_OUTPUTS: usize = 50;

const PROCESSES_URI: &str = "persistproc://processes";
const OUTPUT_URI_TEMPLATE: &str = "process://{target}/output";

/// What a URI names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// The list of processes.
    Processes,
    /// The output of one process.
    Output { id: String },
}

/// The list of resources: the process list, then the outputs, those of running processes first.
pub(super) fn all(supervisor: &Supervisor) -> Vec<model::Resource> {
    let list = model::Resource::new(PROCESSES_URI, "processes")
        .with_title("Processes")
        .with_description("Running and ended processes")
        .with_mime_type("application/json");
    let processes = supervisor.list(&ListQuery::default());
    let outputs = processes.into_iter().take(MAX_LISTED_OUTPUTS).map(|process| {
        let uri = format!("process://{}/output", routes::encode(&process.id));
        model::Resource::new(uri, process.id.clone())
            .with_title(format!("Output of {}", process.name()))
            .with_description(process.label.clone())
            .with_mime_type("text/plain")
    });
    std::iter::once(list).chain(outputs).collect()
}

pub(super) fn templates() -> Vec<ResourceTemplate> {
    let template = ResourceTemplate::new(OUTPUT_URI_TEMPLATE, "output")
        .with_title("Output of a process")
        .with_description("The newest lines; target is an id, a label, a PID or a command")
        .with_mime_type("text/plain");
    vec![template]
}

/// Resolves a URI; an error if it names no existing resource.
pub(super) fn resolve(supervisor: &Supervisor, uri: &str) -> Result<Resource, ErrorData> {
    if uri == PROCESSES_URI {
        return Ok(Resource::Processes);
    }
    let target = uri.strip_prefix("process://").and_then(|rest| rest.strip_suffix("/output"));
    let Some(target) = target.and_then(routes::decode) else {
        return Err(not_found(uri, format!("Unknown resource {uri:?}.")));
    };
    match supervisor.resolve(&Target::new(target, None)) {
        Ok(process) => Ok(Resource::Output { id: process.id }),
        Err(problem) => Err(not_found(uri, wording::one_line(problem))),
    }
}

/// The contents of a resource.
pub(super) async fn read(
    supervisor: &Supervisor,
    uri: &str,
) -> Result<ReadResourceResult, ErrorData> {
    let contents = match resolve(supervisor, uri)? {
        Resource::Processes => {
            let query = ListQuery { facts: true, ..ListQuery::default() };
            let processes = supervisor.list_with_facts(&query).await;
            let json = serde_json::to_string(&processes)
                .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
            ResourceContents::text(json, uri).with_mime_type("application/json")
        }
        Resource::Output { id } => {
            let page = recent_output_of_id(supervisor, &id, MAX_OUTPUT_LINES, MAX_OUTPUT_BYTES)
                .await
                .map_err(|problem| not_found(uri, wording::one_line(problem)))?;
            ResourceContents::text(page.output.join("\n"), uri).with_mime_type("text/plain")
        }
    };
    Ok(ReadResourceResult::new(vec![contents]))
}

fn not_found(uri: &str, message: String) -> ErrorData {
    ErrorData::resource_not_found(message, Some(json!({ "uri": uri })))
}
