//! `Verb`: the trait that commands implement, and `NamedVerb`, which makes a verb a Nushell command
//! under each of its names.

use std::borrow::Cow;

use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    Category, DynamicSuggestion, Example, LabeledError, PipelineData, Signature, Type, Value,
};

use crate::call::Call;
use crate::completion::{self, Positionals};
use crate::flags;
use crate::plugin::Persistproc;

/// A command of the plugin, independent of its name.
pub(crate) trait Verb: Sync + Send + 'static {
    const DESCRIPTION: &'static str;
    const EXTRA_DESCRIPTION: &'static str = "";
    const SEARCH_TERMS: &'static [&'static str];

    /// Adds the verb's arguments, flags and types. [`NamedVerb`] adds the flags that every command
    /// has.
    fn signature(&self, signature: Signature) -> Signature;

    /// Examples for the help text.
    fn examples(&self) -> Vec<Example<'static>>;

    /// What completion offers for positional arguments.
    fn positionals(&self) -> Positionals;

    /// Corrects the division of the command line into arguments and flags.
    fn fix_arguments<'c>(
        &self,
        _: &EngineInterface,
        call: &'c EvaluatedCall,
    ) -> Result<Cow<'c, EvaluatedCall>, LabeledError> {
        Ok(Cow::Borrowed(call))
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError>;
}

/// A verb under one of its names.
pub(crate) struct NamedVerb<V> {
    pub(crate) name: &'static str,
    pub(crate) verb: V,
}

impl<V: Verb> PluginCommand for NamedVerb<V> {
    type Plugin = Persistproc;

    fn name(&self) -> &str {
        self.name
    }

    fn description(&self) -> &str {
        V::DESCRIPTION
    }

    fn extra_description(&self) -> &str {
        V::EXTRA_DESCRIPTION
    }

    fn signature(&self) -> Signature {
        let signature = Signature::build(self.name).category(Category::System);
        flags::add_common(self.verb.signature(signature))
    }

    fn search_terms(&self) -> Vec<&str> {
        V::SEARCH_TERMS.to_vec()
    }

    fn examples(&self) -> Vec<Example<'_>> {
        self.verb.examples()
    }

    fn run(
        &self,
        _: &Persistproc,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let call = self.verb.fix_arguments(engine, call)?;
        let own_flags = self.verb.signature(Signature::build(self.name));
        let daemon_port =
            if flags::has_own_port(&own_flags) { None } else { call.get_flag("port")? };
        self.verb.run(Call::new(engine, &call, daemon_port)?, input)
    }

    #[expect(deprecated, reason = "Nushell marks experimental methods as deprecated")]
    fn get_dynamic_completion(
        &self,
        _: &Persistproc,
        engine: &EngineInterface,
        _: DynamicCompletionCall,
        arg: ArgType<'_>,
        _: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        completion::suggestions(engine, &arg, self.verb.positionals())
    }
}

/// The input types that name processes: a row, an id or pid, a list of either, or no input.
pub(crate) fn target_input_types() -> Vec<Type> {
    vec![
        Type::Nothing,
        Type::Int,
        Type::String,
        Type::record(),
        Type::table(),
        // Every other list is one of these too. Each type is a row in the help.
        Type::List(Box::new(Type::Any)),
    ]
}

/// The result of an example that gives a list of texts.
pub(crate) fn text_list(texts: &[&str]) -> Option<Value> {
    let texts = texts.iter().map(|text| Value::test_string(*text));
    Some(Value::test_list(texts.collect()))
}

/// Declares the input types of a command, and its output: `output`, or a string for `--format json`.
pub(crate) fn with_types(signature: Signature, inputs: &[Type], output: &Type) -> Signature {
    let mut types = Vec::new();
    for input in inputs {
        types.push((input.clone(), output.clone()));
        types.push((input.clone(), Type::String));
    }
    signature.input_output_types(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_input_can_give_a_table_or_json() {
        let signature = Signature::build("test");
        let signature = with_types(signature, &target_input_types(), &Type::table());
        let types = signature.input_output_types;
        assert_eq!(types.len(), 12);
        for input in target_input_types() {
            assert!(types.contains(&(input.clone(), Type::table())), "{input}");
            assert!(types.contains(&(input.clone(), Type::String)), "{input}");
        }
    }
}
