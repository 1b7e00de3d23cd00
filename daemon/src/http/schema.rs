//! `Schemas`: request and response types as JSON Schemas. The two kinds are generated separately,
//! because a field with a default is optional in a request and always present in a response.

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// Prefix of references to named schemas.
const REFERENCE_PREFIX: &str = "#/components/schemas/";

/// Generates schemas and collects those that have a name.
pub(super) struct Schemas {
    requests: SchemaGenerator,
    responses: SchemaGenerator,
}

/// One field of a request.
pub(super) struct RequestField {
    pub(super) name: String,
    pub(super) schema: Value,
    pub(super) is_required: bool,
}

impl Default for Schemas {
    fn default() -> Self {
        Self {
            requests: generator(Contract::Deserialize),
            responses: generator(Contract::Serialize),
        }
    }
}

fn generator(contract: Contract) -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path =
        REFERENCE_PREFIX.trim_start_matches('#').trim_end_matches('/').into();
    settings.meta_schema = None;
    settings.contract = contract;
    settings.into_generator()
}

impl Schemas {
    /// The schema of a request type.
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    /// The schema of a response type.
    pub(super) fn response<T: JsonSchema>(&mut self) -> Value {
        self.responses.subschema_for::<T>().to_value()
    }

    /// The fields of a request type.
    pub(super) fn fields<T: JsonSchema>(&mut self) -> Vec<RequestField> {
        let schema = T::json_schema(&mut self.requests).to_value();
        self.fields_of(&schema)
    }

    /// The fields that a request schema declares; none if it is not the schema of a struct.
    pub(super) fn fields_of(&self, schema: &Value) -> Vec<RequestField> {
        let schema = self.resolve(schema);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        let fields = properties.into_iter().map(|(name, schema)| {
            let is_required = required.iter().any(|required| *required == name);
            RequestField { name, schema, is_required }
        });
        fields.collect()
    }

    /// Follows the reference of a newtype to its inner type, or that of an `Option` to its value.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let choices = schema["anyOf"].as_array().into_iter().flatten();
        let reference =
            std::iter::once(schema).chain(choices).find_map(|choice| choice["$ref"].as_str());
        let name = reference.and_then(|reference| reference.strip_prefix(REFERENCE_PREFIX));
        name.and_then(|name| self.requests.definitions().get(name)).unwrap_or(schema)
    }

    /// All named schemas.
    pub(super) fn into_components(mut self) -> Map<String, Value> {
        let mut components = self.responses.take_definitions(true);
        for (name, schema) in self.requests.take_definitions(true) {
            let known = components.entry(name).or_insert_with(|| schema.clone());
            debug_assert_eq!(*known, schema, "two different schemas under one name");
        }
        components
    }
}
