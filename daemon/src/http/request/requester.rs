//! `ForRequester`: the supervisor on behalf of the client that sent the request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use persistproc_api::routes::CLIENT_HEADER;

use crate::http::state::AppState;
use crate::supervisor::Supervisor;
use crate::supervisor::requests::requester::Requester;

/// A supervisor that records the requester of what it starts and stops: the client's own name from
/// its header, or else the program in `User-Agent`.
pub struct ForRequester(pub Supervisor);

impl FromRequestParts<AppState> for ForRequester {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let client = header(&parts.headers, CLIENT_HEADER);
        let program = header(&parts.headers, USER_AGENT.as_str())
            .and_then(|agent| agent.split(['/', ' ']).next());
        let requester = client.or(program).map(Requester::named).unwrap_or_default();
        Ok(Self(state.supervisor.on_behalf_of(requester)))
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
