//! `persistproc token`: the bearer token that the daemon accepts.

use std::fs;

use crate::support::World;

#[test]
fn it_prints_the_token_that_the_daemon_accepts() {
    let world = World::new();
    let token = world.pp(["token"]).ok().out();
    let token = token.trim_end();
    assert!(token.len() >= 32 && !token.contains(char::is_whitespace), "{token:?}");
    assert_eq!(fs::read_to_string(world.folder("data/token")).unwrap().trim(), token);
    assert_eq!(world.pp(["--format", "json", "token"]).ok().json()["token"], token);
    let ask = |token: &str| {
        let header = format!("Bearer {token}");
        world.tcp().send("GET", "/v1/daemon", &[("authorization", &header)], b"").status
    };
    assert_eq!(ask(token), 200);
    assert_eq!(ask("wrong"), 401);
}
