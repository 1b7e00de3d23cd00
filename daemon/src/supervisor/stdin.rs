//! [`send_stdin`]: bytes for a child's stdin. Bytes that the child has not read wait in its shim.
//! The request waits until the shim has written all of them, or until its timeout.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use persistproc_api::control::StdinRequest;
use persistproc_api::problem::NextStep;
use persistproc_api::{Problem, Process, Target};
use tokio::time::timeout;

use super::finding;
use super::problems;
use super::registry::Registry;
use super::runs::handle::ProcessHandle;
use super::runs::task_request::{ChildMessage, TaskRequest};

/// Sends bytes to the child, closes its stdin, or both.
pub(crate) async fn send_stdin(
    registry: &Registry,
    target: &Target,
    request: StdinRequest,
) -> Result<Process, Problem> {
    let time_limit = request.timeout;
    let eof = request.eof;
    let bytes = decode(request)?;
    if bytes.is_empty() && !eof {
        return Err(
            Problem::invalid("There is nothing to send.").hint("Give `text`, `base64` or `eof`.")
        );
    }
    let handle = finding::handle_to_change(registry, target)?;
    check_takes_input(&handle.process())?;
    let sent = send_in_order(&handle, bytes, eof);
    match time_limit {
        Some(limit) => timeout(limit.duration(), sent)
            .await
            .unwrap_or_else(|_| Err(problems::unread(&handle.process()))),
        None => sent.await,
    }
}

/// Fails if the child has an input that was handed over, or `/dev/null`. A terminal takes input
/// besides.
fn check_takes_input(process: &Process) -> Result<(), Problem> {
    let takes_input = process.tty || process.stdin.is_own() || !process.status.is_alive();
    if takes_input { Ok(()) } else { Err(problems::takes_no_input(process)) }
}

async fn send_in_order(
    handle: &ProcessHandle,
    bytes: Vec<u8>,
    eof: bool,
) -> Result<Process, Problem> {
    if bytes.is_empty() {
        return send(handle, ChildMessage::CloseStdin).await;
    }
    let process = send(handle, ChildMessage::Stdin(bytes)).await?;
    if eof { send(handle, ChildMessage::CloseStdin).await } else { Ok(process) }
}

async fn send(handle: &ProcessHandle, message: ChildMessage) -> Result<Process, Problem> {
    handle.ask(|reply| TaskRequest::Message { message, reply }).await
}

fn decode(request: StdinRequest) -> Result<Vec<u8>, Problem> {
    match (request.text, request.base64) {
        (Some(_), Some(_)) => Err(Problem::parameter("base64", "and `text` cannot both be given")
            .hint("Give one of them.")),
        (Some(text), None) => Ok(text.into_bytes()),
        (None, Some(base64)) => STANDARD.decode(&base64).map_err(|error| {
            Problem::parameter("base64", format!("cannot be {base64:.200?}: {error}"))
                .hint(NextStep::example("base64", "eWVzCg=="))
        }),
        (None, None) => Ok(Vec::new()),
    }
}
