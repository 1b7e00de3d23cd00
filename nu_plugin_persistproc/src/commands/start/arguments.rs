//! `move_flags_of_program`: gives flags after the program name back to the program. Nushell parses
//! every flag that `persistproc start` has as a flag of `persistproc start`, wherever it occurs on
//! the command line.

use std::borrow::Cow;

use nu_plugin::{EngineInterface, EvaluatedCall};
use nu_protocol::{LabeledError, Span, Spanned, Value};

/// Moves flags after the program name to the positional arguments, in the order of the source text.
pub(super) fn move_flags_of_program<'c>(
    engine: &EngineInterface,
    call: &'c EvaluatedCall,
) -> Result<Cow<'c, EvaluatedCall>, LabeledError> {
    let Some(program) = program_span(call) else { return Ok(Cow::Borrowed(call)) };
    let belongs_to_program = |flag: &Spanned<String>| flag.span.start > program.start;
    if !call.named.iter().any(|(flag, _)| belongs_to_program(flag)) {
        return Ok(Cow::Borrowed(call));
    }
    let mut own_flags = Vec::new();
    let mut words: Vec<(usize, Vec<Value>)> = Vec::new();
    for argument in &call.positional {
        words.push((argument.span().start, vec![argument.clone()]));
    }
    for (flag, value) in &call.named {
        if belongs_to_program(flag) {
            words.push((flag.span.start, flag_as_typed(engine, flag, value.as_ref())?));
        } else {
            own_flags.push((flag.clone(), value.clone()));
        }
    }
    words.sort_by_key(|(start, _)| *start);
    let mut fixed = call.clone();
    fixed.named = own_flags;
    fixed.positional = words.into_iter().flat_map(|(_, words)| words).collect();
    Ok(Cow::Owned(fixed))
}

/// The span of the first argument that was typed after the command name. The values of variables have
/// spans elsewhere.
fn program_span(call: &EvaluatedCall) -> Option<Span> {
    let mut spans = call.positional.iter().map(Value::span);
    spans.find(|span| span.start >= call.head.end)
}

/// A flag and its value as words. The span of a flag may or may not include its value.
fn flag_as_typed(
    engine: &EngineInterface,
    flag: &Spanned<String>,
    value: Option<&Value>,
) -> Result<Vec<Value>, LabeledError> {
    let source = source_text(engine, flag.span)?;
    let name = source.split_whitespace().next().unwrap_or_default();
    let mut words = vec![Value::string(name, flag.span)];
    // In `--flag=value`, the name includes the value.
    if let Some(value) = value
        && !name.contains('=')
    {
        words.push(Value::string(text_as_typed(engine, value)?, value.span()));
    }
    Ok(words)
}

/// The source text of a value that Nushell parsed as something other than a string: `007` stays
/// `007`, although it is a number. Variables and subexpressions are evaluated.
pub(super) fn text_as_typed(
    engine: &EngineInterface,
    value: &Value,
) -> Result<String, LabeledError> {
    if let Value::String { val, .. } | Value::Glob { val, .. } = value {
        return Ok(val.clone());
    }
    let source = source_text(engine, value.span())?;
    let text = match source.split_once(char::is_whitespace) {
        Some((flag, text)) if flag.starts_with('-') => text.trim(),
        _ => source.as_str(),
    };
    if text.starts_with(['$', '(']) { Ok(value.coerce_string()?) } else { Ok(text.to_owned()) }
}

fn source_text(engine: &EngineInterface, span: Span) -> Result<String, LabeledError> {
    Ok(String::from_utf8_lossy(&engine.get_span_contents(span)?).into_owned())
}
