//! The four tools as a client is told of them, and the way from arguments to an answer. Made
//! once; nothing here differs between clients.

use std::sync::LazyLock;

use persistproc_api::words::shown_lines;
use rmcp::model::{
    CallToolResponse, CallToolResult, ContentBlock, JsonObject, MetaObject, Tool, ToolAnnotations,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::caller::Caller;
use super::failure::Failure;
use super::{ctrl, list, output, patience, schema, wait};

/// What every client reads before its first call.
pub(super) const INSTRUCTIONS: &str = include_str!("instructions.md");

/// In the order of their names.
static TOOLS: LazyLock<[Tool; 4]> = LazyLock::new(|| {
    [
        tool::<ctrl::Args, ctrl::Answer>("ctrl", include_str!("ctrl.md"))
            .with_annotations(ToolAnnotations::new().read_only(false).destructive(true)),
        tool::<list::Args, list::Answer>("list", include_str!("list.md")),
        tool::<output::Args, output::Answer>("output", include_str!("output.md")),
        tool::<wait::Args, wait::Answer>("wait", include_str!("wait.md")),
    ]
});

/// All tools.
pub(super) fn all() -> &'static [Tool] {
    &*TOOLS
}

/// A tool that only looks, at this machine alone.
fn tool<A: JsonSchema, R: JsonSchema>(name: &'static str, description: &'static str) -> Tool {
    // Found without a search, as they are wanted together.
    let mut meta = JsonObject::from_iter([("anthropic/alwaysLoad".to_owned(), json!(true))]);
    if name == "output" {
        meta.insert("anthropic/maxResultSizeChars".into(), json!(output::MOST_CHARACTERS));
    }
    Tool::new(name, description.trim_end(), schema::of_arguments::<A>())
        .with_raw_output_schema(schema::of_answer::<R>())
        .with_annotations(ToolAnnotations::new().read_only(true).open_world(false))
        .with_meta(MetaObject(meta))
}

/// Calls a tool; `None`: there is none of this name.
pub(super) async fn call(
    name: &str,
    arguments: JsonObject,
    caller: Caller,
    patience: &patience::Patience,
) -> Option<CallToolResponse> {
    let outcome = match name {
        "ctrl" => ctrl::call(caller, arguments, patience).await,
        "list" => list::call(&caller, arguments).await.map(CallToolResponse::from),
        "output" => output::call(&caller, arguments).await.map(CallToolResponse::from),
        "wait" => wait::call(caller, arguments, patience).await,
        _ => return None,
    };
    Some(outcome.unwrap_or_else(|failure| failure.into_result().into()))
}

/// The arguments of a tool, or what is wrong with them.
pub(super) fn arguments<T: DeserializeOwned>(
    tool: &str,
    arguments: JsonObject,
) -> Result<T, Failure> {
    serde_path_to_error::deserialize(Value::Object(arguments)).map_err(|error| {
        // Of what is missing or unknown the error itself says the name.
        let at = Some(error.path().to_string()).filter(|path| path != ".");
        let at = at.filter(|path| !error.inner().to_string().contains(&format!("`{path}`")));
        let at = at.map_or_else(String::new, |path| format!("{path}: "));
        let cause = format!("`{tool}` cannot be called like this: {at}{}.", error.inner());
        Failure::new(&cause, "Nothing was done. Correct the arguments and call again.")
    })
}

/// A tool's answer: the same JSON for those who read text and for those who read structure.
pub(super) fn answer<T: Serialize>(answer: &T) -> CallToolResult {
    let (text, value) = match (serde_json::to_string(answer), serde_json::to_value(answer)) {
        // JSON escapes control characters of seven bits, and not those of eight.
        (Ok(text), Ok(value)) => (shown_lines(&text), value),
        (Err(error), _) | (_, Err(error)) => {
            return Failure::new(&format!("The answer cannot be written: {error}."), "")
                .into_result();
        }
    };
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = Some(value);
    result
}

/// For `skip_serializing_if`: what says nothing is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")]
pub(super) fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over like this")]
pub(super) fn is_zero(value: &u64) -> bool {
    *value == 0
}
