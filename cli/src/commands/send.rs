//! `send`: a line for the standard input of a process, or all of our own.

use std::io::{self, ErrorKind, Read};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use persistproc_api::client::Client;
use persistproc_api::control::StdinRequest;
use persistproc_api::seconds::Seconds;
use persistproc_api::{Problem, Process, Target};

use super::target;
use crate::args::SendArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render;

/// As many bytes as go in one request.
const CHUNK: usize = 64 << 10;

pub(crate) fn run(args: &SendArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let name = std::slice::from_ref(&args.target);
    let target = target::from_words(name, args.working_directory.as_deref());
    let (process, bytes) = match &args.text[..] {
        [dash] if dash == "-" => send_input(&client, &target, args.eof)?,
        words => {
            let text = text(words, args.no_newline);
            let bytes = text.len();
            let request = StdinRequest {
                text: Some(text),
                eof: args.eof,
                timeout: Some(Seconds::READ_TIMEOUT),
                ..StdinRequest::default()
            };
            (client.stdin(&target, &request)?, bytes)
        }
    };
    if context.json() {
        render::json(&process)?;
    } else {
        render::said([told(&process, bytes, args.eof)])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The words as one line; no words are no line.
fn text(words: &[String], no_newline: bool) -> String {
    let end = if no_newline || words.is_empty() { "" } else { "\n" };
    words.join(" ") + end
}

/// Our standard input, as it comes, until it ends: a pipe into a program that does not read stands
/// still, as any pipe does.
fn send_input(client: &Client, target: &Target, eof: bool) -> Result<(Process, usize), Problem> {
    let (mut buffer, mut sent, mut answer) = (vec![0; CHUNK], 0, None);
    loop {
        let read = read(&mut buffer)?;
        match answer {
            Some(process) if read == 0 && !eof => return Ok((process, sent)),
            _ => {}
        }
        // The last one carries the end, or says that there was nothing to send.
        let request = StdinRequest {
            base64: Some(STANDARD.encode(&buffer[..read])),
            eof: eof && read == 0,
            ..StdinRequest::default()
        };
        let process = client.stdin(target, &request)?;
        if read == 0 {
            return Ok((process, sent));
        }
        (sent, answer) = (sent + read, Some(process));
    }
}

fn read(buffer: &mut [u8]) -> Result<usize, Problem> {
    loop {
        match io::stdin().lock().read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Problem::invalid(format!("Standard input cannot be read: {error}."))
                    .hint("Give the text itself, or pipe it: echo yes | pp send web -"));
            }
            Ok(read) => return Ok(read),
        }
    }
}

fn told(process: &Process, bytes: usize, eof: bool) -> String {
    let count = match bytes {
        1 => "1 byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    };
    match (bytes, eof) {
        (0, _) => format!("Closed the input of {}", process.label),
        (_, true) => format!("Sent {count} to {} and closed its input", process.label),
        (_, false) => format!("Sent {count} to {}", process.label),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_a_line_unless_told_otherwise() {
        let words: Vec<String> = ["say", "yes"].map(str::to_owned).into();
        assert_eq!(text(&words, false), "say yes\n");
        assert_eq!(text(&words, true), "say yes");
        assert_eq!(text(&[], false), "");
        assert_eq!(text(&["".to_owned()], false), "\n");
    }
}
