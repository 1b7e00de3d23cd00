//! What the flags of `logs` ask for, and which of them do not go together.

use nu_protocol::{LabeledError, Value};
use persistproc_api::Problem;
use persistproc_api::follow::FollowQuery;
use persistproc_api::output::{Lines, OutputQuery};

use crate::call::Call;
use crate::stream::Wanted;
use crate::value;

pub(super) fn wanted(call: &Call<'_>) -> Result<Wanted, LabeledError> {
    let (follow, raw) = (call.has("follow")?, call.has("raw")?);
    let live = FollowQuery {
        stream: call.stream()?,
        since: call.moment("since")?,
        lines: lines(call)?,
        after: call.flag("after")?,
        run: number(call, "run")?,
        wait: follow,
        ..FollowQuery::default()
    };
    let (before, grep) = (call.moment("before")?, call.flag::<String>("grep")?);
    let (context, collapse) = (number(call, "context")?, call.has("collapse")?);
    let bytes = call.flag::<Value>("bytes")?;
    let picks = [
        ("before", before.is_some()),
        ("grep", grep.is_some()),
        ("context", context.is_some()),
        ("collapse", collapse),
        ("bytes", bytes.is_some()),
    ];
    let Some((first, _)) = picks.into_iter().find(|(_, given)| *given) else {
        return Ok(Wanted { live, page: None });
    };
    if follow || raw {
        let with = if raw { "raw" } else { "follow" };
        let problem = Problem::invalid(format!("`--{first}` and `--{with}` do not go together."))
            .hint(
                "Pick lines as they come: persistproc logs web --follow | where message =~ error",
            );
        return Err(value::error(&problem, call.args.get_flag_span(first).unwrap_or(call.head())));
    }
    let page = OutputQuery {
        stream: live.stream,
        lines: live.lines,
        since: live.since.clone(),
        before,
        after: live.after.clone(),
        run: live.run,
        grep,
        context,
        bytes: bytes.as_ref().map(value::bytes).transpose()?,
        collapse,
        as_rows: true,
        ..OutputQuery::default()
    };
    Ok(Wanted { live, page: Some(page) })
}

/// How many: as was said, or all since a time that was said, or as the settings have it.
fn lines(call: &Call<'_>) -> Result<Lines, LabeledError> {
    let wrong = |span| {
        let problem = Problem::invalid("`--lines` is not a number of lines.")
            .hint("Give a whole number such as 100, or `all`.");
        value::error(&problem, span)
    };
    match call.flag::<Value>("lines")? {
        Some(value @ Value::Int { val, .. }) => {
            val.try_into().map(Lines::AtMost).map_err(|_| wrong(value.span()))
        }
        Some(value) => value.as_str()?.parse().map_err(|_| wrong(value.span())),
        None if call.given("since") || call.given("since-time") => Ok(Lines::All),
        None => {
            let set = call.shell.settings.lines.and_then(|lines| lines.try_into().ok());
            Ok(set.map_or_else(Lines::default, Lines::AtMost))
        }
    }
}

fn number(call: &Call<'_>, name: &str) -> Result<Option<u32>, LabeledError> {
    let Some(value) = call.flag::<Value>(name)? else { return Ok(None) };
    let problem =
        Problem::invalid(format!("`--{name}` is not a whole number.")).hint("Give one such as 3.");
    value.as_int()?.try_into().map(Some).map_err(|_| value::error(&problem, value.span()))
}
