//! [`NextStep`]: what to do about a problem, as data. The sentences are here, once; a face
//! supplies its own words for calls and parameters as a [`Wording`].

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::words::join_words;

/// What to do about a problem. On the wire it is text, worded by [`CommandLine`]; what was read
/// from the wire is a [`NextStep::Text`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NextStep {
    /// There is nothing to suggest.
    #[default]
    None,
    /// Sentences that read the same on every face.
    Text(Cow<'static, str>),
    /// Make a call. `purpose` completes the sentence: "Run `persistproc list` to see all
    /// processes."
    Call { call: Call, purpose: &'static str },
    /// A process has a name that is similar to the one that was given.
    DidYouMean(String),
    /// Give the parameter a value like this one. In a box, because a value is large.
    Example { parameter: Cow<'static, str>, value: Box<Value> },
    /// Repeat the request without this parameter. `purpose` completes the sentence.
    Omit { parameter: &'static str, purpose: &'static str },
    /// Several steps, in this order.
    Several(Vec<Self>),
}

/// A call that helps, on every face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// List the processes.
    List,
    /// Start a process.
    Start,
    /// Start a new run of this process.
    Restart(String),
    /// Stop this process.
    Stop(String),
    /// Read the output of this process.
    Output(String),
}

/// How a face writes calls and parameters.
pub trait Wording {
    /// A call as the beginning of a sentence: "Run `persistproc list`".
    fn call(&self, call: &Call) -> String;

    /// The face's own name of a parameter of the REST API.
    fn parameter<'a>(&self, name: &'a str) -> Cow<'a, str> {
        name.into()
    }

    /// A parameter with a value, as it is given on this face.
    fn example(&self, parameter: &str, value: &Value) -> String {
        format!("\"{}\": {value}", self.parameter(parameter))
    }
}

/// The words of the command line and of the REST API.
#[derive(Clone, Copy, Debug)]
pub struct CommandLine;

impl Wording for CommandLine {
    fn call(&self, call: &Call) -> String {
        let command = |verb: &str, process: &str| {
            format!("Run `persistproc {verb} {}`", join_words(&[process]))
        };
        match call {
            Call::List => "Run `persistproc list`".to_owned(),
            Call::Start => "Run `pp <command>`".to_owned(),
            Call::Restart(process) => command("restart", process),
            Call::Stop(process) => command("stop", process),
            Call::Output(process) => command("output", process),
        }
    }
}

impl NextStep {
    /// List the processes.
    pub fn list() -> Self {
        Self::Call { call: Call::List, purpose: "see all processes" }
    }

    /// Start the first process.
    pub fn start_first() -> Self {
        Self::Call { call: Call::Start, purpose: "start the first process" }
    }

    /// Start a new run of a process.
    pub fn restart(process: impl Into<String>, purpose: &'static str) -> Self {
        Self::Call { call: Call::Restart(process.into()), purpose }
    }

    /// Stop a process.
    pub fn stop(process: impl Into<String>, purpose: &'static str) -> Self {
        Self::Call { call: Call::Stop(process.into()), purpose }
    }

    /// Read the output of a process.
    pub fn output(process: impl Into<String>, purpose: &'static str) -> Self {
        Self::Call { call: Call::Output(process.into()), purpose }
    }

    /// Give the parameter a value like this one.
    pub fn example(parameter: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self::Example { parameter: parameter.into(), value: Box::new(value.into()) }
    }

    /// This step and, after it, another one.
    #[must_use]
    pub fn then(self, next: impl Into<Self>) -> Self {
        let mut steps = match self {
            Self::None => Vec::new(),
            Self::Several(steps) => steps,
            step => vec![step],
        };
        steps.push(next.into());
        Self::Several(steps)
    }

    /// Whether there is nothing to suggest.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::None => true,
            Self::Text(text) => text.is_empty(),
            Self::Several(steps) => steps.iter().all(Self::is_empty),
            _ => false,
        }
    }

    /// The name that was probably meant, where the step suggests one.
    pub fn did_you_mean(&self) -> Option<&str> {
        match self {
            Self::DidYouMean(name) => Some(name),
            Self::Several(steps) => steps.iter().find_map(Self::did_you_mean),
            _ => None,
        }
    }

    /// The step as sentences in the words of a face.
    pub fn to_text(&self, wording: &impl Wording) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.clone().into_owned(),
            Self::Call { call, purpose } => format!("{} to {purpose}.", wording.call(call)),
            Self::DidYouMean(name) => format!("Did you mean `{name}`?"),
            Self::Example { parameter, value } => {
                format!("Example: `{}`.", wording.example(parameter, value))
            }
            Self::Omit { parameter, purpose } => {
                format!("Leave out `{}` to {purpose}.", wording.parameter(parameter))
            }
            Self::Several(steps) => {
                let steps = steps.iter().filter(|step| !step.is_empty());
                steps.map(|step| step.to_text(wording)).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

impl fmt::Display for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(&CommandLine))
    }
}

impl From<NextStep> for String {
    fn from(step: NextStep) -> Self {
        step.to_string()
    }
}

impl From<String> for NextStep {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::None } else { Self::Text(text.into()) }
    }
}

impl From<&'static str> for NextStep {
    fn from(text: &'static str) -> Self {
        if text.is_empty() { Self::None } else { Self::Text(text.into()) }
    }
}

impl Serialize for NextStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NextStep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct ToolCalls;

    impl Wording for ToolCalls {
        fn call(&self, call: &Call) -> String {
            format!("Call {call:?}")
        }

        fn parameter<'a>(&self, name: &'a str) -> Cow<'a, str> {
            if name == "after" { "cursor".into() } else { name.into() }
        }
    }

    #[test]
    fn every_face_words_a_step_with_its_own_calls_and_parameters() {
        let step = NextStep::from("It is slow.")
            .then(NextStep::restart("my web", "start a new run"))
            .then(NextStep::Omit { parameter: "after", purpose: "get a new cursor" })
            .then(NextStep::example("umask", 18));
        assert_eq!(
            step.to_string(),
            "It is slow. Run `persistproc restart 'my web'` to start a new run. \
             Leave out `after` to get a new cursor. Example: `\"umask\": 18`."
        );
        assert_eq!(
            step.to_text(&ToolCalls),
            "It is slow. Call Restart(\"my web\") to start a new run. \
             Leave out `cursor` to get a new cursor. Example: `\"umask\": 18`."
        );
    }

    #[test]
    fn a_step_is_text_on_the_wire() {
        let step = NextStep::DidYouMean("web".into()).then(NextStep::list());
        assert_eq!(step.did_you_mean(), Some("web"));
        let json = serde_json::to_value(&step).unwrap();
        let text = "Did you mean `web`? Run `persistproc list` to see all processes.";
        assert_eq!(json, text);
        assert_eq!(serde_json::from_value::<NextStep>(json).unwrap(), NextStep::Text(text.into()));
        assert!(NextStep::from("").is_empty() && NextStep::None.to_string().is_empty());
    }
}
