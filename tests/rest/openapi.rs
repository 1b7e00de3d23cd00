//! `/openapi.json` and `/`. The document is compared with the daemon's behaviour.

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

/// Path, method and operation of each route in the document.
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

/// The required keys that a response lacks (`-`), and those that its schema does not have (`+`).
fn differences(document: &Value, schema: &str, response: &Value) -> Vec<String> {
    let schema = &document["components"]["schemas"][schema];
    let known: BTreeSet<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let found: BTreeSet<&String> = response.as_object().unwrap().keys().collect();
    let required = schema["required"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
    let missing = required.filter(|key| response.get(key).is_none());
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
    /dashboard get: 200 401 403 422
    /dashboard/{file} get: 200 401 403 404 422 500
    /openapi.json get: 200 401 403 422
    /v1/daemon get: 200 401 403 422
    /v1/events get: 200 401 403 404 409 422 500
    /v1/news get: 200 401 403 404 409 422 500 507
    /v1/notify get: 200 401 403 422
    /v1/notify post: 200 401 403 404 409 413 415 422 500 507
    /v1/ports/{port} get: 200 401 403 422
    /v1/processes get: 200 401 403 422
    /v1/processes post: 200 201 401 403 404 409 413 415 422 500 503 507
    /v1/processes/{target} delete: 200 401 403 404 409 422 500 507
    /v1/processes/{target} get: 200 401 403 404 409 422 500
    /v1/processes/{target}/changes get: 200 401 403 404 409 422 500 507
    /v1/processes/{target}/follow get: 200 401 403 404 409 422 500 507
    /v1/processes/{target}/label post: 200 401 403 404 409 413 415 422 500 507
    /v1/processes/{target}/output get: 200 401 403 404 409 422 500 507
    /v1/processes/{target}/resize post: 200 401 403 404 409 413 415 422 500
    /v1/processes/{target}/restart post: 200 401 403 404 409 413 415 422 500 503 507
    /v1/processes/{target}/runs get: 200 401 403 404 409 422 500 507
    /v1/processes/{target}/signal post: 200 401 403 404 409 413 415 422 500
    /v1/processes/{target}/stdin post: 200 401 403 404 409 413 415 422 500
    /v1/processes/{target}/stop post: 200 401 403 404 409 413 415 422 500
    /v1/processes/{target}/wait post: 200 401 403 404 409 413 415 422 500 507
    /v1/search get: 200 401 403 422 500 507
    /v1/shutdown post: 200 401 403 413 415 422
    ");
}

#[test]
fn every_listed_route_exists_and_rejects_unknown_fields() {
    let world = World::new();
    let rest = world.rest();
    let json = [("content-type", "application/json")];
    let document = document(&rest);
    for (path, method, operation) in operations(&document) {
        // Unknown fields are rejected before the handler runs, so nothing changes.
        let path = path.replace("{target}", "unknown");
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
fn responses_match_their_schemas() {
    let world = World::new();
    let rest = world.rest();
    let document = document(&rest);
    let check = |schema: &str, response: Value| {
        assert_eq!(differences(&document, schema, &response), [""; 0], "{schema}: {response:#}");
    };
    check("Started", start(&world, &rest, "nap", &["sleep", "1000"]));
    check("Started", start(&world, &rest, "end", &["sh", "-c", "echo hi; exit 3"]));
    let wait = json!({"for": "exit"});
    check("Waited", rest.post("/v1/processes/end/wait", &wait).expect(200));
    check("Process", rest.get("/v1/processes/nap").expect(200));
    check("Process", rest.get("/v1/processes/end").expect(200));
    let runs = rest.get("/v1/processes/end/runs").expect(200);
    check("Process", runs["runs"][0].clone());
    check("RunList", runs);
    check("OutputPage", rest.get("/v1/processes/end/output").expect(200));
    check("DaemonInfo", rest.get("/v1/daemon").expect(200));
    check("Problem", rest.get("/v1/processes/unknown").expect(404));
    let list = rest.get("/v1/processes?facts=true").expect(200);
    check("Facts", list["processes"][0]["facts"].clone());
    check("ProcessList", list);
    let list = rest.get("/v1/processes?texts=true").expect(200);
    check("Texts", list["processes"][0]["texts"].clone());
    let own = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = own.local_addr().unwrap().port();
    let listeners = rest.get(&format!("/v1/ports/{port}")).expect(200);
    check("PortListener", listeners["listeners"][0].clone());
    check("PortReply", listeners);
    let found = rest.get("/v1/search?grep=hi").expect(200);
    check("Match", found["matches"][0].clone());
    check("SearchReply", found);
    let body = json!({"command": "nonsense-program", "working_directory": world.work()});
    check("Problem", rest.post("/v1/processes", &body).expect(422));
    rest.get("/v1/processes/nonsense-program").expect(404);
}

#[test]
fn browsers_get_html_and_other_clients_plain_text() {
    let world = World::new();
    let rest = world.rest();
    let text = rest.get("/");
    assert_eq!(text.status, 200);
    assert_eq!(text.header("content-type"), Some("text/plain; charset=utf-8"));
    let accept = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = rest.send("GET", "/", &accept, b"");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let [text, page] = [text.body, page.body].map(|body| String::from_utf8(body).unwrap());
    for part in ["persistproc", env!("CARGO_PKG_VERSION"), "/openapi.json", "/v1/processes"] {
        assert!(text.contains(part) && page.contains(part), "{part}");
    }
    for placeholder in ["{version}", "{routes}"] {
        assert!(!text.contains(placeholder) && !page.contains(placeholder), "{placeholder}");
    }
    let links = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    for link in links.filter(|link| *link != "/v1/events") {
        assert_eq!(rest.get(link).status, 200, "{link}");
    }
}
