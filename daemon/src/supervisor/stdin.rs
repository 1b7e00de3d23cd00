//! Bytes for a child's standard input: which ones a request means, and how long whoever sends
//! them waits for a program that does not read. What it did not take yet waits in its shim.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use persistproc_api::control::StdinRequest;
use persistproc_api::problem::NextStep;
use persistproc_api::{Problem, Process, Target};
use tokio::time::timeout;

use super::runs::task::{ChildMessage, TaskRequest};
use super::{Supervisor, problems};

impl Supervisor {
    /// Sends bytes to the child, closes its standard input, or both.
    pub async fn stdin(&self, target: &Target, request: StdinRequest) -> Result<Process, Problem> {
        let (longest, eof) = (request.timeout, request.eof);
        let bytes = bytes_of(request)?;
        if bytes.is_empty() && !eof {
            return Err(Problem::invalid("There is nothing to send.")
                .hint("Give `text`, `base64` or `eof`."));
        }
        let handle = self.handle(target)?;
        let send = |message| handle.ask(|reply| TaskRequest::Message { message, reply });
        let sent = async {
            if bytes.is_empty() {
                return send(ChildMessage::CloseStdin).await;
            }
            let process = send(ChildMessage::Stdin(bytes)).await?;
            if eof { send(ChildMessage::CloseStdin).await } else { Ok(process) }
        };
        match longest {
            Some(longest) => timeout(longest.duration(), sent)
                .await
                .unwrap_or_else(|_| Err(problems::unread(&handle.view.borrow().process))),
            None => sent.await,
        }
    }
}

fn bytes_of(request: StdinRequest) -> Result<Vec<u8>, Problem> {
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
