//! Extractors: what handlers read from a request. A request that does not match its type is
//! answered with a problem that names the parameter, its value and a valid example.

mod body_problem;
mod examples;
mod file;
mod invalid;
mod json_body;
mod port;
mod query;
mod requester;
mod target;

pub(super) use examples::example;
pub use file::PathFile;
pub use json_body::JsonBody;
pub use port::PathPort;
pub use query::{NoParameters, QueryParams};
pub use requester::ForRequester;
pub use target::{PathTarget, ProcessTarget};
