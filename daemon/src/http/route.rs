//! One row of the table of routes: a handler, and what its signature does not say. It knows how to
//! describe itself and no route in particular.

use axum::handler::Handler;
use axum::http::StatusCode;
use axum::routing::{MethodFilter, MethodRouter, on};
use persistproc_api::ErrorCode;
use serde_json::Value;

use super::State;
use super::openapi::operation::{Operation, Signature};
use super::openapi::shapes::Shapes;

/// One method of one path.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) summary: &'static str,
    id: &'static str,
    gives: &'static str,
    read: fn(&mut Operation),
    refuses: Vec<ErrorCode>,
    contents: &'static [Content],
    pub(super) handler: MethodRouter<State>,
}

/// An answer that no type tells: its content type and its shape.
pub(super) type Content = (&'static str, fn(&mut Shapes) -> Value);

pub(super) fn get<H, T>(id: &'static str, path: &str, handler: H) -> Route
where
    H: Handler<T, State> + Signature<T>,
    T: 'static,
{
    Route::new("get", MethodFilter::GET, id, path, handler)
}

pub(super) fn post<H, T>(id: &'static str, path: &str, handler: H) -> Route
where
    H: Handler<T, State> + Signature<T>,
    T: 'static,
{
    Route::new("post", MethodFilter::POST, id, path, handler)
}

pub(super) fn delete<H, T>(id: &'static str, path: &str, handler: H) -> Route
where
    H: Handler<T, State> + Signature<T>,
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
        H: Handler<T, State> + Signature<T>,
        T: 'static,
    {
        Self {
            method,
            path: path.to_owned(),
            summary: "",
            id,
            gives: "",
            read: H::read,
            refuses: Vec::new(),
            contents: &[],
            handler: on(filter, handler),
        }
    }

    /// What it does, and what its answer means.
    pub(super) fn says(self, summary: &'static str, gives: &'static str) -> Self {
        Self { summary, gives, ..self }
    }

    /// Why it may refuse, beyond what its handler's signature shows.
    pub(super) fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.refuses.extend(codes);
        self
    }

    /// What it answers, where its handler's signature does not show it.
    pub(super) fn answers(self, contents: &'static [Content]) -> Self {
        Self { contents, ..self }
    }

    /// The same as an operation of OpenAPI.
    pub(super) fn describe(&self, shapes: &mut Shapes) -> Value {
        let mut operation = Operation::new(self.gives, shapes);
        (self.read)(&mut operation);
        operation.refuses(&self.refuses);
        for (kind, shape) in self.contents {
            let schema = shape(operation.shapes);
            operation.answers(StatusCode::OK, kind, &schema);
        }
        operation.finish(self.id, self.summary)
    }
}
