//! `persistproc ps`: every process, running or not, as a table.

use nu_plugin::{EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::{
    Category, Example, LabeledError, PipelineData, PipelineMetadata, Signature, Type,
};
use persistproc_api::Time;
use persistproc_api::process::ListQuery;

use crate::{Persistproc, daemon, value};

/// The command.
pub(crate) struct Ps;

impl PluginCommand for Ps {
    type Plugin = Persistproc;

    fn name(&self) -> &str {
        "persistproc ps"
    }

    fn description(&self) -> &str {
        "List the processes that persistproc keeps, running or not."
    }

    fn signature(&self) -> Signature {
        Signature::build(self.name())
            .input_output_type(Type::Nothing, value::process_table())
            .category(Category::System)
    }

    fn search_terms(&self) -> Vec<&str> {
        vec!["process", "list", "running", "background", "job", "daemon"]
    }

    fn examples(&self) -> Vec<Example<'_>> {
        let example = |example, description| Example { example, description, result: None };
        vec![
            example("persistproc ps", "List all processes"),
            example("persistproc ps | where status == running", "Those that run"),
            example("persistproc ps | where exit_code > 0", "Those that ended badly"),
        ]
    }

    fn run(
        &self,
        _: &Persistproc,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        _: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let list = daemon::client(engine)
            .and_then(|client| client.list(&ListQuery::default()))
            .map_err(|problem| value::error(&problem, call.head))?;
        let rows = value::processes(&list.processes, Time::now(), call.head);
        let widest = PipelineMetadata::default()
            .with_table_width_priority_columns(call.head, ["label", "command"]);
        Ok(PipelineData::value(rows, Some(widest)))
    }
}
