//! Fixtures that require input from the client: they answer with the inputs they need, and continue
//! when the client repeats the call with these.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ClientCapabilities, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, InputRequiredResult, InputResponses,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use super::{McpResult, from_json, text_result, unknown};

pub(super) const TOOLS: [&str; 10] = [
    "test_missing_capability",
    "test_streaming_elicitation",
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state",
    "test_input_required_result_capabilities",
];

/// A tool that requires the client's model.
pub(super) fn needs_sampling(context: &RequestContext<RoleServer>) -> McpResult<CallToolResponse> {
    let capabilities = context.client_capabilities().unwrap_or_default();
    if declared(&capabilities)["sampling"].is_object() {
        return text_result("Sampling is supported.");
    }
    let needed = ClientCapabilities::builder().enable_sampling().build();
    Err(ErrorData::missing_required_client_capability(needed))
}

fn declared(capabilities: &ClientCapabilities) -> Value {
    serde_json::to_value(capabilities).unwrap_or_default()
}

/// The next answer of a call.
enum Step {
    /// Request inputs; the client returns the state with them.
    Request(Value, Option<&'static str>),
    Finish(String),
}

pub(super) fn tool(
    name: &str,
    request: &CallToolRequestParams,
    context: &RequestContext<RoleServer>,
) -> McpResult<CallToolResponse> {
    let responses = request.input_responses.clone().unwrap_or_default();
    let state = request.request_state.as_deref().map(verify).transpose()?;
    let capabilities = declared(&context.client_capabilities().unwrap_or_default());
    match next_step(name, &responses, state.as_deref(), &capabilities)
        .ok_or_else(|| unknown(name))?
    {
        Step::Finish(message) => text_result(message),
        Step::Request(inputs, state) => Ok(request_inputs(&inputs, state)?.into()),
    }
}

pub(super) fn prompt(request: &GetPromptRequestParams) -> McpResult<GetPromptResponse> {
    let responses = request.input_responses.clone().unwrap_or_default();
    match form_field(&responses, "user_context", "context") {
        Some(context) => {
            let content = json!({"type": "text", "text": format!("In the context of {context}.")});
            let messages = json!({"messages": [{"role": "user", "content": content}]});
            Ok(from_json::<GetPromptResult>(messages)?.into())
        }
        None => {
            let inputs = json!({"user_context": form_request("What context should the prompt use?", "context")});
            Ok(request_inputs(&inputs, None)?.into())
        }
    }
}

fn request_inputs(inputs: &Value, state: Option<&str>) -> McpResult<InputRequiredResult> {
    let mut result = json!({"resultType": "input_required", "inputRequests": inputs});
    if let Some(state) = state {
        result["requestState"] = sign(state).into();
    }
    from_json(result)
}

fn next_step(
    name: &str,
    responses: &InputResponses,
    state: Option<&str>,
    capabilities: &Value,
) -> Option<Step> {
    Some(match name.strip_prefix("test_input_required_result_").unwrap_or(name) {
        "test_streaming_elicitation" | "elicitation" => {
            match form_field(responses, "user_name", "name") {
                Some(name) => Step::Finish(format!("Hello, {name}!")),
                None => Step::Request(
                    json!({"user_name": form_request("What is your name?", "name")}),
                    None,
                ),
            }
        }
        "sampling" => match responses.get("capital_question") {
            Some(answer) => Step::Finish(answer["content"]["text"].to_string()),
            None => {
                let request = sampling_request("What is the capital of France?", 100);
                Step::Request(json!({"capital_question": request}), None)
            }
        },
        "list_roots" => match responses.get("client_roots") {
            Some(roots) => Step::Finish(format!("Roots: {}", roots["roots"])),
            None => Step::Request(json!({"client_roots": roots_request()}), None),
        },
        "request_state" => match (responses.get("confirm"), state) {
            (Some(_), Some("confirm")) => Step::Finish("state-ok".into()),
            _ => Step::Request(
                json!({"confirm": form_request("Please confirm", "ok")}),
                Some("confirm"),
            ),
        },
        "tampered_state" => match (responses.is_empty(), state) {
            (false, Some("sealed")) => Step::Finish("The state is unchanged.".into()),
            _ => Step::Request(
                json!({"confirm": form_request("Please confirm", "ok")}),
                Some("sealed"),
            ),
        },
        "multiple_inputs" => multiple_inputs(responses),
        "multi_round" => {
            match (state, responses.contains_key("step1"), responses.contains_key("step2")) {
                (Some("round-2"), _, true) => Step::Finish("Name and color are known.".into()),
                (Some("round-1"), true, _) => {
                    let request = form_request("Step 2: What is your favorite color?", "color");
                    Step::Request(json!({"step2": request}), Some("round-2"))
                }
                _ => {
                    let request = form_request("Step 1: What is your name?", "name");
                    Step::Request(json!({"step1": request}), Some("round-1"))
                }
            }
        }
        "capabilities" if responses.is_empty() => supported_inputs(capabilities),
        "capabilities" => Step::Finish("All inputs arrived.".into()),
        _ => return None,
    })
}

fn multiple_inputs(responses: &InputResponses) -> Step {
    if ["user_name", "greeting", "client_roots"].iter().all(|key| responses.contains_key(*key)) {
        return Step::Finish("All three inputs arrived.".into());
    }
    let inputs = json!({
        "user_name": form_request("What is your name?", "name"),
        "greeting": sampling_request("Generate a greeting", 50),
        "client_roots": roots_request(),
    });
    Step::Request(inputs, Some("several"))
}

/// Requests only inputs that the client declares it supports.
fn supported_inputs(capabilities: &Value) -> Step {
    let mut inputs = json!({});
    if capabilities["elicitation"].is_object() {
        inputs["name"] = form_request("What is your name?", "name");
    }
    if capabilities["sampling"].is_object() {
        inputs["greeting"] = sampling_request("Generate a greeting", 50);
    }
    if capabilities["roots"].is_object() {
        inputs["roots"] = roots_request();
    }
    Step::Request(inputs, None)
}

fn form_request(message: &str, field: &str) -> Value {
    let kind = if field == "ok" { "boolean" } else { "string" };
    let properties = json!({ field: {"type": kind} });
    let schema = json!({"type": "object", "properties": properties, "required": [field]});
    json!({
        "method": "elicitation/create",
        "params": {"mode": "form", "message": message, "requestedSchema": schema},
    })
}

fn sampling_request(question: &str, max_tokens: u32) -> Value {
    let message = json!({"role": "user", "content": {"type": "text", "text": question}});
    let params = json!({"messages": [message], "maxTokens": max_tokens});
    json!({"method": "sampling/createMessage", "params": params})
}

fn roots_request() -> Value {
    json!({"method": "roots/list", "params": {}})
}

/// A field of a form that the client filled in.
fn form_field(responses: &InputResponses, key: &str, field: &str) -> Option<String> {
    responses.get(key)?["content"][field].as_str().map(str::to_owned)
}

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The state with a keyed hash, which a client cannot forge.
fn sign(state: &str) -> String {
    format!("{state}.{:x}", KEY.hash_one(state))
}

fn verify(signed_state: &str) -> McpResult<String> {
    let state = signed_state.rsplit_once('.').map_or("", |(state, _)| state);
    if sign(state) == signed_state {
        return Ok(state.to_owned());
    }
    Err(ErrorData::invalid_params("the request state was modified", None))
}
