//! `invalid_request` answers requests that rmcp could not parse: an unknown method, or a known
//! method whose parameters have the wrong shape. The method name tells the two apart.

use rmcp::ErrorData;
use rmcp::model::{CustomRequest, ErrorCode};

/// Methods with required parameters in every protocol version, and the shape of these.
const PARAMETERS: [(&str, &str); 4] = [
    ("tools/call", "`name` (a string) and `arguments` (an object)"),
    ("resources/read", "`uri` (a string)"),
    ("prompts/get", "`name` (a string) and `arguments` (an object of strings)"),
    ("completion/complete", "`ref` and `argument` (objects)"),
];

/// "Invalid params" for a known method, "method not found" for any other.
pub(super) fn invalid_request(request: CustomRequest) -> ErrorData {
    let known = PARAMETERS.into_iter().find(|(method, _)| *method == request.method);
    match known {
        Some((method, parameters)) => {
            ErrorData::invalid_params(format!("{method} takes {parameters}."), None)
        }
        None => ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None),
    }
}
