//! What a start takes for granted: the directory and the environment that the agent started the
//! bridge with. The directory goes with every request, the environment with starts alone.

use std::collections::BTreeMap;
use std::env;

use persistproc_api::routes::{self, DIRECTORY_HEADER};
use serde_json::{Map, Value};

use super::message::Message;

pub(super) struct Additions {
    directory: Option<String>,
    environment: BTreeMap<String, String>,
}

impl Additions {
    pub(super) fn of_this_process() -> Self {
        let directory =
            env::current_dir().ok().and_then(|path| path.into_os_string().into_string().ok());
        // A variable that is not text cannot travel.
        let text = env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self { directory, environment: text.collect() }
    }

    /// Where relative questions begin.
    pub(super) fn header(&self) -> Option<(&'static str, String)> {
        self.directory.as_deref().map(|path| (DIRECTORY_HEADER, routes::encode(path)))
    }

    /// The message as it is sent: a start gets our environment, with what it asks for on top.
    pub(super) fn text(&self, message: &Message) -> String {
        let starts = message.method() == Some("tools/call")
            && message.tool() == Some("ctrl")
            && message.value.pointer("/params/arguments/action") == Some(&"start".into());
        if !starts {
            return message.value.to_string();
        }
        let mut value = message.value.clone();
        if let Some(Value::Object(arguments)) = value.pointer_mut("/params/arguments") {
            self.add(arguments);
        }
        value.to_string()
    }

    fn add(&self, arguments: &mut Map<String, Value>) {
        let given = arguments.entry("environment").or_insert_with(|| Map::new().into());
        if given.is_null() {
            *given = Map::new().into();
        }
        // What is no map of variables is for the daemon to refuse.
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

    fn sent(arguments: &Value) -> Value {
        let environment = [("PATH", "/bin"), ("PORT", "1")];
        let additions = Additions {
            directory: Some("/home/me/a b".into()),
            environment: environment.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        };
        assert_eq!(additions.header().unwrap().1, "%2Fhome%2Fme%2Fa%20b");
        let call = json!({"id": 1, "method": "tools/call", "params": {"name": "ctrl", "arguments": arguments}});
        let message = Message::read(call.to_string().as_bytes()).unwrap();
        let text: Value = serde_json::from_str(&additions.text(&message)).unwrap();
        text["params"]["arguments"]["environment"].clone()
    }

    #[test]
    fn a_start_gets_our_environment_below_its_own() {
        let ours = json!({"PATH": "/bin", "PORT": "1"});
        assert_eq!(sent(&json!({"action": "start"})), ours);
        assert_eq!(sent(&json!({"action": "start", "environment": null})), ours);
        let given = json!({"action": "start", "environment": {"PORT": "3000"}});
        assert_eq!(sent(&given), json!({"PATH": "/bin", "PORT": "3000"}));
        assert_eq!(sent(&json!({"action": "start", "environment": 7})), 7);
        assert_eq!(sent(&json!({"action": "restart"})), Value::Null);
    }
}
