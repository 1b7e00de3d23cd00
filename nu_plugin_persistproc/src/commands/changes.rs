//! `persistproc changes`: the messages of processes that are new, and those that are gone.

use nu_protocol::{Example, LabeledError, PipelineData, Signature, SyntaxShape, Value};
use persistproc_api::changes::ChangesQuery;

use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::targets::Targets;
use crate::value::{self, CHANGE_COLUMNS, OneOrMany, table_type};
use crate::verb::{Verb, target_input_types, with_types};

pub(crate) struct ChangesVerb;

impl Verb for ChangesVerb {
    const DESCRIPTION: &'static str =
        "Show which messages of processes are new, and which are gone.";
    const EXTRA_DESCRIPTION: &'static str = "Compares the latest run with the last run before it that \
        did not fail, or the output since the last rebuild with the output before it. Two lines are \
        the same message if they differ only in times, numbers, ids and quoted text.";
    const SEARCH_TERMS: &'static [&'static str] = &["diff", "compare", "regression", "error"];

    fn signature(&self, signature: Signature) -> Signature {
        let against = "Compare with the run that has this number.";
        let signature =
            flags::add_targets(signature).named("against", SyntaxShape::Int, against, None);
        with_types(signature, &target_input_types(), &table_type(&[CHANGE_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        vec![
            Example {
                description: "What a process prints that it did not print before",
                example: "persistproc changes web | where change == new",
                result: None,
            },
            Example {
                description: "The errors that are gone",
                example: "persistproc changes build | where change == gone and is_error == true | get message",
                result: None,
            },
            Example {
                description: "Compare the latest runs of all ended processes with the last good ones",
                example: "persistproc ps | where status == exited | persistproc changes",
                result: None,
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::Processes
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let targets = Targets::new(&call, &call.args.rest::<Value>(0)?, input)?;
        let against = call.integer_flag("against", "the number of a run", 1)?;
        let query = ChangesQuery { against, working_directory: None };
        let answers =
            call.request_each(&targets.list, |client, target| client.changes(target, &query))?;
        let head = call.head();
        let rows = answers.iter().flat_map(|changes| value::change_rows(changes, head)).collect();
        call.respond(&OneOrMany::from(answers.as_slice()), rows, value::change_metadata(head))
    }
}
