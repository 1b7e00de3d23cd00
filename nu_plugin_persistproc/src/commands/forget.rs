//! `persistproc forget`: removes ended processes, with their records and logs.

use nu_protocol::{Example, LabeledError, PipelineData, Signature, Value};
use persistproc_api::client::Client;
use persistproc_api::selection::SelectedState;

use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::targets::Targets;
use crate::value::{PROCESS_COLUMNS, table_type};
use crate::verb::{Verb, target_input_types, with_types};

pub(crate) struct Forget;

impl Verb for Forget {
    const DESCRIPTION: &'static str = "Remove ended processes and their logs.";
    const EXTRA_DESCRIPTION: &'static str = "Returns the removed processes.";
    const SEARCH_TERMS: &'static [&'static str] = &["remove", "delete", "clean", "prune", "rm"];

    fn signature(&self, signature: Signature) -> Signature {
        let about = "Act on all ended processes of this directory and below.";
        let signature = flags::add_ended(flags::add_targets(signature)).switch("here", about, None);
        with_types(signature, &target_input_types(), &table_type(&[PROCESS_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        vec![
            Example {
                description: "Remove a process by its label",
                example: "persistproc forget build | get label",
                result: Some(Value::test_list(vec![Value::test_string("build")])),
            },
            Example {
                description: "Remove all processes that have exited, and count them",
                example: "persistproc ps | where status == exited | persistproc forget | length",
                result: Some(Value::test_int(1)),
            },
            Example {
                description: "An empty selection is not an error",
                example: "persistproc ps | where exit_code == 0 | persistproc forget | is-empty",
                result: Some(Value::test_bool(true)),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::EndedProcesses
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let targets =
            Targets::selected(&call, &call.args.rest::<Value>(0)?, input, SelectedState::Ended)?;
        let forgotten = call.change_each(&targets, Client::forget)?;
        call.respond_with_processes(&forgotten, |forgotten| &forgotten.process)
    }
}
