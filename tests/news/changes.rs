//! `pp changes`: which messages are new since the last good run, or since the last rebuild.

use insta::assert_snapshot;

use serde_json::json;

use super::world_with_web;
use crate::mcp::{Mcp, count_tokens};
use crate::support::{World, until};

#[test]
fn a_run_is_compared_with_the_last_good_one() {
    let world = World::new();
    let run = |script: &str| {
        world.write("build.sh", script);
        world.pp(["run", "--label", "build", "sh", "build.sh"])
    };
    run("echo compiling 12 files; echo linking; echo done in 5 ms").ok();
    run("echo compiling 9 files; exit 4");
    run(
        "echo compiling 13 files; echo done in 6 ms; echo 'src/a.c:3:5: error: no such type' >&2; exit 1",
    );
    assert_snapshot!(world.pp(["changes", "build"]), @"
    build, run 3 against run 1: 1 new, 1 gone.
    + src/a.c:3:5: error: no such type, <time>
    - linking, <time>
    --- exit 0
    ");
    let answer = world.pp(["--format", "json", "changes", "--against", "2", "build"]).ok().json();
    assert_eq!(answer["against"], 2);
    assert_eq!(answer["new"].as_array().unwrap().len(), 2, "{answer:#}");
    assert_eq!(answer["new"][0]["place"], "src/a.c:3:5");
    assert_eq!(world.pp(["changes", "--against", "3", "build"]).code, 2);
    assert_eq!(world.pp(["changes", "--against", "9", "build"]).code, 3);
}

#[test]
fn within_a_run_the_last_rebuild_is_the_border() {
    let world = world_with_web();
    world.print("GET / 200 in 12 ms");
    world.print("[vite] page reload src/main.js");
    world.print("GET / 500 in 7 ms");
    world.print("Error: no database");
    until("the lines", || {
        let out = world.pp(["changes", "web"]).ok().out();
        if out.contains("no database") { Ok(()) } else { Err(out) }
    });
    assert_snapshot!(world.pp(["changes", "web"]), @"
    web, run 1 since its last rebuild: 2 new, 1 gone.
    + Error: no database, <time>
    + [vite] page reload src/main.js
    - ready in 5 ms, <time>
    --- exit 0
    ");
}

#[test]
fn agents_get_the_same_text_in_few_tokens() {
    let world = World::new();
    let run = |script: &str| {
        world.write("build.sh", script);
        world.pp(["run", "--label", "build", "sh", "build.sh"])
    };
    let client = Mcp::modern(&world);
    let changes = json!({"changes": true, "command_or_label": "build"});
    assert!(client.call("output", changes.clone()).error().contains("No process matches"));
    assert!(client.call("output", json!({"changes": true})).error().contains("is required"));
    let numbered = |word: &str, count: u32| -> String {
        let letters = ('a'..='z').cycle();
        let lines = (0..count).zip(letters).map(|(number, letter)| {
            let names = letter.to_string().repeat(number as usize + 2);
            format!("echo '{word} {names}: some longer words that say what went wrong in it'\n")
        });
        lines.collect()
    };
    run(&(numbered("gone", 20) + "echo done")).ok();
    run(&(numbered("error: new", 40) + "exit 1"));
    let answer = client.call("output", changes.clone());
    let printed = world.pp(["changes", "build"]).ok().out();
    let lines: Vec<String> = serde_json::from_value(answer.ok()["output"].clone()).unwrap();
    assert_eq!(lines.join("\n"), printed.trim_end());
    assert!(lines.iter().any(|line| line.contains("error: new")), "{lines:#?}");
    let tokens = count_tokens(&[answer.text().to_owned()]);
    assert!(tokens[0] <= 300, "{tokens:?}: {}", answer.text());
}
