//! `send`: write a line, or all of our own standard input, to the standard input of a process.

use std::io::{self, ErrorKind, Read};
use std::process::ExitCode;
use std::slice;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use persistproc_api::client::Client;
use persistproc_api::control::StdinRequest;
use persistproc_api::seconds::Seconds;
use persistproc_api::selection::SelectedState;
use persistproc_api::{Problem, Process, Target};

use super::selected::{self, Purpose, SelectionRequest, WithoutTarget};
use crate::args::SendArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render;

const PURPOSE: Purpose<'static> = Purpose {
    command: "send",
    question: "Send to",
    changes: true,
    state: SelectedState::Alive,
    without_target: WithoutTarget::Running,
};

/// Maximum number of bytes in one request.
const CHUNK_BYTES: usize = 64 << 10;

/// The longest text that the answer repeats, in characters.
const MAX_SHOWN_CHARS: usize = 40;

/// The process that accepted the input, and what was sent.
struct Sent {
    process: Process,
    bytes: usize,
    /// A short line that was given as arguments.
    line: Option<String>,
}

pub(crate) fn run(args: &SendArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let words = slice::from_ref(&args.target);
    let directory = args.working_directory.as_deref();
    let request = SelectionRequest::of_words(words, directory, PURPOSE);
    let target = Target::from(&selected::one(&client, &request, context)?);
    let sent = match &args.text[..] {
        [dash] if dash == "-" => send_stdin(&client, &target, args.eof)?,
        words => send_text(&client, &target, line(words, args.no_newline), args.eof)?,
    };
    if context.json() {
        render::json(&sent.process)?;
    } else {
        render::escaped_lines([summary(&sent, args.eof)])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The words as one line; without words, nothing.
fn line(words: &[String], no_newline: bool) -> String {
    let end = if no_newline || words.is_empty() { "" } else { "\n" };
    words.join(" ") + end
}

/// Sends a line and says what was sent.
pub(super) fn send_line(client: &Client, target: &Target, line: &str) -> Result<String, Problem> {
    let sent = send_text(client, target, format!("{line}\n"), false)?;
    Ok(summary(&sent, false))
}

fn send_text(client: &Client, target: &Target, text: String, eof: bool) -> Result<Sent, Problem> {
    let bytes = text.len();
    let line = shown_line(&text);
    let request = StdinRequest {
        text: Some(text),
        eof,
        timeout: Some(Seconds::READ_TIMEOUT),
        ..StdinRequest::default()
    };
    let process = client.stdin(target, &request)?;
    Ok(Sent { process, bytes, line })
}

/// The line of a text, if it is short and visible.
fn shown_line(text: &str) -> Option<String> {
    let line = text.strip_suffix('\n')?;
    let is_short = line.chars().count() <= MAX_SHOWN_CHARS;
    let is_visible = !line.trim().is_empty() && !line.contains(char::is_control);
    (is_short && is_visible).then(|| line.to_owned())
}

/// Forwards our standard input until EOF. There is no timeout: a process that does not read blocks
/// the pipe, as with any pipe.
fn send_stdin(client: &Client, target: &Target, eof: bool) -> Result<Sent, Problem> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    let mut answer = None;
    loop {
        let read = read_stdin(&mut buffer)?;
        let at_end = read == 0;
        if at_end
            && !eof
            && let Some(process) = answer
        {
            return Ok(Sent { process, bytes, line: None });
        }
        // An empty request at the end carries `eof`, or finds the process if nothing was sent.
        let request = StdinRequest {
            base64: Some(STANDARD.encode(&buffer[..read])),
            eof: eof && at_end,
            ..StdinRequest::default()
        };
        let process = client.stdin(target, &request)?;
        if at_end {
            return Ok(Sent { process, bytes, line: None });
        }
        bytes += read;
        answer = Some(process);
    }
}

fn read_stdin(buffer: &mut [u8]) -> Result<usize, Problem> {
    loop {
        match io::stdin().lock().read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Problem::invalid(format!("Cannot read standard input: {error}."))
                    .hint("Give the text as an argument, or pipe it: echo yes | pp send web -"));
            }
            Ok(read) => return Ok(read),
        }
    }
}

fn summary(sent: &Sent, eof: bool) -> String {
    let name = sent.process.name();
    let count = match (&sent.line, sent.bytes) {
        (Some(line), _) => format!("`{line}`"),
        (None, 1) => "1 byte".to_owned(),
        (None, bytes) => format!("{bytes} bytes"),
    };
    if !eof {
        format!("Sent {count} to {name}")
    } else if sent.bytes == 0 {
        format!("Closed the input of {name}")
    } else {
        format!("Sent {count} to {name} and closed its input")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_line_is_repeated() {
        assert_eq!(shown_line("hello\n").as_deref(), Some("hello"));
        for text in ["hello", "\n", " \n", "\u{3}\n", &format!("{}\n", "x".repeat(41))] {
            assert_eq!(shown_line(text), None, "{text:?}");
        }
    }

    #[test]
    fn words_become_a_line_unless_no_newline_is_given() {
        let words: Vec<String> = ["say", "yes"].map(str::to_owned).into();
        assert_eq!(line(&words, false), "say yes\n");
        assert_eq!(line(&words, true), "say yes");
        assert_eq!(line(&[], false), "");
        assert_eq!(line(&["".to_owned()], false), "\n");
    }
}
