//! One operation, read off the signature of its handler: the extractors say what it takes and how
//! it may refuse, the return type says what it gives. So the document cannot say something else.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use persistproc_api::control::TargetQuery;
use persistproc_api::routes::CLIENT_HEADER;
use persistproc_api::{ErrorCode, Problem};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::shapes::Shapes;
use super::{headers, tidy};
use crate::http::error::{Error, status};
use crate::http::explain;
use crate::http::request::{Asked, Body, Params, Target, Targeted};

/// An operation while it is put together.
pub(in crate::http) struct Operation<'a> {
    pub(in crate::http) shapes: &'a mut Shapes,
    /// What is said of the answer that means done.
    gives: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    codes: BTreeMap<u16, Vec<String>>,
}

impl<'a> Operation<'a> {
    /// An operation that only the guard refuses.
    pub(in crate::http) fn new(gives: &'static str, shapes: &'a mut Shapes) -> Self {
        let (parameters, body) = (Vec::new(), None);
        let (answers, codes) = (BTreeMap::new(), BTreeMap::new());
        let mut operation = Self { shapes, gives, parameters, body, answers, codes };
        operation.refuses(&[ErrorCode::Unauthorized, ErrorCode::Forbidden]);
        operation
    }

    /// It may be refused for these reasons.
    pub(in crate::http) fn refuses(&mut self, codes: &[ErrorCode]) {
        for code in codes {
            let words = self.codes.entry(status(*code).as_u16()).or_default();
            let word = json!(code).as_str().map(|word| format!("`{word}`")).unwrap_or_default();
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }

    /// An answer of a content type.
    pub(in crate::http) fn answers(&mut self, status: StatusCode, kind: &str, schema: &Value) {
        let gives = self.gives;
        let answer = self.answers.entry(status.as_u16()).or_insert_with(
            || json!({ "description": gives, "headers": headers(), "content": {} }),
        );
        answer["content"][kind] = json!({ "schema": schema });
    }

    /// The same as OpenAPI has it.
    pub(in crate::http) fn finish(self, id: &str, summary: &str) -> Value {
        let problem = self.shapes.reply::<Problem>();
        let mut responses: Map<String, Value> = Map::new();
        responses.extend(self.answers.into_iter().map(|(code, answer)| (code.to_string(), answer)));
        for (code, words) in self.codes {
            let content = json!({ "application/json": { "schema": problem } });
            let answer = json!({ "description": words.join(", "), "content": content });
            responses.insert(code.to_string(), answer);
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

/// What a part of a handler's signature adds to its operation.
pub(in crate::http) trait Describe {
    fn describe(operation: &mut Operation);
}

/// What a handler knows of the daemon is nobody's business.
impl<S> Describe for State<S> {
    fn describe(_: &mut Operation) {}
}

/// Read to choose among the answers, which the table lists.
impl Describe for HeaderMap {
    fn describe(_: &mut Operation) {}
}

/// The table lists what it may hold.
impl Describe for Response {
    fn describe(_: &mut Operation) {}
}

impl Describe for Target {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": "target",
            "in": "path",
            "required": true,
            "description": "An id, a pid, a label, a command, or a part of a label or command.",
            "schema": { "type": "string", "minLength": 1 },
            "example": explain::example("target"),
        }));
        operation.refuses(&[ErrorCode::NotFound, ErrorCode::Ambiguous, ErrorCode::InvalidRequest]);
    }
}

impl Describe for Targeted {
    fn describe(operation: &mut Operation) {
        Target::describe(operation);
        Params::<TargetQuery>::describe(operation);
    }
}

impl Describe for Asked {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": CLIENT_HEADER,
            "in": "header",
            "required": false,
            "description": "Who asks, for `started_by` and `stopped_by`; absent: the program in `User-Agent`.",
            "schema": { "type": "string" },
        }));
    }
}

impl<T: JsonSchema> Describe for Params<T> {
    fn describe(operation: &mut Operation) {
        for field in operation.shapes.fields::<T>() {
            let mut schema = field.schema;
            let description = schema.as_object_mut().and_then(|it| it.remove("description"));
            tidy::without_null(&mut schema);
            let mut parameter = json!({
                "name": field.name,
                "in": "query",
                "required": field.required,
                "schema": schema,
            });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            if let Some(example) = explain::example(&field.name) {
                parameter["example"] = example;
            }
            operation.parameters.push(parameter);
        }
        operation.refuses(&[ErrorCode::InvalidRequest]);
    }
}

impl<T: JsonSchema> Describe for Body<T> {
    fn describe(operation: &mut Operation) {
        let schema = operation.shapes.request::<T>();
        operation.body = Some(json!({
            "required": operation.shapes.must_say::<T>(),
            "content": { "application/json": { "schema": schema } },
        }));
        operation.refuses(&[
            ErrorCode::InvalidRequest,
            ErrorCode::UnsupportedMediaType,
            ErrorCode::TooLarge,
        ]);
    }
}

impl<T: JsonSchema> Describe for Json<T> {
    fn describe(operation: &mut Operation) {
        let schema = operation.shapes.reply::<T>();
        operation.answers(StatusCode::OK, "application/json", &schema);
    }
}

/// Something was made, or was there.
impl<T: JsonSchema> Describe for (StatusCode, Json<T>) {
    fn describe(operation: &mut Operation) {
        let schema = operation.shapes.reply::<T>();
        operation.answers(StatusCode::CREATED, "application/json", &schema);
        let made = std::mem::replace(&mut operation.gives, "It was there already.");
        operation.answers(StatusCode::OK, "application/json", &schema);
        operation.gives = made;
    }
}

impl<T: Describe> Describe for Result<T, Error> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
        operation.refuses(&[ErrorCode::Internal]);
    }
}

/// A handler whose signature describes it. `T` is what axum calls its arguments.
pub(in crate::http) trait Signature<T> {
    fn read(operation: &mut Operation);
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
            fn read(operation: &mut Operation) {
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
