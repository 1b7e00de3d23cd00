//! `persistproc send`: sends a line, or text from the pipeline, to the standard input of a process.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nu_protocol::{Example, LabeledError, PipelineData, Signature, Span, SyntaxShape, Type, Value};
use persistproc_api::Problem;
use persistproc_api::control::StdinRequest;
use persistproc_api::seconds::Seconds;

use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::targets::Targets;
use crate::value::{self, PROCESS_COLUMNS, table_type};
use crate::verb::{Verb, target_input_types, with_types};

pub(crate) struct Send;

impl Verb for Send {
    const DESCRIPTION: &'static str = "Send text to the standard input of a process.";
    const EXTRA_DESCRIPTION: &'static str = "The arguments are the target and a line of text. \
        Without text, a string or binary value from the pipeline is sent unchanged. If rows or a \
        list come through the pipeline, they are the targets and all arguments are the text. \
        Returns when the process's terminal or pipe has accepted everything.";
    const SEARCH_TERMS: &'static [&'static str] = &["input", "stdin", "type", "keys", "write"];

    fn signature(&self, signature: Signature) -> Signature {
        let word = SyntaxShape::OneOf(vec![SyntaxShape::Int, SyntaxShape::String]);
        let signature = flags::add_target_directory(signature)
            .switch("no-newline", "Do not add a newline to the text.", None)
            .switch("eof", "Close the standard input afterwards.", None)
            .rest("words", word, "The target, then the text.");
        let mut inputs = target_input_types();
        inputs.push(Type::Binary);
        with_types(signature, &inputs, &table_type(&[PROCESS_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        let web = || Some(Value::test_list(vec![Value::test_string("web")]));
        vec![
            Example {
                description: "Send a line of text",
                example: "persistproc send web hello | get label",
                result: web(),
            },
            Example {
                description: "Send text from the pipeline unchanged",
                example: "\"one\\ntwo\\n\" | persistproc send web | get label",
                result: web(),
            },
            Example {
                description: "Send a line to the processes that a filter selects",
                example: "persistproc ps | where label == web | persistproc send hello | get label",
                result: web(),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::ProcessAndText
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let words: Vec<Value> = call.args.rest(0)?;
        let input = input.into_value(call.head())?;
        let (targets, payload) = split_arguments(&call, &words, input)?;
        let eof = call.has_switch("eof")?;
        if matches!(payload, Payload::None) && !eof {
            return Err(no_text(call.head()));
        }
        let (text, base64) = match payload {
            Payload::None => (None, None),
            Payload::Text(text) => (Some(text), None),
            Payload::Base64(base64) => (None, Some(base64)),
        };
        let request = StdinRequest { text, base64, eof, timeout: Some(Seconds::READ_TIMEOUT) };
        let sent = call.change_each(&targets, |client, target| client.stdin(target, &request))?;
        call.respond_with_processes(&sent, |process| process)
    }
}

/// What to send.
enum Payload {
    None,
    Text(String),
    Base64(String),
}

/// Decides which arguments and input are targets, and which are the payload.
fn split_arguments(
    call: &Call<'_>,
    words: &[Value],
    input: Value,
) -> Result<(Targets, Payload), LabeledError> {
    let input_names_targets = match input {
        Value::Record { .. } | Value::List { .. } => true,
        // A number is the target of a single word; with more words, the first word is the target.
        Value::Int { .. } => words.len() <= 1,
        _ => false,
    };
    if input_names_targets {
        let targets = Targets::new(call, &[], PipelineData::value(input, None))?;
        return Ok((targets, line_payload(call, words)?));
    }
    let (target, text) = words.split_at(words.len().min(1));
    let targets = Targets::new(call, target, PipelineData::empty())?;
    if text.is_empty() || is_dash(text) {
        match input {
            Value::String { val, .. } => return Ok((targets, Payload::Text(val))),
            Value::Binary { val, .. } => {
                return Ok((targets, Payload::Base64(STANDARD.encode(val))));
            }
            _ => {}
        }
    }
    Ok((targets, line_payload(call, text)?))
}

/// Whether the text is `-`, which stands for the pipeline input.
fn is_dash(words: &[Value]) -> bool {
    matches!(words, [Value::String { val, .. }] if val == "-")
}

/// The words as one line; nothing if there are none.
fn line_payload(call: &Call<'_>, words: &[Value]) -> Result<Payload, LabeledError> {
    if words.is_empty() {
        return Ok(Payload::None);
    }
    let words: Result<Vec<_>, _> = words.iter().map(Value::coerce_string).collect();
    let mut line = words?.join(" ");
    if !call.has_switch("no-newline")? {
        line.push('\n');
    }
    Ok(Payload::Text(line))
}

fn no_text(span: Span) -> LabeledError {
    let problem = Problem::invalid("No text to send.")
        .hint("Give it after the target. Example: persistproc send web yes");
    value::labelled_error(&problem, "no text given", span)
}
