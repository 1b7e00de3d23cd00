//! A request that rmcp could not read as any it knows: a method that nobody has, or one of ours
//! with parameters of another shape. They are told apart by the name alone.

use rmcp::ErrorData;
use rmcp::model::{CustomRequest, ErrorCode};

/// What takes parameters in every version of the protocol, and which.
const SHAPES: [(&str, &str); 4] = [
    ("tools/call", "`name`, a text, and `arguments`, an object"),
    ("resources/read", "`uri`, a text"),
    ("prompts/get", "`name`, a text, and `arguments`, an object of texts"),
    ("completion/complete", "`ref` and `argument`, both objects"),
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
