//! `Route`: one entry of the table of routes, a handler with what its signature cannot express.

use axum::handler::Handler;
use axum::http::StatusCode;
use axum::routing::{MethodFilter, MethodRouter, on};
use persistproc_api::ErrorCode;
use serde_json::Value;

use super::operation::{Operation, Signature};
use super::schema::Schemas;
use super::state::AppState;

/// One method of one path.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) summary: &'static str,
    pub(super) handler: MethodRouter<AppState>,
    id: &'static str,
    success: &'static str,
    describe_signature: fn(&mut Operation),
    errors: Vec<ErrorCode>,
    contents: &'static [Content],
}

/// A response without a Rust type: its content type and its schema.
pub(super) type Content = (&'static str, fn(&mut Schemas) -> Value);

pub(super) fn get<H, T>(id: &'static str, path: &str, handler: H) -> Route
where
    H: Handler<T, AppState> + Signature<T>,
    T: 'static,
{
    Route::new("get", MethodFilter::GET, id, path, handler)
}

pub(super) fn post<H, T>(id: &'static str, path: &str, handler: H) -> Route
where
    H: Handler<T, AppState> + Signature<T>,
    T: 'static,
{
    Route::new("post", MethodFilter::POST, id, path, handler)
}

pub(super) fn delete<H, T>(id: &'static str, path: &str, handler: H) -> Route
where
    H: Handler<T, AppState> + Signature<T>,
    T: 'static,
{
    Route::new("delete", MethodFilter::DELETE, id, path, handler)
}

impl Route {
    fn new<H, T>(
        method: &'static str,
        filter: MethodFilter,
        id: &'static str,
        path: &str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, AppState> + Signature<T>,
        T: 'static,
    {
        Self {
            method,
            path: path.to_owned(),
            summary: "",
            handler: on(filter, handler),
            id,
            success: "",
            describe_signature: H::describe,
            errors: Vec::new(),
            contents: &[],
        }
    }

    /// Sets the summary and the description of the success response.
    pub(super) fn documented(self, summary: &'static str, success: &'static str) -> Self {
        Self { summary, success, ..self }
    }

    /// Adds errors that the handler's signature does not show.
    pub(super) fn errors(mut self, codes: &[ErrorCode]) -> Self {
        self.errors.extend(codes);
        self
    }

    /// Sets the responses that the handler's signature does not show.
    pub(super) fn contents(self, contents: &'static [Content]) -> Self {
        Self { contents, ..self }
    }

    /// The route as an OpenAPI operation.
    pub(super) fn to_operation(&self, schemas: &mut Schemas) -> Value {
        let mut operation = Operation::new(self.success, schemas);
        (self.describe_signature)(&mut operation);
        operation.add_errors(&self.errors);
        for (content_type, schema) in self.contents {
            let schema = schema(operation.schemas);
            operation.add_response(StatusCode::OK, content_type, &schema);
        }
        operation.into_value(self.id, self.summary)
    }
}
