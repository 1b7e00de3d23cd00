//! `/openapi.json` and `/`: what programs and people read first. What the document says is
//! compared with what the daemon does.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::start;
use crate::support::{Http, World};

fn document(rest: &Http) -> Value {
    let answer = rest.get("/openapi.json");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.expect(200)
}

/// Every method of every path, with what the document says of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            all.push((path.as_str(), method.as_str(), operation));
        }
    }
    all.sort_by_key(|(path, method, _)| (*path, *method));
    all
}

/// What an answer lacks of its shape, and what it has beyond it.
fn differences(document: &Value, shape: &str, answer: &Value) -> Vec<String> {
    let shape = &document["components"]["schemas"][shape];
    let known: BTreeSet<&String> = shape["properties"].as_object().unwrap().keys().collect();
    let found: BTreeSet<&String> = answer.as_object().unwrap().keys().collect();
    let required = shape["required"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
    let missing = required.filter(|key| answer.get(key).is_none());
    let unknown = found.difference(&known).map(|key| format!("+ {key}"));
    missing.map(|key| format!("- {key}")).chain(unknown).collect()
}

#[test]
fn the_document_lists_every_route() {
    let world = World::new();
    let document = document(&world.rest());
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let lines: Vec<String> = operations(&document)
        .into_iter()
        .map(|(path, method, operation)| {
            let codes = operation["responses"].as_object().unwrap().keys();
            let codes: BTreeSet<&str> = codes.map(String::as_str).collect();
            format!("{path} {method}: {}", codes.into_iter().collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    / get: 200 401 403 422
    /openapi.json get: 200 401 403 422
    /v1/daemon get: 200 401 403 422
    /v1/events get: 200 401 403 422
    /v1/processes get: 200 401 403 422
    /v1/processes post: 200 201 401 403 404 409 413 415 422 500 503 507
    /v1/processes/{target} delete: 200 401 403 404 409 422 500 507
    /v1/processes/{target} get: 200 401 403 404 409 422 500
    /v1/processes/{target}/follow get: 200 401 403 404 409 422 500 507
    /v1/processes/{target}/output get: 200 401 403 404 409 422 500 507
    /v1/processes/{target}/resize post: 200 401 403 404 409 413 415 422 500
    /v1/processes/{target}/restart post: 200 401 403 404 409 413 415 422 500 503 507
    /v1/processes/{target}/signal post: 200 401 403 404 409 413 415 422 500
    /v1/processes/{target}/stdin post: 200 401 403 404 409 413 415 422 500
    /v1/processes/{target}/stop post: 200 401 403 404 409 413 415 422 500
    /v1/processes/{target}/wait post: 200 401 403 404 409 413 415 422 500 507
    /v1/search get: 200 401 403 422 500 507
    /v1/shutdown post: 200 401 403 413 415 422
    ");
}

#[test]
fn what_it_lists_is_there_and_refuses_what_it_does_not_know() {
    let world = World::new();
    let rest = world.rest();
    let json = [("content-type", "application/json")];
    let document = document(&rest);
    for (path, method, operation) in operations(&document) {
        // Unknown fields are refused before anything is done, so nothing is.
        let path = path.replace("{target}", "nobody");
        let body = if method == "post" { br#"{"nonsense": 1}"#.as_slice() } else { b"" };
        if path == "/v1/events" {
            continue;
        }
        let answer = rest.send(&method.to_uppercase(), &path, &json, body);
        assert!(operation["responses"].get(answer.status.to_string()).is_some(), "{path} {answer}");
        assert_ne!(answer.status, 405, "{path}");
        if answer.status >= 400 {
            assert_ne!(answer.json()["code"], "no_such_route", "{path}");
        }
    }
}

#[test]
fn answers_have_the_shapes_that_are_described() {
    let world = World::new();
    let rest = world.rest();
    let document = document(&rest);
    let same = |shape: &str, answer: Value| {
        assert_eq!(differences(&document, shape, &answer), [""; 0], "{shape}: {answer:#}");
    };
    same("Started", start(&world, &rest, "nap", &["sleep", "1000"]));
    same("Started", start(&world, &rest, "end", &["sh", "-c", "echo hi; exit 3"]));
    let wait = json!({"for": "exit"});
    same("Waited", rest.post("/v1/processes/end/wait", &wait).expect(200));
    same("Process", rest.get("/v1/processes/nap").expect(200));
    same("Process", rest.get("/v1/processes/end").expect(200));
    same("OutputPage", rest.get("/v1/processes/end/output").expect(200));
    same("DaemonInfo", rest.get("/v1/daemon").expect(200));
    same("Problem", rest.get("/v1/processes/nobody").expect(404));
    let list = rest.get("/v1/processes?facts=true").expect(200);
    same("Facts", list["processes"][0]["facts"].clone());
    same("ProcessList", list);
    let found = rest.get("/v1/search?grep=hi").expect(200);
    same("Match", found["matches"][0].clone());
    same("SearchReply", found);
    let body = json!({"command": "nonsense-program", "working_directory": world.work()});
    same("Problem", rest.post("/v1/processes", &body).expect(422));
    rest.get("/v1/processes/nonsense-program").expect(404);
}

#[test]
fn a_browser_gets_a_page_and_others_get_text() {
    let world = World::new();
    let rest = world.rest();
    let text = rest.get("/");
    assert_eq!(text.status, 200);
    assert_eq!(text.header("content-type"), Some("text/plain; charset=utf-8"));
    let accept = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = rest.send("GET", "/", &accept, b"");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let [text, page] = [text.body, page.body].map(|body| String::from_utf8(body).unwrap());
    for told in ["persistproc", env!("CARGO_PKG_VERSION"), "/openapi.json", "/v1/processes"] {
        assert!(text.contains(told) && page.contains(told), "{told}");
    }
    let links = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    for link in links.filter(|link| *link != "/v1/events") {
        assert_eq!(rest.get(link).status, 200, "{link}");
    }
}
