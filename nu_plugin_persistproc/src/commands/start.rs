//! `persistproc start`: a program in the background, with the shell's directory and environment.
//! Everything after its name belongs to it, flags too.

use std::borrow::Cow;
use std::collections::BTreeMap;

use nu_plugin::{EngineInterface, EvaluatedCall};
use nu_protocol::{LabeledError, PipelineData, Signature, Span, Spanned, SyntaxShape, Type, Value};
use persistproc_api::Problem;
use persistproc_api::launch::variables_from_json;
use persistproc_api::limits;
use persistproc_api::process::Size;
use persistproc_api::start::{Command, IfRunning, StartRequest};

use super::ps::answer;
use super::wait::check;
use crate::call::Call;
use crate::command::{Shown, Verb, answering};
use crate::complete::Offer;
use crate::flags;
use crate::value;

pub(crate) struct Start;

const IF_RUNNING: [(&str, &str, IfRunning); 3] = [
    ("return", "answer with the one that runs", IfRunning::Return),
    ("error", "fail", IfRunning::Error),
    ("restart", "stop it and start it anew", IfRunning::Restart),
];

/// Of a terminal that nobody looks at.
const SIZE: Size = Size { rows: 24, columns: 80 };

impl Verb for Start {
    const ABOUT: &'static str = "Start a program in the background, unless it runs already.";
    const MORE: &'static str = "It gets this directory and this environment, and goes on when this \
        shell is gone. Everything after its name belongs to it, flags too; only `--help` asks for \
        this text wherever it stands. One quoted string may use shell syntax.";
    const TERMS: &'static [&'static str] =
        &["run", "background", "job", "spawn", "daemon", "nohup"];

    fn signature(&self, signature: Signature) -> Signature {
        let environment = SyntaxShape::OneOf(vec![SyntaxShape::record(), SyntaxShape::String]);
        let signature = flags::wait_for(signature)
            .named("working-directory", SyntaxShape::Directory, "Where to run it.", None)
            .named("environment", environment, "More variables for it: {PORT: 3000}.", None)
            .named("label", SyntaxShape::String, "A name to find it by.", None)
            .named("if-running", SyntaxShape::String, "return, error or restart.", None)
            .switch("tty", "Give it a terminal instead of pipes.", None)
            .rest("command", SyntaxShape::ExternalArgument, "The program and its arguments.")
            .allows_unknown_args();
        let table = value::table_of(&[value::process_columns()]);
        answering(signature, &[Type::Nothing], &table)
    }

    fn examples(&self) -> Vec<Shown> {
        let text = |text: &str| Some(Value::test_list(vec![Value::test_string(text)]));
        vec![
            (
                "persistproc start --label clock sh -c 'while true; do date; sleep 1; done' | get status",
                "Start something under a name",
                text("running"),
            ),
            (
                "persistproc start --wait-pattern listening sh -c 'echo listening; sleep 60' | get status",
                "Come back when it says that it is ready",
                text("running"),
            ),
            (
                "persistproc start --environment {PORT: 3000} 'echo $PORT && sleep 60' | get command",
                "Shell syntax, in quotes",
                text("sh -c 'echo $PORT && sleep 60'"),
            ),
        ]
    }

    fn offers(&self) -> Offer {
        Offer::Other
    }

    /// Flags behind the program's name are its own: Nushell took them for ours.
    fn arguments<'c>(
        &self,
        engine: &EngineInterface,
        call: &'c EvaluatedCall,
    ) -> Result<Cow<'c, EvaluatedCall>, LabeledError> {
        let typed_here = |value: &&Value| value.span().start >= call.head.end;
        let Some(name) = call.positional.iter().find(typed_here).map(Value::span) else {
            return Ok(Cow::Borrowed(call));
        };
        let is_its = |span: Span| span.start > name.start;
        if !call.named.iter().any(|(flag, _)| is_its(flag.span)) {
            return Ok(Cow::Borrowed(call));
        }
        let mut words: Vec<(usize, Vec<Value>)> =
            call.positional.iter().map(|word| (word.span().start, vec![word.clone()])).collect();
        let mut ours = call.clone();
        ours.named.clear();
        for (flag, given) in &call.named {
            if !is_its(flag.span) {
                ours.named.push((flag.clone(), given.clone()));
                continue;
            }
            words.push((flag.span.start, parts(engine, flag, given.as_ref())?));
        }
        words.sort_by_key(|(at, _)| *at);
        ours.positional = words.into_iter().flat_map(|(_, parts)| parts).collect();
        Ok(Cow::Owned(ours))
    }

    fn run(&self, call: Call<'_>, _: PipelineData) -> Result<PipelineData, LabeledError> {
        let values: Vec<Value> = call.args.rest(0)?;
        let span = values.first().map_or(call.head(), Value::span);
        let (words, directory) = (words(&call, &values)?, call.directory()?);
        let mut environment = call.shell.variables()?;
        environment.extend(more_variables(&call)?);
        let mut request = StartRequest::new(Command::typed(words, &directory), directory);
        request.launch.environment = environment;
        request.launch.limits = limits::own();
        request.launch.tty = call.has("tty")?.then_some(SIZE);
        request.label = call.flag("label")?;
        request.inherit_environment = false;
        request.if_running = call.word("if-running", &IF_RUNNING)?.unwrap_or_default();
        request.wait = call.wait_after_start()?;
        let started = call.ask(span, |client| client.start(&request))?;
        check(started.waited.as_deref(), span)?;
        answer(&call, &[started], |started| &started.process)
    }
}

/// A flag as it was typed, and its value. Some spans cover the flag, others its value too.
fn parts(
    engine: &EngineInterface,
    flag: &Spanned<String>,
    given: Option<&Value>,
) -> Result<Vec<Value>, LabeledError> {
    let typed = source(engine, flag.span)?;
    let name = typed.split_whitespace().next().unwrap_or_default();
    let mut parts = vec![Value::string(name, flag.span)];
    if let Some(given) = given.filter(|_| !name.contains('=')) {
        parts.push(Value::string(as_typed(engine, given)?, given.span()));
    }
    Ok(parts)
}

fn source(engine: &EngineInterface, span: Span) -> Result<String, LabeledError> {
    Ok(String::from_utf8_lossy(&engine.get_span_contents(span)?).into_owned())
}

/// `007` is `007`, though Nushell took it for a number.
fn as_typed(engine: &EngineInterface, value: &Value) -> Result<String, LabeledError> {
    if let Value::String { val, .. } | Value::Glob { val, .. } = value {
        return Ok(val.clone());
    }
    let typed = source(engine, value.span())?;
    let typed = match typed.split_once(char::is_whitespace) {
        Some((flag, value)) if flag.starts_with('-') => value.trim(),
        _ => typed.as_str(),
    };
    match typed.starts_with(['$', '(']) {
        true => Ok(value.coerce_string()?),
        false => Ok(typed.to_owned()),
    }
}

fn words(call: &Call<'_>, values: &[Value]) -> Result<Vec<String>, LabeledError> {
    let mut words = Vec::new();
    for value in values {
        words.push(match value {
            // `~/bin/server`, bare.
            Value::Glob { val, no_expand: false, .. } if val.starts_with("~/") => {
                call.shell.path(val)?.to_string_lossy().into_owned()
            }
            other => as_typed(call.engine, other)?,
        });
    }
    if words.first().is_some_and(|word| word == "--") {
        words.remove(0);
    }
    let problem = match words.first() {
        None => Problem::invalid("There is no program to start.")
            .hint("Name one: persistproc start npm run dev"),
        Some(flag) if flag.starts_with('-') => {
            Problem::invalid(format!("`persistproc start` has no flag {flag}."))
                .hint("Flags of the program come after its name.")
        }
        Some(_) => return Ok(words),
    };
    Err(value::error(&problem, values.first().map_or(call.head(), Value::span)))
}

/// `--environment`: a record, or JSON as the executable takes it.
fn more_variables(call: &Call<'_>) -> Result<BTreeMap<String, String>, LabeledError> {
    let Some(given) = call.flag::<Value>("environment")? else { return Ok(BTreeMap::new()) };
    let problem = Problem::invalid("`--environment` is not a record of text.")
        .hint("Write it as --environment {PORT: 3000, DEBUG: '1'}.");
    let wrong = || value::error(&problem, given.span());
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value::variable(value)?));
    match &given {
        Value::Record { val, .. } => val.iter().map(text).collect::<Option<_>>().ok_or_else(wrong),
        json => {
            let object = serde_json::from_str(json.as_str()?).map_err(|_| wrong())?;
            variables_from_json(object).map_err(|_| wrong())
        }
    }
}
