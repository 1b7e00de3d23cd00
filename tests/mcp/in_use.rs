//! Which clients use a process, and the question before one agent stops what another client uses.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Mcp, count_tokens, replace_daemon};
use crate::support::{Output, Tmux, World, until};

const STOP: &str = "stop";
const RESTART: &str = "restart";

/// A session of an agent with this name.
fn agent(world: &World, name: &str) -> Mcp {
    Mcp::legacy_named(world, name)
}

fn start_web(client: &Mcp, world: &World) {
    let start = json!({"action": "start", "command_or_label": "cat", "label": "web",
        "working_directory": world.work()});
    client.call("ctrl", start).ok();
}

fn ctrl(action: &str) -> Value {
    json!({"action": action, "command_or_label": "web"})
}

fn used_by(client: &Mcp) -> Value {
    client.call("list", json!({})).ok()["processes"][0]["used_by"].clone()
}

/// Whether the first stop of `asker` is carried out.
#[track_caller]
fn stops_at_once(asker: &Mcp, world: &World) -> bool {
    let result = asker.call("ctrl", ctrl(STOP));
    let is_stopped = world.process("web")["status"] == "terminated";
    assert_eq!(result.result["isError"], !is_stopped, "{:#}", result.result);
    is_stopped
}

#[test]
fn the_first_stop_names_the_other_client() {
    let world = World::new();
    let [one, two] = [agent(&world, "claude-code"), agent(&world, "codex")];
    start_web(&one, &world);
    let question = two.call("ctrl", ctrl(STOP));
    assert_snapshot!(plain(question.error()), @r#"
    `web` is in use: claude-code started it <age>. Nothing was stopped.
    Call ctrl(action: "stop", command_or_label: "web") to stop it all the same.
    "#);
    assert_eq!(world.process("web")["status"], "running");
    let tokens = count_tokens(&[question.error().to_owned()]);
    assert!(tokens[0] < 80, "{tokens:?}");
    assert_eq!(two.call("ctrl", ctrl(STOP)).ok()["status"], "terminated");
    assert_eq!(world.process("web")["stopped_by"], "codex");

    // An ended process is restarted without a question, and a restart is one like a stop.
    assert_eq!(two.call("ctrl", ctrl(RESTART)).ok()["status"], "running");
    assert_snapshot!(plain(one.call("ctrl", ctrl(RESTART)).error()), @r#"
    `web` is in use: codex restarted it <age>. Nothing was stopped.
    Call ctrl(action: "restart", command_or_label: "web") to restart it all the same.
    "#);
    assert_eq!(world.process("web")["run"], 2);
    assert_eq!(one.call("ctrl", ctrl(RESTART)).ok()["run"], 3);
    let again = json!({"action": "start", "command_or_label": "cat", "label": "web",
        "working_directory": world.work(), "if_running": "restart"});
    assert_snapshot!(plain(two.call("ctrl", again.clone()).error()), @r#"
    `web` is in use: claude-code restarted it <age>. Nothing was stopped.
    Repeat this request to restart it all the same.
    "#);
    assert_eq!(two.call("ctrl", again).ok()["run"], 4);
}

#[test]
fn own_use_and_force_need_no_second_call() {
    let world = World::new();
    let [one, two] = [agent(&world, "claude-code"), agent(&world, "codex")];
    start_web(&one, &world);
    one.call("output", json!({"command_or_label": "web"})).ok();
    one.call("ctrl", ctrl(RESTART)).ok();
    assert!(stops_at_once(&one, &world));
    start_web(&one, &world);
    let force = json!({"action": "stop", "command_or_label": "web", "force": true});
    assert_eq!(two.call("ctrl", force).ok()["status"], "terminated");
}

/// The question says nothing of the output, so the news of the process come with the next answer.
#[test]
fn news_come_with_the_answer_after_a_question() {
    let world = World::new();
    let [one, two] = [agent(&world, "claude-code"), agent(&world, "codex")];
    start_web(&one, &world);
    assert_eq!(two.call("list", json!({})).ok()["news"], Value::Null);
    world.pp(["send", "web", "Error: no database"]).ok();
    until("the news", || {
        let news = world.pp(["news", "web"]).ok().out();
        if news.contains("no database") { Ok(()) } else { Err(news) }
    });
    let question = two.call("ctrl", ctrl(STOP)).error().to_owned();
    assert!(question.contains("is in use"), "{question}");
    let news = two.call("list", json!({})).ok()["news"].to_string();
    assert!(news.contains("no database"), "{news}");
}

/// Two windows of one agent are two clients; a client without sessions is one.
#[test]
fn sessions_of_one_agent_are_different_clients() {
    let world = World::new();
    let [one, two] = [agent(&world, "claude-code"), agent(&world, "claude-code")];
    start_web(&one, &world);
    assert_eq!(used_by(&one), Value::Null);
    let used = used_by(&two)[0].as_str().unwrap().to_owned();
    assert!(used.starts_with("claude-code, another session: started"), "{used}");
    assert_snapshot!(plain(two.call("ctrl", ctrl(STOP)).error()), @r#"
    `web` is in use: claude-code, in another session, started it <age>. Nothing was stopped.
    Call ctrl(action: "stop", command_or_label: "web") to stop it all the same.
    "#);
    two.call("ctrl", ctrl(STOP)).ok();
    let stateless = Mcp::modern(&world).named("claude-code");
    start_web(&stateless, &world);
    assert!(stops_at_once(&Mcp::modern(&world).named("claude-code"), &world));
}

#[test]
fn a_person_who_is_attached_is_named_and_is_never_asked() {
    let world = World::new();
    let codex = agent(&world, "codex");
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("clear; pp run --label web sh -c 'echo ready; exec cat'");
    screen.until("ready");
    until("the person is attached", || {
        let used = used_by(&codex);
        if used == json!(["a person: attached"]) { Ok(()) } else { Err(used.to_string()) }
    });
    let long = world.pp(["list", "--long"]).ok().out();
    assert!(long.contains("attached: you"), "{long}");
    assert_snapshot!(plain(codex.call("ctrl", ctrl(RESTART)).error()), @r#"
    `web` is in use: a person is attached to it. Nothing was stopped.
    Call ctrl(action: "restart", command_or_label: "web") to restart it all the same.
    "#);
    assert_eq!(world.process("web")["run"], 1);
    // A person's word counts.
    codex.call("output", json!({"command_or_label": "web"})).ok();
    world.pp(["restart", "web"]).ok();
    world.pp(["stop", "web"]).ok();
    // SIGTERM ended it.
    assert_eq!(screen.exit(), 143);
    let past = used_by(&codex).to_string();
    assert!(past.contains("a person: attached until"), "{past}");
}

#[test]
fn every_kind_of_use_is_shown_and_asked_about() {
    let world = World::new();
    let codex = agent(&world, "codex");
    world.pp(["start", "--label", "web", "cat"]).ok();
    // No client is known after the daemon was replaced, and nothing is asked.
    let forget_clients = || {
        replace_daemon(&world);
        assert_eq!(used_by(&codex), Value::Null);
    };
    let uses: [(&[&str], &str); 4] = [
        (&["output", "web"], "read its output"),
        (&["send", "web", "hello"], "sent input to it"),
        (&["signal", "CONT", "web"], "sent a signal to it"),
        (&["changes", "web"], "read its output"),
    ];
    for (command, phrase) in uses {
        forget_clients();
        pp(&world, command, &[]).ok();
        let question = codex.call("ctrl", ctrl(RESTART));
        assert!(question.error().contains(&format!("a person {phrase}")), "{}", question.text());
    }
    forget_clients();
    let wait = world.spawn_pp(["wait", "--for", "exit", "web"]);
    let follow = world.spawn_pp(["logs", "-f", "web"]);
    until("both clients", || {
        let client =
            world.rest().get("/v1/processes?facts=true").json()["processes"][0]["facts"]["clients"]
                [0]
            .clone();
        let is_waiting = client["use"] == "wait" && client["active"] == true;
        if is_waiting && client["name"] == "cli" { Ok(()) } else { Err(client.to_string()) }
    });
    assert_eq!(used_by(&codex), json!(["a person: waiting"]));
    let question = codex.call("ctrl", ctrl(STOP));
    assert!(question.error().contains("a person is waiting for it"), "{}", question.text());
    codex.call("ctrl", ctrl(STOP)).ok();
    wait.end();
    follow.end();
    assert_eq!(world.process("web")["status"], "terminated");
}

/// What a new daemon does not know it does not ask about, and a question is not asked again.
#[test]
fn a_daemon_that_was_killed_asks_nothing() {
    let world = World::new();
    let [one, two] = [agent(&world, "claude-code"), agent(&world, "codex")];
    start_web(&one, &world);
    two.call("ctrl", ctrl(STOP)).error();
    replace_daemon(&world);
    assert!(stops_at_once(&two, &world));
    let files = world.run({
        let mut find = world.command("grep");
        find.args(["-rlE", "used_by|\"clients\""]).arg(world.folder("data"));
        find
    });
    assert_eq!(files.out(), "");
}

/// A command in the shell of an agent is the agent's. Scripts that use REST are asked if they want it.
#[test]
fn the_shell_of_an_agent_is_asked_and_a_script_only_at_its_request() {
    let world = World::new();
    let claude = agent(&world, "claude-code");
    start_web(&claude, &world);
    let in_shell = |variable: &str, arguments: &[&str]| pp(&world, arguments, &[variable]);
    let refused = in_shell("CODEX_THREAD_ID", &["restart", "web"]);
    assert_snapshot!(plain(&refused.to_string()), @"
    --- stderr
    Error: `web` is in use: claude-code started it <age>. Nothing was stopped.
    Run `pp restart web` to restart it all the same.
    --- exit 1
    ");
    in_shell("CODEX_THREAD_ID", &["restart", "web"]).ok();
    let fresh = ["start", "--label", "web", "--if-running", "restart", "cat"];
    assert_eq!(in_shell("GEMINI_CLI", &fresh).code, 1);
    in_shell("GEMINI_CLI", &fresh).ok();
    let stop = |body: Value| {
        let headers = [("content-type", "application/json"), ("user-agent", "curl/8")];
        let body = body.to_string();
        world.tcp().send("POST", "/v1/processes/web/stop", &headers, body.as_bytes())
    };
    let question = stop(json!({"unless_used": true})).expect(409);
    assert_eq!(question["code"], "in_use");
    let text = format!("{}\n{}", question["message"], question["hint"]);
    assert_snapshot!(plain(&text), @r#"
    "`web` is in use: gemini-cli started it <age>. Nothing was stopped."
    "Run `persistproc stop web` to stop it all the same."
    "#);
    stop(json!({})).expect(200);
}

/// Runs a command with these variables set.
fn pp(world: &World, arguments: &[&str], variables: &[&str]) -> Output {
    let mut command = world.pp_command([arguments[0]]);
    command.args(&arguments[1..]);
    command.envs(variables.iter().map(|name| (name, "1")));
    world.run(command)
}

/// The text with a fixed age.
fn plain(text: &str) -> String {
    regex::Regex::new(r"just now|\d+ s ago").unwrap().replace_all(text, "<age>").into_owned()
}
