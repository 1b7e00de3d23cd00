//! `tool_io` turns the JSON arguments of a tool call into a type, and an answer into the result of
//! the call.

use persistproc_api::words::shown_lines;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::Failure;

/// Parses the arguments of a tool. The error names the parameter.
pub(super) fn parse_arguments<T: DeserializeOwned>(
    tool: &str,
    arguments: JsonObject,
) -> Result<T, Failure> {
    let parsed = serde_path_to_error::deserialize(Value::Object(arguments));
    parsed.map_err(|error| invalid_arguments(tool, &error))
}

fn invalid_arguments(tool: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Failure {
    let reason = error.inner().to_string();
    let path = error.path().to_string();
    // serde names a missing or unknown field itself; its path is "." or the field.
    let is_named = path == "." || reason.contains(&format!("`{path}`"));
    let prefix = if is_named { String::new() } else { format!("{path}: ") };
    let cause = format!("Invalid arguments for `{tool}`: {prefix}{reason}.");
    Failure::new(&cause, "Nothing was done. Correct the arguments and call again.")
}

/// The result of a tool: the same JSON as text and as structured content.
pub(super) fn to_result<T: Serialize>(answer: &T) -> CallToolResult {
    let (text, value) = match serialize(answer) {
        Ok(serialized) => serialized,
        Err(error) => {
            let cause = format!("Cannot serialize the answer: {error}.");
            return Failure::new(&cause, "").into_result();
        }
    };
    // JSON escapes the control characters below U+0020, but not those at U+007F and above.
    let mut result = CallToolResult::success(vec![ContentBlock::text(shown_lines(&text))]);
    result.structured_content = Some(value);
    result
}

fn serialize<T: Serialize>(answer: &T) -> serde_json::Result<(String, Value)> {
    let text = serde_json::to_string(answer)?;
    let value = serde_json::to_value(answer)?;
    Ok((text, value))
}

/// A text argument; a blank one counts as absent, because some models send it for "none".
pub(super) fn non_blank(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// For `skip_serializing_if`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_zero(value: &u64) -> bool {
    *value == 0
}
