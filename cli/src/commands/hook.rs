//! `hook`: reads the input of an agent's hook, and prints the answer or nothing. Any failure is silence: an
//! agent takes an exit code of 2 for a refusal, and shows an error to its user.

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal, Read, Write, stdin, stdout};
use std::panic;
use std::process::ExitCode;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use persistproc_api::words::join_words;

use crate::args::HookArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::hook::HookCall;
use crate::programs;

/// How long the client may take to write its input.
const INPUT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the answer may take, from the end of the input. The variable sets another time, in
/// milliseconds.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(40);
const ANSWER_TIMEOUT_VARIABLE: &str = "PERSISTPROC_HOOK_TIMEOUT";

/// The largest input that is parsed, in bytes. The rest is read, so that the client can write it.
const MAX_INPUT_BYTES: u64 = 8 << 20;

pub(crate) fn run(args: &HookArgs, context: &Context) -> Outcome {
    let call = HookCall {
        client: args.client,
        dirs: context.data_dirs().clone(),
        guards_shell: args.guard_shell,
        program: own_program(context),
    };
    // The message of a panic would be shown to the user of the agent.
    panic::set_hook(Box::new(|_| {}));
    if let Some(answer) = answer_in_time(call) {
        // Fails if the client has gone.
        stdout().write_all(answer.as_bytes()).ok();
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether these words are a hook that an agent runs. Errors are silent then: the settings of the agent may
/// be those of an older or newer version.
pub(crate) fn is_silent(words: &[OsString]) -> bool {
    let is_hook = words.first().is_some_and(|word| word == "hook");
    let asks_for_help = words.iter().any(|word| word == "--help" || word == "-h");
    is_hook && !asks_for_help && !stdin().is_terminal()
}

fn answer_in_time(call: HookCall) -> Option<String> {
    let (send_input, input) = sync_channel(1);
    thread::spawn(move || send_input.send(read_input()));
    let input = input.recv_timeout(INPUT_TIMEOUT).ok()??;
    let (send_answer, answer) = sync_channel(1);
    thread::spawn(move || send_answer.send(call.answer(&input)));
    answer.recv_timeout(answer_timeout()).ok()?
}

fn answer_timeout() -> Duration {
    let set = env::var(ANSWER_TIMEOUT_VARIABLE).ok().and_then(|text| text.parse().ok());
    set.map_or(ANSWER_TIMEOUT, Duration::from_millis)
}

/// Standard input. `None` if it cannot be read or is too long.
fn read_input() -> Option<Vec<u8>> {
    let mut input = Vec::new();
    let mut stdin = stdin().lock();
    (&mut stdin).take(MAX_INPUT_BYTES).read_to_end(&mut input).ok()?;
    let rest = std::io::copy(&mut stdin, &mut std::io::sink()).ok()?;
    (rest == 0).then_some(input)
}

/// This program as a shell finds it, with the data directory if a flag sets it.
fn own_program(context: &Context) -> String {
    let mut words = vec![programs::own_for_shells()];
    if let Some(folder) = context.data_dir_flag() {
        words.extend(["--data-dir".to_owned(), folder.display().to_string()]);
    }
    join_words(&words)
}
