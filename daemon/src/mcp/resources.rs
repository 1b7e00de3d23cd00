//! The list of processes and each one's output as resources: what a person attaches to a
//! conversation. Nothing is here that the tools have not.

use persistproc_api::output::{Lines, OutputQuery};
use persistproc_api::process::ListQuery;
use persistproc_api::{Problem, routes};
use rmcp::ErrorData;
use rmcp::model::{self, ReadResourceResult, ResourceContents, ResourceTemplate};
use serde_json::json;

use crate::supervisor::Supervisor;

/// Lines of output in a resource, and bytes of them.
const LINES: u64 = 200;
const BYTES: u64 = 16_000;

/// Outputs in the list of resources.
const LISTED: usize = 50;

const PROCESSES: &str = "persistproc://processes";
const TEMPLATE: &str = "process://{target}/output";

/// What a URI names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// The list; or, for those who ask for it, only which ones there are.
    Processes {
        of_list: bool,
    },
    Output {
        id: String,
    },
}

/// All of them: the list, then the outputs, those of running processes first.
pub(super) fn all(supervisor: &Supervisor) -> Vec<model::Resource> {
    let list = model::Resource::new(PROCESSES, "processes")
        .with_title("Processes")
        .with_description("What runs and what ran under persistproc")
        .with_mime_type("application/json");
    let outputs = supervisor.list(&ListQuery::default()).into_iter().take(LISTED).map(|process| {
        let uri = format!("process://{}/output", routes::encode(&process.id));
        model::Resource::new(uri, process.id.clone())
            .with_title(format!("Output of {}", process.name()))
            .with_description(process.label)
            .with_mime_type("text/plain")
    });
    std::iter::once(list).chain(outputs).collect()
}

pub(super) fn templates() -> Vec<ResourceTemplate> {
    let template = ResourceTemplate::new(TEMPLATE, "output")
        .with_title("Output of a process")
        .with_description("Its newest lines; target is an id, a label, a pid or a command")
        .with_mime_type("text/plain");
    vec![template]
}

/// What a URI names, if there is such a thing.
pub(super) fn find(supervisor: &Supervisor, uri: &str) -> Result<Resource, ErrorData> {
    if uri == PROCESSES {
        return Ok(Resource::Processes { of_list: false });
    }
    let none = || missing(uri, format!("There is no resource {uri:?}."));
    let target = uri.strip_prefix("process://").and_then(|rest| rest.strip_suffix("/output"));
    let target = target.and_then(routes::decode).ok_or_else(none)?;
    let process =
        supervisor.resolve(&target, None).map_err(|problem| missing(uri, sentence(&problem)))?;
    Ok(Resource::Output { id: process.id })
}

/// Its contents.
pub(super) async fn read(
    supervisor: &Supervisor,
    uri: &str,
) -> Result<ReadResourceResult, ErrorData> {
    let contents = match find(supervisor, uri)? {
        Resource::Processes { .. } => {
            let query = ListQuery { facts: true, ..ListQuery::default() };
            let processes = supervisor.list_with_facts(&query).await;
            let json = serde_json::to_string(&processes)
                .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
            ResourceContents::text(json, uri).with_mime_type("application/json")
        }
        Resource::Output { id } => {
            let query = OutputQuery {
                lines: Lines::AtMost(LINES),
                bytes: Some(BYTES),
                collapse: true,
                ..OutputQuery::default()
            };
            let page = supervisor
                .output(&id, &query)
                .await
                .map_err(|problem| missing(uri, sentence(&problem)))?;
            ResourceContents::text(page.output.join("\n"), uri).with_mime_type("text/plain")
        }
    };
    Ok(ReadResourceResult::new(vec![contents]))
}

fn sentence(problem: &Problem) -> String {
    format!("{problem} {}", problem.hint)
}

fn missing(uri: &str, message: String) -> ErrorData {
    ErrorData::resource_not_found(message, Some(json!({ "uri": uri })))
}
