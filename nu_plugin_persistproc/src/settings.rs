//! `Settings`: what `$env.config.plugins.persistproc` configures.

use nu_plugin::EngineInterface;
use nu_protocol::{LabeledError, Span, Value};
use persistproc_api::{ErrorCode, Problem};

use crate::value;

/// The plugin's settings. If the configured value is a closure, Nushell evaluates it for each call.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Settings {
    pub(crate) data_dir: Option<String>,
    /// Whether to start a daemon when none is running. Unset means yes.
    pub(crate) autostart: Option<bool>,
    /// How many lines `logs` shows of each process.
    pub(crate) lines: Option<i64>,
}

impl Settings {
    pub(crate) fn from_config(engine: &EngineInterface) -> Result<Self, LabeledError> {
        match engine.get_plugin_config()? {
            None | Some(Value::Nothing { .. }) => Ok(Self::default()),
            Some(Value::Record { val, .. }) => Self::from_fields(val.iter()),
            Some(other) => {
                Err(invalid("$env.config.plugins.persistproc must be a record.", other.span()))
            }
        }
    }

    fn from_fields<'a>(
        fields: impl Iterator<Item = (&'a String, &'a Value)>,
    ) -> Result<Self, LabeledError> {
        let mut settings = Self::default();
        for (name, value) in fields {
            settings.set(name, value)?;
        }
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), LabeledError> {
        match (name, value) {
            (_, Value::Nothing { .. }) => {}
            ("data_dir", Value::String { val, .. } | Value::Glob { val, .. }) => {
                self.data_dir = Some(val.clone());
            }
            ("autostart", Value::Bool { val, .. }) => self.autostart = Some(*val),
            ("lines", Value::Int { val, .. }) if *val >= 0 => self.lines = Some(*val),
            ("data_dir", _) => return Err(mistyped(name, "a path", value.span())),
            ("autostart", _) => return Err(mistyped(name, "true or false", value.span())),
            ("lines", _) => return Err(mistyped(name, "a whole number", value.span())),
            (unknown, _) => {
                let message =
                    format!("Unknown setting `{unknown}` in $env.config.plugins.persistproc.");
                return Err(invalid(message, value.span()));
            }
        }
        Ok(())
    }

    /// Replaces the hint of an unreachable daemon if autostart is off: the daemon is then started by
    /// hand.
    pub(crate) fn adjust_hint(&self, problem: Problem) -> Problem {
        if problem.code == ErrorCode::DaemonUnreachable && self.autostart == Some(false) {
            return problem.hint(
                "Start the daemon with `^persistproc serve`, or set `autostart: true` in \
                 $env.config.plugins.persistproc.",
            );
        }
        problem
    }
}

fn mistyped(name: &str, expected: &str, span: Span) -> LabeledError {
    let message =
        format!("Setting `{name}` in $env.config.plugins.persistproc must be {expected}.");
    invalid(message, span)
}

fn invalid(message: impl Into<String>, span: Span) -> LabeledError {
    let hint = "Example: $env.config.plugins.persistproc = \
                {data_dir: ~/other, autostart: true, lines: 100}";
    value::error(&Problem::invalid(message).hint(hint), span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, Value)]) -> Result<Settings, LabeledError> {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Settings::from_fields(fields.iter().map(|(name, value)| (name, value)))
    }

    #[test]
    fn known_settings_are_read_and_null_means_unset() {
        let all = [
            ("data_dir", Value::test_string("/x")),
            ("autostart", Value::test_bool(false)),
            ("lines", Value::test_int(7)),
        ];
        let expected =
            Settings { data_dir: Some("/x".into()), autostart: Some(false), lines: Some(7) };
        assert_eq!(read(&all).unwrap(), expected);
        assert_eq!(read(&[("lines", Value::test_nothing())]).unwrap(), Settings::default());
    }

    #[test]
    fn unknown_and_mistyped_settings_are_errors_that_name_them() {
        for wrong in [("colour", Value::test_int(1)), ("lines", Value::test_string("many"))] {
            let error = read(std::slice::from_ref(&wrong)).unwrap_err();
            assert!(error.msg.contains(wrong.0), "{}", error.msg);
            assert_eq!(error.code.as_deref(), Some("persistproc::invalid_request"));
        }
    }
}
