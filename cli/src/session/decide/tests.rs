//! Snapshots of the whole table for each policy.

use super::*;

const STATES: [SessionState; 4] =
    [SessionState::Attached, SessionState::Asking, SessionState::Stopping, SessionState::Killing];

const INPUTS: [(&str, SessionInput); 7] = [
    ("Ctrl+C", SessionInput::Interrupt),
    ("y", SessionInput::Text(b'y')),
    ("n", SessionInput::Text(b'n')),
    ("EOF", SessionInput::Eof),
    ("SIGHUP", SessionInput::Terminate(1)),
    ("SIGTERM", SessionInput::Terminate(15)),
    ("failed", SessionInput::StopFailed),
];

fn table(policy: ExitPolicy) -> String {
    let heading = STATES.map(|state| format!("{:<22}", format!("{state:?}")));
    let mut out = format!("{:9}{}\n", "", heading.concat().trim_end());
    for (name, input) in INPUTS {
        out.push_str(&format!("{name:<9}"));
        for state in STATES {
            let (next, act) = decide(state, input, policy);
            let act = match act {
                SessionAction::Stop { force: true } => "Kill".to_owned(),
                SessionAction::Stop { force: false } => "Stop".to_owned(),
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
fn ctrl_c_asks() {
    let policy = ExitPolicy { on_exit: OnExit::Ask, can_ask: true, raw_keys: true };
    insta::assert_snapshot!(table(policy), @"
             Attached              Asking                Stopping              Killing
    Ctrl+C   Ask > Asking          Forward > Attached    Kill > Killing        Leave(130)
    y        Forward               Stop > Stopping       Forward               Forward
    n        Forward               Leave(0) > Attached   Forward               Forward
    EOF      CloseInput            Leave(0) > Attached   CloseInput            CloseInput
    SIGHUP   Leave(129)            Leave(129)            Leave(129)            Leave(129)
    SIGTERM  Leave(143)            Leave(143)            Leave(143)            Leave(143)
    failed   Nothing               Nothing               Nothing > Attached    Nothing > Attached
    ");
}

#[test]
fn ctrl_c_stops_without_asking() {
    let policy = ExitPolicy { on_exit: OnExit::Stop, can_ask: true, raw_keys: true };
    insta::assert_snapshot!(table(policy), @"
             Attached              Asking                Stopping              Killing
    Ctrl+C   Stop > Stopping       Forward > Attached    Kill > Killing        Leave(130)
    y        Forward               Stop > Stopping       Forward               Forward
    n        Forward               Leave(0) > Attached   Forward               Forward
    EOF      CloseInput            Leave(0) > Attached   CloseInput            CloseInput
    SIGHUP   Stop > Stopping       Stop > Stopping       Leave(129)            Leave(129)
    SIGTERM  Stop > Stopping       Stop > Stopping       Leave(143)            Leave(143)
    failed   Nothing               Nothing               Nothing > Attached    Nothing > Attached
    ");
}

#[test]
fn ctrl_c_leaves_without_asking() {
    let first = |policy| decide(SessionState::Attached, SessionInput::Interrupt, policy).1;
    let policy = |on_exit, can_ask, raw_keys| ExitPolicy { on_exit, can_ask, raw_keys };
    assert_eq!(first(policy(OnExit::Detach, true, true)), SessionAction::Leave(0));
    assert_eq!(first(policy(OnExit::Detach, false, false)), SessionAction::Leave(130));
    assert_eq!(first(policy(OnExit::Ask, false, false)), SessionAction::Leave(130));
}
