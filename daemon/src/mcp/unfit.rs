//! A request that rmcp could not read as any it knows: a method that nobody has, or one of ours
//! with parameters of another shape. They are told apart by the name alone.

use rmcp::ErrorData;
use rmcp::model::{CustomRequest, ErrorCode};

/// What takes parameters, and which.
const SHAPES: [(&str, &str); 8] = [
    ("tools/call", "`name`, a text, and `arguments`, an object"),
    ("resources/read", "`uri`, a text"),
    ("resources/subscribe", "`uri`, a text"),
    ("resources/unsubscribe", "`uri`, a text"),
    ("prompts/get", "`name`, a text, and `arguments`, an object of texts"),
    ("completion/complete", "`ref` and `argument`, both objects"),
    ("tasks/get", "`taskId`, a text"),
    ("tasks/cancel", "`taskId`, a text"),
];

/// What is wrong with it.
pub(super) fn error(request: CustomRequest) -> ErrorData {
    let shape = SHAPES.into_iter().find(|(method, _)| *method == request.method);
    match shape {
        Some((method, shape)) => {
            ErrorData::invalid_params(format!("{method} takes {shape}."), None)
        }
        None => ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None),
    }
}
