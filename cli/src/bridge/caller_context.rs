//! `CallerContext`: the directory and the environment in which the agent started the bridge. The
//! directory is added to every request, the environment to starts.

use std::collections::BTreeMap;
use std::env;

use persistproc_api::routes::{self, DIRECTORY_HEADER};
use serde_json::{Map, Value};

use super::message::Message;

pub(super) struct CallerContext {
    directory: Option<String>,
    environment: BTreeMap<String, String>,
}

impl CallerContext {
    pub(super) fn of_this_process() -> Self {
        let directory =
            env::current_dir().ok().and_then(|path| path.into_os_string().into_string().ok());
        // JSON cannot carry variables that are not UTF-8.
        let environment = env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self { directory, environment: environment.collect() }
    }

    /// The header with the directory.
    pub(super) fn header(&self) -> Option<(&'static str, String)> {
        self.directory.as_deref().map(|path| (DIRECTORY_HEADER, routes::encode(path)))
    }

    /// The body to send. Adds the environment to a start; variables in the message take
    /// precedence.
    pub(super) fn body(&self, message: &Message) -> String {
        let is_start = message.method() == Some("tools/call")
            && message.tool() == Some("ctrl")
            && message.value.pointer("/params/arguments/action") == Some(&"start".into());
        if !is_start {
            return message.value.to_string();
        }
        let mut value = message.value.clone();
        if let Some(Value::Object(arguments)) = value.pointer_mut("/params/arguments") {
            self.add_environment(arguments);
        }
        value.to_string()
    }

    fn add_environment(&self, arguments: &mut Map<String, Value>) {
        let given = arguments.entry("environment").or_insert_with(|| Map::new().into());
        if given.is_null() {
            *given = Map::new().into();
        }
        // The daemon rejects a value that is not an object.
        let Value::Object(given) = given else { return };
        for (name, value) in &self.environment {
            given.entry(name).or_insert_with(|| value.as_str().into());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent_environment(arguments: &Value) -> Value {
        let environment = [("PATH", "/bin"), ("PORT", "1")];
        let context = CallerContext {
            directory: Some("/home/me/a b".into()),
            environment: environment.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        };
        assert_eq!(context.header().unwrap().1, "%2Fhome%2Fme%2Fa%20b");
        let call = json!({"id": 1, "method": "tools/call", "params": {"name": "ctrl", "arguments": arguments}});
        let message = Message::parse(call.to_string().as_bytes()).unwrap();
        let body: Value = serde_json::from_str(&context.body(&message)).unwrap();
        body["params"]["arguments"]["environment"].clone()
    }

    #[test]
    fn a_start_gets_the_environment_and_its_own_variables_take_precedence() {
        let inherited = json!({"PATH": "/bin", "PORT": "1"});
        assert_eq!(sent_environment(&json!({"action": "start"})), inherited);
        assert_eq!(sent_environment(&json!({"action": "start", "environment": null})), inherited);
        let given = json!({"action": "start", "environment": {"PORT": "3000"}});
        assert_eq!(sent_environment(&given), json!({"PATH": "/bin", "PORT": "3000"}));
        assert_eq!(sent_environment(&json!({"action": "start", "environment": 7})), 7);
        assert_eq!(sent_environment(&json!({"action": "restart"})), Value::Null);
    }
}
