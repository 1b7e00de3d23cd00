//! Snapshots of the whole table for each policy.

use super::*;

const STATES: [SessionState; 4] =
    [SessionState::Attached, SessionState::Asking, SessionState::Stopping, SessionState::Killing];

const INPUTS: [(&str, SessionInput); 14] = [
    ("Ctrl+C", SessionInput::InterruptKey(KeyOwner::Session)),
    ("its Ctrl+C", SessionInput::InterruptKey(KeyOwner::Program)),
    ("SIGINT", SessionInput::InterruptSignal),
    ("Ctrl+Z", SessionInput::SuspendKey(KeyOwner::Session)),
    ("its Ctrl+Z", SessionInput::SuspendKey(KeyOwner::Program)),
    ("y", SessionInput::Text(Answer::Yes)),
    ("n, Enter", SessionInput::Text(Answer::No)),
    ("Esc", SessionInput::Text(Answer::Cancel)),
    ("x", SessionInput::Text(Answer::Other)),
    ("detach", SessionInput::Detach),
    ("EOF", SessionInput::Eof),
    ("SIGHUP", SessionInput::Terminate(1)),
    ("SIGTERM", SessionInput::Terminate(15)),
    ("failed", SessionInput::StopFailed),
];

const ASKS: ExitPolicy =
    ExitPolicy { on_exit: OnExit::Ask, can_ask: true, is_shared: false, owns_stdin: true };

fn table(policy: ExitPolicy) -> String {
    let heading = STATES.map(|state| format!("{:<22}", format!("{state:?}")));
    let mut out = format!("{:12}{}\n", "", heading.concat().trim_end());
    for (name, input) in INPUTS {
        out.push_str(&format!("{name:<12}"));
        for state in STATES {
            let (next, act) = decide(state, input, policy);
            let act = match act {
                SessionAction::Stop { force: true, .. } => "Kill".to_owned(),
                SessionAction::Stop { interrupt: true, .. } => "Interrupt".to_owned(),
                SessionAction::Stop { .. } => "Stop".to_owned(),
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
    insta::assert_snapshot!(table(ASKS), @"
                Attached              Asking                Stopping              Killing
    Ctrl+C      Ask > Asking          Nothing > Attached    Kill > Killing        Leave(130)
    its Ctrl+C  Forward               Nothing > Attached    Kill > Killing        Leave(130)
    SIGINT      Ask > Asking          Nothing > Attached    Kill > Killing        Leave(130)
    Ctrl+Z      Suspend               Forward > Attached    Forward               Forward
    its Ctrl+Z  Forward               Forward > Attached    Forward               Forward
    y           Forward               Interrupt > Stopping  Forward               Forward
    n, Enter    Forward               Leave(130) > Attached Forward               Forward
    Esc         Forward               Nothing > Attached    Forward               Forward
    x           Forward               Forward > Attached    Forward               Forward
    detach      Leave(130)            Leave(130)            Leave(130)            Leave(130)
    EOF         CloseInput            Leave(130) > Attached CloseInput            CloseInput
    SIGHUP      Leave(129)            Leave(129)            Leave(129)            Leave(129)
    SIGTERM     Leave(143)            Leave(143)            Leave(143)            Leave(143)
    failed      Nothing               Nothing               Nothing > Attached    Nothing > Attached
    ");
}

#[test]
fn ctrl_c_stops_without_asking() {
    insta::assert_snapshot!(table(ExitPolicy { on_exit: OnExit::Stop, ..ASKS }), @"
                Attached              Asking                Stopping              Killing
    Ctrl+C      Interrupt > Stopping  Nothing > Attached    Kill > Killing        Leave(130)
    its Ctrl+C  Forward               Nothing > Attached    Kill > Killing        Leave(130)
    SIGINT      Interrupt > Stopping  Nothing > Attached    Kill > Killing        Leave(130)
    Ctrl+Z      Suspend               Forward > Attached    Forward               Forward
    its Ctrl+Z  Forward               Forward > Attached    Forward               Forward
    y           Forward               Interrupt > Stopping  Forward               Forward
    n, Enter    Forward               Leave(130) > Attached Forward               Forward
    Esc         Forward               Nothing > Attached    Forward               Forward
    x           Forward               Forward > Attached    Forward               Forward
    detach      Leave(130)            Leave(130)            Leave(130)            Leave(130)
    EOF         CloseInput            Leave(130) > Attached CloseInput            CloseInput
    SIGHUP      Stop > Stopping       Stop > Stopping       Leave(129)            Leave(129)
    SIGTERM     Stop > Stopping       Stop > Stopping       Leave(143)            Leave(143)
    failed      Nothing               Nothing               Nothing > Attached    Nothing > Attached
    ");
}

#[test]
fn ctrl_c_leaves_without_asking() {
    let first = |policy| {
        let input = SessionInput::InterruptKey(KeyOwner::Session);
        decide(SessionState::Attached, input, policy).1
    };
    let detaches = ExitPolicy { on_exit: OnExit::Detach, ..ASKS };
    assert_eq!(first(detaches), SessionAction::Leave(130));
    assert_eq!(first(ExitPolicy { can_ask: false, ..ASKS }), SessionAction::Leave(130));
}

#[test]
fn ctrl_c_in_a_pipeline_is_for_every_program_in_it() {
    let decided = decide(
        SessionState::Attached,
        SessionInput::InterruptSignal,
        ExitPolicy { is_shared: true, ..ASKS },
    );
    assert_eq!(decided, (SessionState::Attached, SessionAction::Forward));
}

#[test]
fn eof_leaves_a_process_of_another_client() {
    let policy = ExitPolicy { owns_stdin: false, ..ASKS };
    let decided = decide(SessionState::Attached, SessionInput::Eof, policy);
    assert_eq!(decided, (SessionState::Attached, SessionAction::Leave(130)));
}

#[test]
fn a_key_is_an_answer_or_meant_for_the_process() {
    let answers = [b"y", b"N", b"\r", b"\n", b"\x1b", b"x", b"\x04"].map(|key| Answer::of(key));
    use Answer::{Cancel, No, Other, Yes};
    assert_eq!(answers, [Yes, No, No, No, Cancel, Other, Other]);
    assert_eq!(Answer::of(b"\x1b[A"), Other);
    assert_eq!(Answer::of(b"yes"), Yes);
}
