//! The table of shell lines: each is rewritten, refused or left alone.

use self::Expected::{Left, Refused, Rewritten};
use super::*;
use crate::hook::machine::TreeMember;

/// What is done with a line.
#[derive(Clone, Copy)]
enum Expected {
    Left,
    Rewritten(&'static str),
    /// The reason contains this.
    Refused(&'static str),
}

fn member(pid: u32, group: u32, names: &[&str], command_line: &str) -> TreeMember {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    TreeMember { pid, group, names, command_line: command_line.to_owned() }
}

fn managed() -> Vec<ManagedProcess> {
    let web = vec![
        member(4242, 4242, &["npm run dev", "npm"], "npm run dev"),
        member(4243, 4242, &["MainThread", "node"], "node /work/shop/node_modules/.bin/vite"),
    ];
    let api = vec![member(5151, 5151, &["python3"], "python3 -m uvicorn app:app --port 8000")];
    vec![
        ManagedProcess { name: "web".into(), members: web, ports: vec![3000, 5173] },
        ManagedProcess { name: "shop api".into(), members: api, ports: vec![8000] },
    ]
}

fn decision(line: &str) -> GuardDecision {
    let parsed = GuardedLine::parse(line);
    parsed.map_or(GuardDecision::Leave, |parsed| decide(&parsed, &managed(), "persistproc"))
}

#[track_caller]
fn assert_decisions(table: &[(&str, Expected)]) {
    let mut wrong = Vec::new();
    for (line, expected) in table {
        let found = decision(line);
        let is_right = match (expected, &found) {
            (Left, GuardDecision::Leave) => true,
            (Rewritten(text), GuardDecision::Rewrite(found)) => text == found,
            (Refused(text), GuardDecision::Refuse(found)) => found.contains(text),
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{line}\n    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

const WEB: Expected = Refused("persistproc stop web");
const API: Expected = Refused("persistproc stop 'shop api'");

#[test]
fn commands_that_end_processes() {
    assert_decisions(&[
        ("pkill node", WEB),
        ("pkill -9 node", WEB),
        ("pkill -f vite", WEB),
        ("pkill -f 'node.*vite'", WEB),
        ("pkill --signal KILL -f vite", WEB),
        ("/usr/bin/pkill -x node", WEB),
        ("pkill -x nod", Left),
        ("pkill postgres", Left),
        ("pkill -HUP node", Left),
        ("pkill -u alice node", Left),
        ("pkill -f '('", Left),
        ("sudo pkill node", WEB),
        ("sudo -n -u root pkill -9 -f vite", WEB),
        ("killall node", WEB),
        ("killall -9 -q node || true", WEB),
        ("killall nod", Left),
        ("killall -r 'no.*'", WEB),
        ("kill 4242", WEB),
        ("kill -9 4243", WEB),
        ("kill -s TERM 5151", API),
        ("kill -SIGKILL 4242 5151", Refused("web and shop api")),
        ("kill -- -4242", WEB),
        ("kill -9 -4242", WEB),
        ("kill -9 -1", WEB),
        ("kill 99", Left),
        ("kill -0 4242", Left),
        ("kill -HUP 4242", Left),
        ("kill -l", Left),
        ("kill %1", Left),
        ("kill $!", Left),
        ("kill $PID", Left),
        ("kill $(cat server.pid)", Left),
        ("kill $(lsof -ti:3000)", WEB),
        ("kill -9 $(lsof -t -i :3000)", WEB),
        ("kill -9 `lsof -ti tcp:8000`", API),
        ("kill -9 \"$(lsof -t -iTCP:5173 -sTCP:LISTEN)\"", WEB),
        ("kill $(lsof -ti:4000)", Left),
        ("kill $(lsof -ti:3000 || true) 2>/dev/null", WEB),
        ("lsof -ti:3000 | xargs kill -9", WEB),
        ("lsof -ti:3000,8000 | xargs -r kill", Refused("web and shop api")),
        ("lsof -i :3000 | grep LISTEN | awk '{print $2}' | xargs kill", WEB),
        ("lsof -ti:3000 | xargs kill -0", Left),
        ("lsof -ti:3000", Left),
        ("PID=$(lsof -ti:3000); kill $PID", WEB),
        ("PORT=3000; kill $(lsof -ti:$PORT)", WEB),
        ("for p in 4000 3000; do kill -9 $(lsof -ti:$p) 2>/dev/null; done", WEB),
        ("for pid in $(pgrep node); do kill $pid; done", WEB),
        ("kill $(pgrep -f vite)", WEB),
        ("pgrep -f uvicorn | xargs kill", API),
        ("kill $(pidof node)", WEB),
        ("kill $(ps aux | grep vite | grep -v grep | awk '{print $2}')", WEB),
        ("ps aux | grep '[u]vicorn' | awk '{print $2}' | xargs kill -9", API),
        ("ps -ef | awk '/vite/ {print $2}' | xargs kill", WEB),
        ("ps aux | grep postgres | awk '{print $2}' | xargs kill", Left),
        ("ps aux | grep vite", Left),
        ("fuser -k 3000/tcp", WEB),
        ("fuser -k -n tcp 8000", API),
        ("fuser 3000/tcp", Left),
        ("npx kill-port 3000", WEB),
        ("npx --yes kill-port 4000", Left),
        ("bash -c 'pkill node'", WEB),
        ("sh -lc \"kill \\$(lsof -ti:3000)\"", WEB),
        ("eval 'pkill -f vite'", WEB),
        ("npm test && pkill node", WEB),
        ("(sleep 1; killall node) &", WEB),
        ("if lsof -ti:3000; then kill $(lsof -ti:3000); fi", WEB),
        ("while true; do pkill node; sleep 1; done", WEB),
        ("x=$(pkill node)", WEB),
        ("timeout 5 pkill node", WEB),
        ("! pkill node", WEB),
        ("echo 'pkill node'", Left),
        ("echo pkill node", Left),
        ("# pkill node", Left),
        ("ls # pkill node", Left),
        ("grep -r 'pkill node' .", Left),
        ("cat <<'EOF' > stop.sh\npkill node\nEOF", Left),
        ("stop() { pkill node; }", Left),
        ("ssh host pkill node", Left),
        ("docker exec web pkill node", Left),
        ("git commit -m 'kill $(lsof -ti:3000)'", Left),
        ("pkill node &&", Left),
        ("pkill 'node", Left),
    ]);
}

#[test]
fn commands_that_start_servers() {
    assert_decisions(&[
        ("npm run dev", Rewritten("persistproc start npm run dev")),
        ("npm run dev &", Rewritten("persistproc start npm run dev")),
        ("nohup npm run dev > /dev/null 2>&1 &", Rewritten("persistproc start npm run dev")),
        ("npm run dev 2>&1", Rewritten("persistproc start npm run dev")),
        ("npm run dev &>/dev/null & disown", Refused("`persistproc start npm run dev`")),
        (
            "npm run dev -- --port \"$PORT\"",
            Rewritten("persistproc start npm run dev -- --port \"$PORT\""),
        ),
        ("PORT=3001 npm run dev", Rewritten("PORT=3001 persistproc start npm run dev")),
        ("cd web && npm run dev", Rewritten("cd web && persistproc start npm run dev")),
        ("cd web && npm run dev &", Rewritten("(cd web && persistproc start npm run dev)")),
        ("cd web; npm i; npm run dev", Rewritten("cd web; npm i; persistproc start npm run dev")),
        ("(cd web && npm run dev &)", Rewritten("((cd web && persistproc start npm run dev))")),
        ("(cd web && npm run dev) &", Rewritten("(cd web && persistproc start npm run dev)")),
        (
            "npm run dev & sleep 5; curl -s localhost:3000",
            Rewritten("persistproc start npm run dev; sleep 5; curl -s localhost:3000"),
        ),
        (
            "npm run dev &\nsleep 5\ncurl -s localhost:3000 | head",
            Rewritten("persistproc start npm run dev\nsleep 5\ncurl -s localhost:3000 | head"),
        ),
        (
            "npm run dev:api & npm run dev:web &",
            Rewritten("persistproc start npm run dev:api; persistproc start npm run dev:web"),
        ),
        (
            "echo é; npx vite --host # go",
            Rewritten("echo é; persistproc start npx vite --host # go"),
        ),
        (
            "exec ./node_modules/.bin/next dev",
            Rewritten("persistproc start ./node_modules/.bin/next dev"),
        ),
        (
            "python3 -m http.server 8000 &",
            Rewritten("persistproc start python3 -m http.server 8000"),
        ),
        ("npm run build && npm start", Rewritten("npm run build && persistproc start npm start")),
        ("npm run dev > dev.log 2>&1 &", Refused("`persistproc start npm run dev`")),
        ("cd a && npm run dev > log 2>&1 &", Refused("`cd a && persistproc start npm run dev`")),
        ("npm run dev | tee dev.log", Refused("`persistproc start npm run dev`")),
        ("npm run dev 2>&1 | head -50", Refused("`persistproc start npm run dev`")),
        ("timeout 30 npm run dev", Refused("`persistproc start npm run dev`")),
        ("npm run dev && echo done", Refused("`persistproc start npm run dev`")),
        ("npm run dev || true", Refused("`persistproc start npm run dev`")),
        ("npm run dev & echo $!", Refused("`persistproc start npm run dev`")),
        ("npm run dev & wait", Refused("`persistproc start npm run dev`")),
        (
            "npm run dev & npx wait-on :3000",
            Rewritten("persistproc start npm run dev; npx wait-on :3000"),
        ),
        ("env PORT=1 npm run dev", Refused("`persistproc start npm run dev`")),
        ("bash -c 'cd web && npm run dev'", Refused("`cd web && persistproc start npm run dev`")),
        ("npm run dev <<EOF\ny\nEOF", Refused("`persistproc start npm run dev`")),
        ("pkill postgres; npm run dev", Rewritten("pkill postgres; persistproc start npm run dev")),
        ("pkill -f vite; npm run dev &", WEB),
        ("sudo npm run dev", Left),
        ("pp npm run dev", Left),
        ("persistproc start npm run dev", Left),
        ("npm test", Left),
        ("npm run build", Left),
        ("npm run dev --help", Left),
        ("vite build", Left),
        ("while true; do npm run dev; done", Left),
        ("if [ -f a ]; then npm run dev; fi", Left),
        ("dev() { npm run dev; }; dev", Left),
        ("echo 'npm run dev'", Left),
        ("echo $(npm run dev)", Left),
        ("cat <<EOF\nnpm run dev\nEOF", Left),
        ("# npm run dev", Left),
        ("$RUNNER run dev", Left),
        ("npm run \"$SCRIPT\"", Left),
        ("", Left),
    ]);
}

#[test]
fn a_client_without_rewrites_gets_the_call_to_make() {
    let line = GuardedLine::parse("cd 'my web' && npm run dev &").unwrap();
    let decision = decide(&line, &[], "/opt/persistproc");
    assert!(matches!(decision, GuardDecision::Rewrite(_)));
    insta::assert_snapshot!(
        format!("{:?}", refuse_instead(decision, &line, "/opt/persistproc")),
        @"Refuse(\"Dev servers run under persistproc here, where every agent and terminal sees them. Run `cd 'my web' && /opt/persistproc start npm run dev` instead: it returns at once, or with `--wait-for ready` when the server is ready. `/opt/persistproc output` shows its output.\")"
    );
}

/// Any text is looked at without a crash.
#[test]
fn every_prefix_of_a_line_is_looked_at() {
    let line = "cd \"é $(pwd)\" && X=`id` nohup npm run dev -- {a,b} <<'E' >l 2>&1 & kill -9 ${P:-$(lsof -ti:3000)}\nE\n";
    for (end, _) in line.char_indices() {
        decision(&line[..end]);
        decision(&line[end..]);
    }
}
