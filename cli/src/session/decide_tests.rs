//! The whole table on one page.

use super::*;

const STATES: [State; 4] = [State::Watching, State::Asking, State::Stopping, State::Killing];

const INPUTS: [(&str, Input); 7] = [
    ("Ctrl+C", Input::Interrupt),
    ("y", Input::Text(b'y')),
    ("n", Input::Text(b'n')),
    ("end", Input::End),
    ("SIGHUP", Input::Ended(1)),
    ("SIGTERM", Input::Ended(15)),
    ("refused", Input::Refused),
];

fn table(policy: Policy) -> String {
    let heading = STATES.map(|state| format!("{:<22}", format!("{state:?}")));
    let mut out = format!("{:9}{}\n", "", heading.concat().trim_end());
    for (name, input) in INPUTS {
        out.push_str(&format!("{name:<9}"));
        for state in STATES {
            let (next, act) = decide(state, input, policy);
            let act = match act {
                Act::Stop { force: true } => "Kill".to_owned(),
                Act::Stop { force: false } => "Stop".to_owned(),
                act => format!("{act:?}"),
            };
            let next = if next == state { String::new() } else { format!(" > {next:?}") };
            out.push_str(&format!("{:<22}", format!("{act}{next}")));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

#[test]
fn asking() {
    let policy = Policy { on_exit: OnExit::Ask, can_ask: true, keys: true };
    insta::assert_snapshot!(table(policy), @"
             Watching              Asking                Stopping              Killing
    Ctrl+C   Ask > Asking          Forward > Watching    Kill > Killing        Leave(130)
    y        Forward               Stop > Stopping       Forward               Forward
    n        Forward               Leave(0) > Watching   Forward               Forward
    end      CloseInput            Leave(0) > Watching   CloseInput            CloseInput
    SIGHUP   Leave(129)            Leave(129)            Leave(129)            Leave(129)
    SIGTERM  Leave(143)            Leave(143)            Leave(143)            Leave(143)
    refused  Nothing               Nothing               Nothing > Watching    Nothing > Watching
    ");
}

#[test]
fn stopping_without_asking() {
    let policy = Policy { on_exit: OnExit::Stop, can_ask: true, keys: true };
    insta::assert_snapshot!(table(policy), @"
             Watching              Asking                Stopping              Killing
    Ctrl+C   Stop > Stopping       Forward > Watching    Kill > Killing        Leave(130)
    y        Forward               Stop > Stopping       Forward               Forward
    n        Forward               Leave(0) > Watching   Forward               Forward
    end      CloseInput            Leave(0) > Watching   CloseInput            CloseInput
    SIGHUP   Stop > Stopping       Stop > Stopping       Leave(129)            Leave(129)
    SIGTERM  Stop > Stopping       Stop > Stopping       Leave(143)            Leave(143)
    refused  Nothing               Nothing               Nothing > Watching    Nothing > Watching
    ");
}

#[test]
fn leaving_without_asking() {
    let first = |policy| decide(State::Watching, Input::Interrupt, policy).1;
    let policy = |on_exit, can_ask, keys| Policy { on_exit, can_ask, keys };
    assert_eq!(first(policy(OnExit::Detach, true, true)), Act::Leave(0));
    assert_eq!(first(policy(OnExit::Detach, false, false)), Act::Leave(130));
    assert_eq!(first(policy(OnExit::Ask, false, false)), Act::Leave(130));
}
