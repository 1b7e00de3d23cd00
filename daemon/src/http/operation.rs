//! `Operation`: an OpenAPI operation, derived from the signature of its handler. Extractors
//! describe the parameters, the body and their errors; the return type describes the response. So
//! the document always agrees with the code.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use persistproc_api::control::TargetQuery;
use persistproc_api::routes::{CLIENT_HEADER, VERSION_HEADER};
use persistproc_api::{ErrorCode, Problem};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::error::{ApiError, status_code};
use super::request::{
    ForRequester, JsonBody, PathFile, PathPort, PathTarget, ProcessTarget, QueryParams, example,
};
use super::schema::Schemas;

/// An operation under construction.
pub(super) struct Operation<'a> {
    pub(super) schemas: &'a mut Schemas,
    /// Description of the success response.
    success: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    /// Success responses by status code.
    responses: BTreeMap<u16, Value>,
    /// Error codes by status code.
    errors: BTreeMap<u16, Vec<String>>,
}

impl<'a> Operation<'a> {
    /// An operation without parameters and responses, except for the errors of the guard.
    pub(super) fn new(success: &'static str, schemas: &'a mut Schemas) -> Self {
        let mut operation = Self {
            schemas,
            success,
            parameters: Vec::new(),
            body: None,
            responses: BTreeMap::new(),
            errors: BTreeMap::new(),
        };
        operation.add_errors(&[ErrorCode::Unauthorized, ErrorCode::Forbidden]);
        operation
    }

    /// Adds errors that the operation can answer.
    pub(super) fn add_errors(&mut self, codes: &[ErrorCode]) {
        for code in codes {
            let words = self.errors.entry(status_code(*code).as_u16()).or_default();
            let word = json!(code).as_str().map(|word| format!("`{word}`")).unwrap_or_default();
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }

    /// Adds a success response of a content type.
    pub(super) fn add_response(&mut self, status: StatusCode, content_type: &str, schema: &Value) {
        let success = self.success;
        let response = self.responses.entry(status.as_u16()).or_insert_with(|| {
            let version = json!({ "$ref": "#/components/headers/version" });
            json!({ "description": success, "headers": { VERSION_HEADER: version }, "content": {} })
        });
        response["content"][content_type] = json!({ "schema": schema });
    }

    /// The operation as an OpenAPI object.
    pub(super) fn into_value(self, id: &str, summary: &str) -> Value {
        let problem = self.schemas.response::<Problem>();
        let mut responses: Map<String, Value> = Map::new();
        for (status, response) in self.responses {
            responses.insert(status.to_string(), response);
        }
        for (status, words) in self.errors {
            let content = json!({ "application/json": { "schema": problem } });
            let response = json!({ "description": words.join(", "), "content": content });
            responses.insert(status.to_string(), response);
        }
        let mut operation = json!({
            "operationId": id,
            "summary": summary,
            "responses": responses,
        });
        if !self.parameters.is_empty() {
            operation["parameters"] = self.parameters.into();
        }
        if let Some(body) = self.body {
            operation["requestBody"] = body;
        }
        operation
    }
}

/// A part of a handler's signature, and what it adds to the operation.
pub(super) trait Describe {
    fn describe(operation: &mut Operation);
}

/// The router's state is not part of the API.
impl<S> Describe for State<S> {
    fn describe(_: &mut Operation) {}
}

/// Headers choose among the responses that the table of routes lists.
impl Describe for HeaderMap {
    fn describe(_: &mut Operation) {}
}

/// The table of routes lists the content types.
impl Describe for Response {
    fn describe(_: &mut Operation) {}
}

impl Describe for PathTarget {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": "target",
            "in": "path",
            "required": true,
            "description": "An id, PID, label or command, or a unique part of a label or command.",
            "schema": { "type": "string", "minLength": 1 },
            "example": example("target"),
        }));
        operation.add_errors(&[
            ErrorCode::NotFound,
            ErrorCode::Ambiguous,
            ErrorCode::InvalidRequest,
        ]);
    }
}

impl Describe for PathFile {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": "file",
            "in": "path",
            "required": true,
            "description": "The name of a file of the dashboard.",
            "schema": { "type": "string", "minLength": 1 },
            "example": example("file"),
        }));
        operation.add_errors(&[ErrorCode::NotFound, ErrorCode::InvalidRequest]);
    }
}

impl Describe for PathPort {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": "port",
            "in": "path",
            "required": true,
            "description": "A TCP port of this machine.",
            "schema": { "type": "integer", "minimum": 1, "maximum": 65535 },
            "example": example("port"),
        }));
        operation.add_errors(&[ErrorCode::InvalidRequest]);
    }
}

impl Describe for ProcessTarget {
    fn describe(operation: &mut Operation) {
        PathTarget::describe(operation);
        QueryParams::<TargetQuery>::describe(operation);
    }
}

impl Describe for ForRequester {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": CLIENT_HEADER,
            "in": "header",
            "required": false,
            "description": "The client's name, as in `started_by`, `stopped_by` and `facts.clients`; \
                            default: the program in `User-Agent`.",
            "schema": { "type": "string" },
        }));
    }
}

impl<T: JsonSchema> Describe for QueryParams<T> {
    fn describe(operation: &mut Operation) {
        for field in operation.schemas.fields::<T>() {
            let mut schema = field.schema;
            let description =
                schema.as_object_mut().and_then(|fields| fields.remove("description"));
            remove_null(&mut schema);
            let mut parameter = json!({
                "name": field.name,
                "in": "query",
                "required": field.is_required,
                "schema": schema,
            });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            if let Some(example) = example(&field.name) {
                parameter["example"] = example;
            }
            operation.parameters.push(parameter);
        }
        operation.add_errors(&[ErrorCode::InvalidRequest]);
    }
}

/// Removes `null` from the types of a query parameter: an absent parameter is left out.
fn remove_null(schema: &mut Value) {
    let null = json!("null");
    if let Some(types) = schema["type"].as_array() {
        let types: Vec<Value> = types.iter().filter(|kind| **kind != null).cloned().collect();
        schema["type"] = if let [kind] = &types[..] { kind.clone() } else { json!(types) };
    }
    let Some(choices) = schema.get("anyOf").and_then(Value::as_array) else { return };
    let mut choices: Vec<Value> =
        choices.iter().filter(|choice| choice["type"] != null).cloned().collect();
    if choices.len() > 1 {
        schema["anyOf"] = choices.into();
    } else if let Some(choice) = choices.pop() {
        *schema = choice;
    }
}

impl<T: JsonSchema> Describe for JsonBody<T> {
    fn describe(operation: &mut Operation) {
        let schema = operation.schemas.request::<T>();
        let is_required = operation.schemas.fields::<T>().iter().any(|field| field.is_required);
        operation.body = Some(json!({
            "required": is_required,
            "content": { "application/json": { "schema": schema } },
        }));
        operation.add_errors(&[
            ErrorCode::InvalidRequest,
            ErrorCode::UnsupportedMediaType,
            ErrorCode::TooLarge,
        ]);
    }
}

impl<T: JsonSchema> Describe for Json<T> {
    fn describe(operation: &mut Operation) {
        let schema = operation.schemas.response::<T>();
        operation.add_response(StatusCode::OK, "application/json", &schema);
    }
}

/// 201 if the request created something, 200 if it existed before.
impl<T: JsonSchema> Describe for (StatusCode, Json<T>) {
    fn describe(operation: &mut Operation) {
        let schema = operation.schemas.response::<T>();
        operation.add_response(StatusCode::CREATED, "application/json", &schema);
        let created = std::mem::replace(&mut operation.success, "It existed before this request.");
        operation.add_response(StatusCode::OK, "application/json", &schema);
        operation.success = created;
    }
}

impl<T: Describe> Describe for Result<T, ApiError> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
        operation.add_errors(&[ErrorCode::Internal]);
    }
}

/// A handler whose signature can be described. `T` is the tuple of its argument types, as in
/// [`axum::handler::Handler`].
pub(super) trait Signature<T> {
    fn describe(operation: &mut Operation);
}

macro_rules! signature {
    ($marker:tt; $($part:ident)*) => {
        impl<H, F, $marker $(, $part)*> Signature<($marker, $($part,)*)> for H
        where
            H: Fn($($part),*) -> F,
            F: Future,
            F::Output: Describe,
            $($part: Describe,)*
        {
            fn describe(operation: &mut Operation) {
                $($part::describe(operation);)*
                F::Output::describe(operation);
            }
        }
    };
}

signature!(M;);
signature!(M; A);
signature!(M; A B);
signature!(M; A B C);
signature!(M; A B C D);
