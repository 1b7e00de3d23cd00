//! `persistproc start`: starts a program in the background, with the shell's directory and
//! environment. All arguments after the program name are the program's, including flags.

mod arguments;

use std::borrow::Cow;

use nu_plugin::{EngineInterface, EvaluatedCall};
use nu_protocol::{Example, LabeledError, PipelineData, Signature, Span, SyntaxShape, Type, Value};
use persistproc_api::Problem;
use persistproc_api::environment::Environment;
use persistproc_api::inherited::Inherited;
use persistproc_api::limits;
use persistproc_api::process::Size;
use persistproc_api::start::{Command, StartRequest};
use persistproc_api::streams::Streams;
use serde_json::{Map, Value as Json};

use super::waited::require_reached;
use crate::call::Call;
use crate::choices::IF_RUNNING;
use crate::completion::Positionals;
use crate::flags;
use crate::value::{self, PROCESS_COLUMNS, table_type};
use crate::verb::{Verb, with_types};

/// The size of a terminal that is not displayed.
const DEFAULT_TERMINAL_SIZE: Size = Size { rows: 24, columns: 80 };

pub(crate) struct Start;

impl Verb for Start {
    const DESCRIPTION: &'static str =
        "Start a program in the background, unless it is already running.";
    const EXTRA_DESCRIPTION: &'static str = "The program gets the shell's current directory and \
        environment, and keeps running when the shell exits. All arguments after the program name \
        are passed to it, including flags; only `--help` always shows this help. A single quoted \
        string may use shell syntax.";
    const SEARCH_TERMS: &'static [&'static str] =
        &["run", "background", "job", "spawn", "daemon", "nohup"];

    fn signature(&self, signature: Signature) -> Signature {
        let environment_shape =
            SyntaxShape::OneOf(vec![SyntaxShape::record(), SyntaxShape::String]);
        let directory = "Directory to run the program in (default: the current directory).";
        let environment = "Additional environment variables: {PORT: 3000}.";
        let label = "Name of the process (default: the command and the directory).";
        let assign_port =
            "Give the program a free port of its own, as PORT or as its framework's flag.";
        let if_running = "What to do if it is already running: return, error or restart.";
        let signature = flags::add_wait_flags(signature)
            .named("working-directory", SyntaxShape::Directory, directory, None)
            .named("environment", environment_shape, environment, None)
            .named("label", SyntaxShape::String, label, None)
            .named("if-running", SyntaxShape::String, if_running, None)
            .switch("assign-port", assign_port, None)
            .switch("tty", "Run the program in a terminal instead of with pipes.", None)
            .switch("split", "With --tty: keep standard error apart from standard output.", None)
            .rest("command", SyntaxShape::ExternalArgument, "The program and its arguments.")
            .allows_unknown_args();
        with_types(signature, &[Type::Nothing], &table_type(&[PROCESS_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        let one = |text: &str| Some(Value::test_list(vec![Value::test_string(text)]));
        vec![
            Example {
                description: "Start a program under a label",
                example: "persistproc start --label clock sh -c 'while true; do date; sleep 1; done' | get status",
                result: one("running"),
            },
            Example {
                description: "Start a program and wait until it prints a line that matches",
                example: "persistproc start --wait-pattern listening sh -c 'echo listening; sleep 60' | get status",
                result: one("running"),
            },
            Example {
                description: "Start a command line in shell syntax, with an environment variable",
                example: "persistproc start --environment {PORT: 3000} 'echo $PORT && sleep 60' | get command",
                result: one("sh -c 'echo $PORT && sleep 60'"),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::CommandLine
    }

    fn fix_arguments<'c>(
        &self,
        engine: &EngineInterface,
        call: &'c EvaluatedCall,
    ) -> Result<Cow<'c, EvaluatedCall>, LabeledError> {
        arguments::move_flags_of_program(engine, call)
    }

    fn run(&self, call: Call<'_>, _: PipelineData) -> Result<PipelineData, LabeledError> {
        let arguments: Vec<Value> = call.args.rest(0)?;
        let span = arguments.first().map_or(call.head(), Value::span);
        let words = command_words(&call, &arguments)?;
        let directory = call.directory()?;
        let mut environment = call.shell.environment()?;
        environment.extend(additional_environment(&call)?);
        let mut request = StartRequest::new(Command::typed(words, &directory), directory);
        request.launch.environment = environment;
        request.launch.limits = limits::own();
        request.launch.inherited = Inherited::own().for_service();
        request.launch.assign_port = call.has_switch("assign-port")?.then_some(true);
        let tty = call.has_switch("tty")?;
        request.launch.tty = tty.then_some(DEFAULT_TERMINAL_SIZE);
        request.launch.streams = Streams::default_for(tty && !call.has_switch("split")?);
        request.label = call.flag("label")?;
        request.inherit_environment = false;
        request.if_running = call.choice_flag("if-running", &IF_RUNNING)?.unwrap_or_default();
        request.wait = call.wait_after_start()?;
        let started = call.request(span, |client| {
            client.replace_confined_daemon()?;
            client.start_across_daemons(&request)
        })?;
        if let Some(waited) = &started.waited {
            require_reached(waited, span)?;
        }
        call.respond_with_processes(&[started], |started| &started.process)
    }
}

/// The program and its arguments as they were typed.
fn command_words(call: &Call<'_>, arguments: &[Value]) -> Result<Vec<String>, LabeledError> {
    let mut words = Vec::new();
    for argument in arguments {
        words.push(match argument {
            // An unquoted path such as `~/bin/server`.
            Value::Glob { val, no_expand: false, .. } if val.starts_with("~/") => {
                call.shell.absolute_path(val)?.to_string_lossy().into_owned()
            }
            other => arguments::text_as_typed(call.engine, other)?,
        });
    }
    if words.first().is_some_and(|word| word == "--") {
        words.remove(0);
    }
    let span = arguments.first().map_or(call.head(), Value::span);
    match words.first() {
        None => Err(no_program(span)),
        Some(flag) if flag.starts_with('-') => Err(unknown_flag(flag, span)),
        Some(_) => Ok(words),
    }
}

fn no_program(span: Span) -> LabeledError {
    let problem = Problem::invalid("No program given.")
        .hint("Name a program. Example: persistproc start npm run dev");
    value::labelled_error(&problem, "no program given", span)
}

fn unknown_flag(flag: &str, span: Span) -> LabeledError {
    let problem = Problem::invalid(format!("Unknown flag `{flag}`."))
        .hint("Put flags of the program after its name.");
    value::labelled_error(&problem, "unknown flag", span)
}

/// The variables of `--environment`: a record, or a JSON object as the executable takes it.
fn additional_environment(call: &Call<'_>) -> Result<Environment, LabeledError> {
    let Some(environment) = call.flag::<Value>("environment")? else {
        return Ok(Environment::default());
    };
    let variables = match &environment {
        Value::Record { val, .. } => {
            let variables =
                val.iter().map(|(name, value)| Some((name.clone(), value::to_env_string(value)?)));
            variables.collect::<Option<Environment>>()
        }
        json => {
            let object: Option<Map<String, Json>> =
                json.as_str().ok().and_then(|json| serde_json::from_str(json).ok());
            object.and_then(|object| Environment::from_json(object).ok())
        }
    };
    variables.ok_or_else(|| {
        let problem = Problem::invalid("`--environment` must be a record of strings.")
            .hint("Example: --environment {PORT: 3000, DEBUG: '1'}");
        value::error(&problem, environment.span())
    })
}
