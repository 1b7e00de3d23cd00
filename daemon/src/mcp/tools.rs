//! `tools` holds the four tools as clients see them, built once and the same for every client, and
//! dispatches a call to its tool.

use std::sync::LazyLock;

use rmcp::model::{CallToolResponse, JsonObject, MetaObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde_json::json;

use super::caller::Caller;
use super::ctrl::{self, CtrlAnswer, CtrlArgs};
use super::list::{self, ListAnswer, ListArgs};
use super::news;
use super::output::{self, OutputAnswer, OutputArgs};
use super::schema;
use super::wait::{self, WaitAnswer, WaitArgs};
use super::waiter::Waiter;

/// The server's instructions, which a model reads before its first call.
pub(super) const INSTRUCTIONS: &str = include_str!("instructions.md");

/// The tools, in the order of their names.
static TOOLS: LazyLock<[Tool; 4]> = LazyLock::new(|| {
    [
        tool::<CtrlArgs, CtrlAnswer>("ctrl", include_str!("ctrl.md"))
            .with_annotations(ToolAnnotations::new().read_only(false).destructive(true)),
        tool::<ListArgs, ListAnswer>("list", include_str!("list.md")),
        tool::<OutputArgs, OutputAnswer>("output", include_str!("output.md")),
        tool::<WaitArgs, WaitAnswer>("wait", include_str!("wait.md")),
    ]
});

/// All tools.
pub(super) fn all() -> &'static [Tool] {
    &*TOOLS
}

/// A read-only tool that reaches nothing outside this machine.
fn tool<A: JsonSchema, R: JsonSchema>(name: &'static str, description: &'static str) -> Tool {
    // `alwaysLoad` keeps a client from deferring the tool behind a search: the four belong together.
    let mut meta = JsonObject::from_iter([("anthropic/alwaysLoad".to_owned(), json!(true))]);
    if name == "output" {
        meta.insert("anthropic/maxResultSizeChars".into(), json!(output::MAX_ANSWER_CHARS));
    }
    Tool::new(name, description.trim_end(), schema::of_arguments::<A>())
        .with_raw_output_schema(schema::of_answer::<R>())
        .with_annotations(ToolAnnotations::new().read_only(true).open_world(false))
        .with_meta(MetaObject(meta))
}

/// Calls a tool; `None` for an unknown name.
pub(super) async fn call(
    name: &str,
    arguments: JsonObject,
    caller: Caller,
    waiter: &Waiter,
) -> Option<CallToolResponse> {
    let target = news::target_of(&arguments, &caller);
    let asking = caller.clone();
    let result = match name {
        "ctrl" => ctrl::call(caller, arguments, waiter).await,
        "list" => list::call(&caller, arguments).await.map(CallToolResponse::from),
        "output" => output::call(&caller, arguments).await.map(CallToolResponse::from),
        "wait" => wait::call(caller, arguments, waiter).await,
        _ => return None,
    };
    let response = result.unwrap_or_else(|failure| failure.into_result().into());
    if asking.cancelled.is_cancelled() {
        // No one reads it, and the end of a session waits for it.
        return Some(response);
    }
    Some(news::with_news(name, target, &asking, response).await)
}
