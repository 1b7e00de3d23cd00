//! Signals by the names and numbers that `kill` accepts.

use persistproc_api::Problem;
use rustix::process::Signal;

const NAMES: [(&str, Signal); 16] = [
    ("HUP", Signal::HUP),
    ("INT", Signal::INT),
    ("QUIT", Signal::QUIT),
    ("ABRT", Signal::ABORT),
    ("ALRM", Signal::ALARM),
    ("TERM", Signal::TERM),
    ("KILL", Signal::KILL),
    ("STOP", Signal::STOP),
    ("CONT", Signal::CONT),
    ("TSTP", Signal::TSTP),
    ("TTIN", Signal::TTIN),
    ("TTOU", Signal::TTOU),
    ("USR1", Signal::USR1),
    ("USR2", Signal::USR2),
    ("WINCH", Signal::WINCH),
    ("PIPE", Signal::PIPE),
];

/// The number of the signal that a request names. If the target is named like a signal, the two
/// were probably swapped.
pub fn number_for(name: &str, target: &str) -> Result<i32, Problem> {
    number(name).map_err(|problem| {
        if number(target).is_ok() {
            let correct = format!("persistproc signal {target} {name}");
            problem.hint(format!("The signal comes first: `{correct}`."))
        } else {
            problem
        }
    })
}

/// The number of a signal: `HUP`, `SIGHUP`, `hup`, `1`.
fn number(name: &str) -> Result<i32, Problem> {
    let upper = name.trim().to_ascii_uppercase();
    let plain = upper.strip_prefix("SIG").unwrap_or(&upper);
    let found = NAMES
        .iter()
        .find(|(known, signal)| *known == plain || signal.as_raw().to_string() == plain);
    found.map(|(_, signal)| signal.as_raw()).ok_or_else(|| {
        let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        Problem::parameter("signal", format!("cannot be {name:?}: there is no such signal"))
            .hint(format!("Give one of {}.", known.join(", ")))
    })
}
