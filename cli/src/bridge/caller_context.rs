//! `CallerContext`: the directory and the environment in which the agent started the bridge. The
//! directory is added to every request, the environment to starts, as the one that a first run
//! inherits.

use std::env;

use persistproc_api::Time;
use persistproc_api::environment::Environment;
use persistproc_api::routes::{self, BRIDGE_HEADER, DIRECTORY_HEADER, ENVIRONMENT_KEY};
use serde_json::{Map, Value};

use super::message::Message;

pub(super) struct CallerContext {
    directory: Option<String>,
    environment: Environment,
    /// Tells this bridge from others of the same agent.
    session: String,
}

impl CallerContext {
    pub(super) fn of_this_process() -> Self {
        let directory =
            env::current_dir().ok().and_then(|path| path.into_os_string().into_string().ok());
        let session = format!("{}-{}", std::process::id(), Time::now().micros());
        Self { directory, environment: Environment::own(), session }
    }

    /// The headers with the directory and the session.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let directory = self.directory.as_deref();
        let directory = directory.map(|path| (DIRECTORY_HEADER, routes::encode(path)));
        directory.into_iter().chain([(BRIDGE_HEADER, self.session.clone())])
    }

    /// The body to send. Adds the environment to the `_meta` of a start.
    pub(super) fn body(&self, message: &Message) -> String {
        let is_start = message.method() == Some("tools/call")
            && message.tool() == Some("ctrl")
            && message.value.pointer("/params/arguments/action") == Some(&"start".into());
        let mut value = message.value.clone();
        if is_start
            && let Some(Value::Object(params)) = value.get_mut("params")
            && let Value::Object(meta) = params.entry("_meta").or_insert_with(|| Map::new().into())
            && let Ok(environment) = serde_json::to_value(&self.environment)
        {
            meta.insert(ENVIRONMENT_KEY.to_owned(), environment);
        }
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_start_gets_the_environment_and_other_calls_do_not() {
        let context = CallerContext {
            directory: Some("/home/me/a b".into()),
            environment: Environment::from_iter([("PATH", "/bin"), ("PORT", "1")]),
            session: "7-1".into(),
        };
        assert_eq!(context.headers().next().unwrap().1, "%2Fhome%2Fme%2Fa%20b");
        let sent = |action: &str, meta: Option<Value>| -> Value {
            let arguments = json!({"action": action, "environment": {"PORT": "3000"}});
            let mut params = json!({"name": "ctrl", "arguments": arguments});
            if let Some(meta) = meta {
                params["_meta"] = meta;
            }
            let call = json!({"id": 1, "method": "tools/call", "params": params});
            let message = Message::parse(call.to_string().as_bytes()).unwrap();
            serde_json::from_str(&context.body(&message)).unwrap()
        };
        let own = json!({"PATH": "/bin", "PORT": "1"});
        let started = sent("start", Some(json!({"progressToken": 7})));
        let meta = json!({"progressToken": 7, ENVIRONMENT_KEY: own});
        assert_eq!(started["params"]["_meta"], meta);
        assert_eq!(started["params"]["arguments"]["environment"], json!({"PORT": "3000"}));
        assert_eq!(sent("start", None)["params"]["_meta"], json!({ENVIRONMENT_KEY: own}));
        assert_eq!(sent("restart", None)["params"]["_meta"], Value::Null);
    }
}
