//! Types as JSON Schema, each under its name in the document. What is asked and what is answered
//! are told apart: a default may be left out of a request and is always there in an answer.

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// Where names lead to.
const PLACE: &str = "#/components/schemas/";

/// The shapes named so far.
pub(in crate::http) struct Shapes {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
}

/// One field of a query.
pub(in crate::http) struct Field {
    pub(in crate::http) name: String,
    pub(super) schema: Value,
    pub(super) required: bool,
}

impl Default for Shapes {
    fn default() -> Self {
        let generator = |contract: Contract| {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = PLACE.trim_start_matches('#').trim_end_matches('/').into();
            settings.meta_schema = None;
            settings.contract = contract;
            settings.into_generator()
        };
        Self { asked: generator(Contract::Deserialize), answered: generator(Contract::Serialize) }
    }
}

impl Shapes {
    /// What a request has to look like.
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        self.asked.subschema_for::<T>().to_value()
    }

    /// Whether a request has to say anything.
    pub(super) fn must_say<T: JsonSchema>(&mut self) -> bool {
        self.fields::<T>().iter().any(|field| field.required)
    }

    /// What an answer looks like.
    pub(in crate::http) fn reply<T: JsonSchema>(&mut self) -> Value {
        self.answered.subschema_for::<T>().to_value()
    }

    /// The fields of a request, one by one.
    pub(in crate::http) fn fields<T: JsonSchema>(&mut self) -> Vec<Field> {
        let mut schema = T::json_schema(&mut self.asked).to_value();
        // A type that is written as another one is that one.
        if let Some(name) = schema["$ref"].as_str().and_then(|it| it.strip_prefix(PLACE)) {
            schema = self.asked.definitions().get(name).cloned().unwrap_or_default();
        }
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        let field = |(name, schema): (String, Value)| {
            let required = required.iter().any(|it| *it == name);
            Field { name, schema, required }
        };
        properties.into_iter().map(field).collect()
    }

    /// Everything that was named.
    pub(super) fn components(mut self) -> Map<String, Value> {
        let mut all = self.answered.take_definitions(true);
        for (name, schema) in self.asked.take_definitions(true) {
            let known = all.entry(name).or_insert_with(|| schema.clone());
            debug_assert_eq!(*known, schema, "asked and answered in two shapes under one name");
        }
        all
    }
}
