//! `WaitFor`: what `ctrl start` and `ctrl restart` wait for before they answer, and for how long;
//! read from the arguments `wait_for` and `timeout_seconds`.

use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Goal, WaitRequest};
use serde_json::Value;

use crate::mcp::caller::Caller;
use crate::mcp::failure::Failure;
use crate::mcp::wait::parse_timeout;
use crate::mcp::waiter::WaitPlan;

/// Lines of output in the answer.
pub(super) const MAX_OUTPUT_LINES: u64 = 15;

/// The wait after a start or restart.
pub(super) struct WaitFor {
    pub(super) request: WaitRequest,
    pub(super) plan: WaitPlan,
}

impl WaitFor {
    /// `None` if the caller does not want to wait.
    pub(super) fn parse(
        wait_for: Option<&Value>,
        timeout_seconds: Option<f64>,
        caller: &Caller,
    ) -> Result<Option<Self>, Failure> {
        let plan = WaitPlan::new(caller, parse_timeout(timeout_seconds)?);
        let Some(mut request) = wait_for.and_then(parse_goal) else { return Ok(None) };
        request.timeout = Some(Seconds::measured(plan.limit));
        Ok(Some(Self { request, plan }))
    }
}

/// Parses `ready`, `exit`, `quiet`, `port`, a port number or a pattern; `None` for an empty value.
pub(super) fn parse_goal(wait_for: &Value) -> Option<WaitRequest> {
    let text = match wait_for {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "ready".to_owned(),
        _ => return None,
    };
    match text.as_str() {
        "" => return None,
        "ready" => return Some(wait_request(Goal::Ready)),
        "exit" => return Some(wait_request(Goal::Exit)),
        "quiet" => return Some(wait_request(Goal::Quiet)),
        "change" => return Some(wait_request(Goal::Change)),
        "port" => return Some(wait_request(Goal::Port)),
        _ => {}
    }
    Some(match text.parse() {
        Ok(port) => WaitRequest { port: Some(port), ..wait_request(Goal::Port) },
        Err(_) => WaitRequest { pattern: Some(text), ..wait_request(Goal::Pattern) },
    })
}

fn wait_request(goal: Goal) -> WaitRequest {
    WaitRequest { goal, lines: Some(MAX_OUTPUT_LINES), ..WaitRequest::default() }
}
