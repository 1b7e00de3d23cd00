//! `persistproc send`: a line for the standard input of a process, or what comes through the
//! pipeline.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nu_protocol::{LabeledError, PipelineData, Signature, SyntaxShape, Type, Value};
use persistproc_api::Problem;
use persistproc_api::control::StdinRequest;
use persistproc_api::seconds::Seconds;

use super::ps::answer;
use crate::call::Call;
use crate::command::{Shown, Verb, answering};
use crate::complete::Offer;
use crate::flags;
use crate::targets::Targets;
use crate::value;

pub(crate) struct Send;

impl Verb for Send {
    const ABOUT: &'static str = "Type a line into a process.";
    const MORE: &'static str = "Text that comes through the pipeline is sent as it is. Rows, or a \
        list of targets, name the processes; then all words are the text. Answers when the \
        process's terminal or pipe has taken it all.";
    const TERMS: &'static [&'static str] = &["input", "stdin", "type", "keys", "write"];

    fn signature(&self, signature: Signature) -> Signature {
        let word = SyntaxShape::OneOf(vec![SyntaxShape::Int, SyntaxShape::String]);
        let signature = flags::directory(signature)
            .switch("no-newline", "Send the text alone, without an Enter after it.", None)
            .switch("eof", "Close its standard input afterwards.", None)
            .rest("words", word, "The target and the text.");
        let output = value::table_of(&[value::process_columns()]);
        let list = |of: Type| Type::List(Box::new(of));
        let inputs = [
            Type::Nothing,
            Type::String,
            Type::Binary,
            Type::Int,
            Type::record(),
            Type::table(),
            list(Type::Int),
            list(Type::String),
            list(Type::Any),
        ];
        answering(signature, &inputs, &output)
    }

    fn examples(&self) -> Vec<Shown> {
        let web = || Some(Value::test_list(vec![Value::test_string("web")]));
        vec![
            ("persistproc send web hello | get label", "A line", web()),
            ("\"one\\ntwo\\n\" | persistproc send web | get label", "Text as it is", web()),
            (
                "persistproc ps | where label == web | persistproc send hello | get label",
                "To those that a filter names",
                web(),
            ),
        ]
    }

    fn offers(&self) -> Offer {
        Offer::OneRunning
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let (no_newline, eof) = (call.has("no-newline")?, call.has("eof")?);
        let words: Vec<Value> = call.args.rest(0)?;
        let input = input.into_value(call.head())?;
        let named = matches!(input, Value::Record { .. } | Value::List { .. } | Value::Int { .. })
            && !(words.len() > 1 && matches!(input, Value::Int { .. }));
        let (targets, text, sent) = if named {
            (Targets::of(&call, &[], PipelineData::value(input, None))?, &words[..], None)
        } else {
            let (first, text) = words.split_at(words.len().min(1));
            let targets = Targets::of(&call, first, PipelineData::empty())?;
            (targets, text, (text.is_empty() || is_dash(text)).then_some(input))
        };
        let (text, base64) = match sent {
            Some(Value::String { val, .. }) => (Some(val), None),
            Some(Value::Binary { val, .. }) => (None, Some(STANDARD.encode(val))),
            _ => (line(text, no_newline)?, None),
        };
        let request = StdinRequest { text, base64, eof, timeout: Some(Seconds::READ_TIMEOUT) };
        if request.text.is_none() && request.base64.is_none() && !eof {
            let problem = Problem::invalid("There is nothing to send.")
                .hint("Give it after the target: persistproc send web yes");
            return Err(value::error(&problem, call.head()));
        }
        let done = call.each(&targets.all, |client, target| client.stdin(target, &request))?;
        answer(&call, &done, |process| process)
    }
}

fn is_dash(words: &[Value]) -> bool {
    matches!(words, [Value::String { val, .. }] if val == "-")
}

/// The words as one line; no words are no line.
fn line(words: &[Value], no_newline: bool) -> Result<Option<String>, LabeledError> {
    if words.is_empty() {
        return Ok(None);
    }
    let words: Result<Vec<_>, _> = words.iter().map(Value::coerce_string).collect();
    Ok(Some(words?.join(" ") + if no_newline { "" } else { "\n" }))
}
