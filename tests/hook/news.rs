//! What an edit broke, as the next hook of the agent says it: once in each session.

use super::inputs::{CLIENTS, after_edit, session_start};
use super::{answer, hook};
use crate::support::{World, until};

/// Prints what is written into its standard input.
const SERVER: &str = "echo ready; while read line; do echo \"$line\"; done";

/// The text that the agent reads after an edit; empty if there is none.
fn news(world: &World, client: &str) -> String {
    let output = hook(world, &[client], &after_edit(client, &world.work()));
    answer(world, &output)
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
        let first = news(&world, client);
        assert!(first.contains("web error: ") && first.contains("Unexpected token"), "{first}");
        assert!(first.len() < 900, "{first}");
        assert_eq!(news(&world, client), "nothing", "{client}");
    }
}
