//! What an edit broke, as the next hook of the agent says it: once in each session.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use super::inputs::{CLIENTS, after_edit, session_start};
use super::{answer, hook};
use crate::support::{World, until};

/// Prints what is written into its standard input.
const SERVER: &str = "echo ready; while read line; do echo \"$line\"; done";

/// What the hook answers after an edit. Each edit is another event: of two hooks with the same input only
/// one answers.
fn news(world: &World, client: &str) -> String {
    static EDITS: AtomicU64 = AtomicU64::new(0);
    let mut input = after_edit(client, &world.work());
    input["edit"] = json!(EDITS.fetch_add(1, Ordering::Relaxed));
    answer(world, &hook(world, &[client], &input))
}

fn prints(world: &World, line: &str) {
    world.pp(["send", "web", line]).ok();
    until("the line", || {
        let output = world.pp(["logs", "web"]).out();
        if output.contains(line) { Ok(()) } else { Err(output) }
    });
}

#[test]
fn each_session_reads_what_broke_once() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", SERVER]).ok();
    prints(&world, "Error: broken before the session");
    for client in CLIENTS {
        hook(&world, &[client], &session_start(client, &world.work()));
        assert_eq!(news(&world, client), "nothing", "{client}");
    }
    prints(&world, "src/cart.js:2:14: SyntaxError: Unexpected token");
    for client in CLIENTS {
        let first = until("the news", || match news(&world, client) {
            text if text == "nothing" => Err(text),
            text => Ok(text),
        });
        assert!(
            first.contains("web error: ") && first.contains("Unexpected token"),
            "{client}: {first}"
        );
        assert!(first.len() < 900, "{first}");
        assert_eq!(news(&world, client), "nothing", "{client}");
    }
}
