//! What every command has in common: how a verb becomes a command of Nushell, under each of its
//! names. It knows no verb.

use std::borrow::Cow;

use nu_plugin::{DynamicCompletionCall, EngineInterface, EvaluatedCall, PluginCommand};
use nu_protocol::engine::ArgType;
use nu_protocol::{
    Category, DynamicSuggestion, Example, LabeledError, PipelineData, Signature, Type, Value,
};

use crate::call::Call;
use crate::{Persistproc, complete, flags};

/// One verb.
pub(crate) trait Verb: Sync + Send + 'static {
    /// One line about it.
    const ABOUT: &'static str;
    /// What else there is to know.
    const MORE: &'static str = "";
    /// What people look for who need it.
    const TERMS: &'static [&'static str];

    /// Its flags and types, on top of those that every command has.
    fn signature(&self, signature: Signature) -> Signature;

    /// What it can be used for, as a line, a sentence, and what comes of it where that is certain.
    fn examples(&self) -> Vec<Shown>;

    /// Which processes Tab offers as arguments.
    fn offers(&self) -> complete::Offer {
        complete::Offer::All
    }

    /// The arguments as they are meant.
    fn arguments<'c>(
        &self,
        _: &EngineInterface,
        call: &'c EvaluatedCall,
    ) -> Result<Cow<'c, EvaluatedCall>, LabeledError> {
        Ok(Cow::Borrowed(call))
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError>;
}

/// An example: a line, what it does, what it gives.
pub(crate) type Shown = (&'static str, &'static str, Option<Value>);

/// A verb under one of its names.
pub(crate) struct Named<V>(pub(crate) &'static str, pub(crate) V);

impl<V: Verb> PluginCommand for Named<V> {
    type Plugin = Persistproc;

    fn name(&self) -> &str {
        self.0
    }

    fn description(&self) -> &str {
        V::ABOUT
    }

    fn extra_description(&self) -> &str {
        V::MORE
    }

    fn signature(&self) -> Signature {
        let signature = self.1.signature(Signature::build(self.0).category(Category::System));
        flags::everywhere(signature)
    }

    fn search_terms(&self) -> Vec<&str> {
        V::TERMS.to_vec()
    }

    fn examples(&self) -> Vec<Example<'_>> {
        let example = |(example, description, result)| Example { example, description, result };
        self.1.examples().into_iter().map(example).collect()
    }

    fn run(
        &self,
        _: &Persistproc,
        engine: &EngineInterface,
        call: &EvaluatedCall,
        input: PipelineData,
    ) -> Result<PipelineData, LabeledError> {
        let call = self.1.arguments(engine, call)?;
        self.1.run(Call::new(engine, &call)?, input)
    }

    #[expect(deprecated, reason = "that is how Nushell marks what is new")]
    fn get_dynamic_completion(
        &self,
        _: &Persistproc,
        engine: &EngineInterface,
        _: DynamicCompletionCall,
        arg: ArgType<'_>,
        _: nu_protocol::engine::ExperimentalMarker,
    ) -> Option<Vec<DynamicSuggestion>> {
        complete::suggestions(engine, &arg, self.1.offers())
    }
}

/// The input forms of a command that works on processes, each with the same output.
pub(crate) fn of_processes(signature: Signature, output: &Type) -> Signature {
    let list = |of: Type| Type::List(Box::new(of));
    let inputs = [
        Type::Nothing,
        Type::Int,
        Type::String,
        Type::record(),
        Type::table(),
        list(Type::Int),
        list(Type::String),
        list(Type::Any),
    ];
    answering(signature, &inputs, output)
}

/// A table, or JSON as text where that is asked for.
pub(crate) fn answering(signature: Signature, inputs: &[Type], output: &Type) -> Signature {
    let forms = |input: &Type| [(input.clone(), output.clone()), (input.clone(), Type::String)];
    signature.input_output_types(inputs.iter().flat_map(forms).collect())
}
