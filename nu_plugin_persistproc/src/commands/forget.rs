//! `persistproc forget`: ended processes, their records and their logs.

use nu_protocol::{LabeledError, PipelineData, Signature, Value};
use persistproc_api::client::Client;

use super::ps::answer;
use crate::call::Call;
use crate::command::{Shown, Verb, of_processes};
use crate::complete::Offer;
use crate::flags;
use crate::targets::Targets;
use crate::value;

pub(crate) struct Forget;

impl Verb for Forget {
    const ABOUT: &'static str = "Forget ended processes and their logs.";
    const MORE: &'static str = "Answers with what they were.";
    const TERMS: &'static [&'static str] = &["remove", "delete", "clean", "prune", "rm"];

    fn signature(&self, signature: Signature) -> Signature {
        let output = value::table_of(&[value::process_columns()]);
        of_processes(flags::targets(signature), &output)
    }

    fn examples(&self) -> Vec<Shown> {
        vec![
            (
                "persistproc forget build | get label",
                "Forget one",
                Some(Value::test_list(vec![Value::test_string("build")])),
            ),
            (
                "persistproc ps | where status == exited | persistproc forget | length",
                "Forget all that ended",
                Some(Value::test_int(1)),
            ),
            (
                "persistproc ps | where exit_code == 0 | persistproc forget | is-empty",
                "There may be none",
                Some(Value::test_bool(true)),
            ),
        ]
    }

    fn offers(&self) -> Offer {
        Offer::Ended
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let Targets { all, .. } = Targets::of(&call, &call.args.rest::<Value>(0)?, input)?;
        let gone = call.each(&all, Client::forget)?;
        answer(&call, &gone, |gone| &gone.process)
    }
}
