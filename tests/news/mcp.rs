//! News in the answers of tools: once in each session, in few tokens, and nothing when nothing broke.

use serde_json::{Value, json};

use super::{QUIET, world_with_web};
use crate::mcp::{Mcp, count_tokens};
use crate::support::until;
use crate::support::wait::pause;

/// The news in an answer of `list`, as soon as there are some.
fn until_news(client: &Mcp) -> Vec<Value> {
    until("news in an answer", || {
        let answer = client.call("list", json!({})).ok();
        answer["news"].as_array().cloned().ok_or_else(|| answer.to_string())
    })
}

#[test]
fn each_session_gets_news_once_with_its_next_answer() {
    let world = world_with_web();
    let one = Mcp::legacy(&world);
    let other = Mcp::legacy(&world);
    for client in [&one, &other] {
        assert!(client.call("list", json!({})).ok()["news"].is_null());
    }
    world.print("GET / 200");
    pause(QUIET);
    assert!(one.call("list", json!({})).ok()["news"].is_null());
    world.print("Error: no database at src/db.js:3:5");
    let news = until_news(&one);
    assert_eq!(news, ["web error: Error: no database at src/db.js:3:5"]);
    assert!(one.call("list", json!({})).ok()["news"].is_null(), "once");
    let tokens = count_tokens(&[json!({ "news": news }).to_string()]);
    assert!(tokens[0] <= 150, "{tokens:?}");
    // The next daemon knows what each session has been sent.
    world.kill_daemon();
    world.pp(["list"]).ok();
    assert!(one.call("list", json!({})).ok()["news"].is_null());
    assert_eq!(other.call("list", json!({})).ok()["news"], json!(news));
    assert!(other.call("list", json!({})).ok()["news"].is_null());
    world.print("compiled successfully in 12 ms");
    assert_eq!(until_news(&one), ["web recovered: compiled successfully in 12 ms"]);
}

#[test]
fn what_an_answer_or_a_page_of_output_shows_is_not_repeated() {
    let world = world_with_web();
    let client = Mcp::legacy(&world);
    client.call("list", json!({})).ok();
    world.print("Error: no database");
    let page = until("the line", || {
        let page = client.call("output", json!({"command_or_label": "web"})).ok();
        if page["output"].to_string().contains("no database") {
            Ok(page)
        } else {
            Err(page.to_string())
        }
    });
    assert!(page["news"].is_null(), "{page:#}");
    pause(QUIET);
    assert!(client.call("list", json!({})).ok()["news"].is_null());
    // The lines of an answer have the error themselves.
    world.print("FATAL: no disk");
    let wait = json!({"command_or_label": "web", "for": "pattern", "pattern": "no disk"});
    let waited = client.call("wait", wait).ok();
    assert!(waited["news"].is_null() && waited.to_string().contains("no disk"), "{waited:#}");
    pause(QUIET);
    assert!(client.call("list", json!({})).ok()["news"].is_null());
    // A process that the same call starts and that fails is reported by its answer.
    let start = json!({"action": "start", "working_directory": world.work(), "label": "api",
        "command_or_label": "sh -c 'echo Error: no port; exit 2'", "wait_for": "ready"});
    client.call("ctrl", start).error();
    pause(QUIET);
    assert!(client.call("list", json!({})).ok()["news"].is_null());
}

#[test]
fn the_news_can_be_asked_for() {
    let world = world_with_web();
    let client = Mcp::modern(&world);
    let empty = client.call("output", json!({"news": true})).ok();
    assert_eq!(empty["output"], json!([]));
    world.print("Error: no database");
    let asked = json!({"news": true, "cursor": empty["cursor"]});
    let answer = until("the news", || {
        let answer = client.call("output", asked.clone()).ok();
        if answer["output"] == json!([]) { Err(answer.to_string()) } else { Ok(answer) }
    });
    assert_eq!(answer["output"], json!(["web error: Error: no database"]));
    let of_web = client.call("output", json!({"news": true, "command_or_label": "web"})).ok();
    assert_eq!(of_web["output"], answer["output"]);
    let later = json!({"news": true, "cursor": answer["cursor"]});
    assert_eq!(client.call("output", later).ok()["output"], json!([]));
}
