//! `persistproc port`: the processes that listen on a port, as a table.

use nu_protocol::{Example, LabeledError, PipelineData, Signature, SyntaxShape, Type, Value};
use persistproc_api::Problem;

use crate::call::Call;
use crate::completion::Positionals;
use crate::value::{self, LISTENER_COLUMNS, table_type};
use crate::verb::{Verb, with_types};

pub(crate) struct Port;

impl Verb for Port {
    const DESCRIPTION: &'static str =
        "Show which processes listen on a port, and how to stop them.";
    const EXTRA_DESCRIPTION: &'static str = "Shows every process of this machine, also those that \
        persistproc does not manage. Returns an empty table if nothing listens on the port.";
    const SEARCH_TERMS: &'static [&'static str] = &["lsof", "netstat", "ss", "listen", "tcp"];

    fn signature(&self, signature: Signature) -> Signature {
        let signature = signature.required("number", SyntaxShape::Int, "TCP port.");
        with_types(signature, &[Type::Nothing], &table_type(&[LISTENER_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        vec![
            Example {
                description: "Show the listeners of a port",
                example: "persistproc port 3000",
                result: None,
            },
            Example {
                description: "Stop the managed process that listens on a port",
                example: "persistproc port 3000 | where id != null | persistproc stop",
                result: None,
            },
            Example {
                description: "Check whether a port is free",
                example: "persistproc port 9 | is-empty",
                result: Some(Value::test_bool(true)),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::Text
    }

    fn run(&self, call: Call<'_>, _: PipelineData) -> Result<PipelineData, LabeledError> {
        let head = call.head();
        let number: i64 = call.args.req(0)?;
        let span = call.args.nth(0).map_or(head, |number| number.span());
        let port = u16::try_from(number).ok().filter(|port| *port > 0).ok_or_else(|| {
            let problem = Problem::invalid(format!("{number} is no TCP port."))
                .hint("A port is a number from 1 to 65535.");
            value::error(&problem, span)
        })?;
        let reply = call.request(span, |client| client.port(port))?;
        let listeners = reply.listeners.iter();
        let rows = listeners.map(|listener| value::listener_row(listener, port, head)).collect();
        call.respond(&reply, rows, value::listener_metadata(head))
    }
}
