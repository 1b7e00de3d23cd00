//! `output_request`: the flags of `logs` as an `OutputRequest`, and which of them exclude each other.

use nu_protocol::{LabeledError, Value};
use persistproc_api::Problem;
use persistproc_api::follow::FollowQuery;
use persistproc_api::output::{Lines, OutputQuery};

use crate::call::Call;
use crate::stream::OutputRequest;
use crate::value;

pub(super) fn output_request(call: &Call<'_>) -> Result<OutputRequest, LabeledError> {
    let follow = FollowQuery {
        stream: call.stream_flag()?,
        since: call.time_flag("since")?,
        lines: lines_flag(call)?,
        after: call.flag("after")?,
        run: call.integer_flag("run", "a whole number", 3)?,
        wait: call.has_switch("follow")?,
        ..FollowQuery::default()
    };
    let page = OutputQuery {
        stream: follow.stream,
        lines: follow.lines,
        since: follow.since.clone(),
        before: call.time_flag("before")?,
        after: follow.after.clone(),
        from_line: call.integer_flag("from-line", "a whole number", 3)?,
        run: follow.run,
        grep: call.flag("grep")?,
        context: call.integer_flag("context", "a whole number", 3)?,
        bytes: size_flag(call, "bytes")?,
        collapse: call.has_switch("collapse")?,
        as_rows: true,
        ..OutputQuery::default()
    };
    let Some(filter) = first_filter(&page) else {
        return Ok(OutputRequest { follow, page: None });
    };
    let excluded = if call.has_switch("raw")? {
        Some("raw")
    } else if follow.wait {
        Some("follow")
    } else {
        None
    };
    match excluded {
        Some(other) => Err(conflict(call, filter, other)),
        None => Ok(OutputRequest { follow, page: Some(page) }),
    }
}

/// The first flag that needs the daemon to filter lines, which it does only in pages.
fn first_filter(page: &OutputQuery) -> Option<&'static str> {
    let filters = [
        ("before", page.before.is_some()),
        ("from-line", page.from_line.is_some()),
        ("grep", page.grep.is_some()),
        ("context", page.context.is_some()),
        ("collapse", page.collapse),
        ("bytes", page.bytes.is_some()),
    ];
    filters.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
}

fn conflict(call: &Call<'_>, flag: &str, other: &str) -> LabeledError {
    let message = format!("`--{flag}` cannot be combined with `--{other}`.");
    let problem = Problem::invalid(message)
        .hint("Filter the rows: persistproc logs web --follow | where message =~ error");
    let label = format!("cannot be combined with `--{other}`");
    value::labelled_error(&problem, label, call.flag_span(flag))
}

/// How many lines to show: `--lines`, or all lines since a given time, or the number in the settings.
fn lines_flag(call: &Call<'_>) -> Result<Lines, LabeledError> {
    let Some(value) = call.flag::<Value>("lines")? else {
        if call.has_flag("since") || call.has_flag("since-time") {
            return Ok(Lines::All);
        }
        let configured = call.shell.settings.lines.and_then(|lines| lines.try_into().ok());
        return Ok(configured.map_or_else(Lines::default, Lines::AtMost));
    };
    let lines = match &value {
        Value::Int { val, .. } => (*val).try_into().map(Lines::AtMost).ok(),
        text => text.as_str()?.parse().ok(),
    };
    lines.ok_or_else(|| {
        let problem = Problem::invalid("`--lines` must be a whole number or `all`.")
            .hint("Example: --lines 100");
        value::error(&problem, value.span())
    })
}

/// The value of a flag that takes a file size or a number of bytes.
fn size_flag(call: &Call<'_>, name: &str) -> Result<Option<u64>, LabeledError> {
    let Some(value) = call.flag::<Value>(name)? else { return Ok(None) };
    let bytes = match &value {
        Value::Filesize { val, .. } => val.get(),
        other => other.as_int()?,
    };
    match bytes.try_into() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) => {
            let problem = Problem::invalid(format!("`--{name}` must be a file size."))
                .hint(format!("Example: --{name} 64kB"));
            Err(value::error(&problem, value.span()))
        }
    }
}
