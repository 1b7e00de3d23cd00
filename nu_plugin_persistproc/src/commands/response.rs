//! `Call::respond`: the result of a command, as a table or as JSON.

use nu_protocol::{LabeledError, PipelineData, PipelineMetadata, Value};
use persistproc_api::Process;
use serde::Serialize;

use crate::call::Call;
use crate::value::{self, OneOrMany};

impl Call<'_> {
    /// Returns `rows` as a table or, with `--format json`, `answer` as text.
    pub(super) fn respond(
        &self,
        answer: &impl Serialize,
        rows: Vec<Value>,
        metadata: PipelineMetadata,
    ) -> Result<PipelineData, LabeledError> {
        if self.is_json()? {
            return Ok(PipelineData::value(value::to_json(answer, self.head())?, None));
        }
        Ok(PipelineData::value(Value::list(rows, self.head()), Some(metadata)))
    }

    /// Returns the processes that a command acted on, with the columns of `ps`.
    pub(super) fn respond_with_processes<T: Serialize>(
        &self,
        answers: &[T],
        process_of: impl Fn(&T) -> &Process,
    ) -> Result<PipelineData, LabeledError> {
        let processes = answers.iter().map(process_of);
        let rows = value::process_rows(processes, false, self.head());
        self.respond(&OneOrMany::from(answers), rows, value::process_metadata(self.head()))
    }
}
