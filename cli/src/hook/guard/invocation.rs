//! [`Invocation`]: the program of a simple command, without the programs in front that run it, such as
//! `sudo` and `nohup`.

use rable::Node;

use super::words::literal;

/// A program and its arguments.
#[derive(Debug)]
pub(super) struct Invocation<'a> {
    /// The file name of the program.
    pub(super) name: String,
    /// The program and its arguments.
    pub(super) words: &'a [Node],
    pub(super) wrappers: Vec<Wrapper>,
}

/// What a program in front of another one changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapper {
    /// The user.
    OtherUser,
    /// That the program outlives the shell, as a managed process does anyway.
    Detached,
    /// Nothing.
    Same,
    /// How long it runs, its priority, its environment.
    Limited,
}

/// The flags of a wrapper that take the next word, and how many words follow the flags.
struct WrapperSyntax {
    wrapper: Wrapper,
    flags_with_value: &'static [&'static str],
    operands: usize,
}

fn wrapper(name: &str) -> Option<WrapperSyntax> {
    let (wrapper, flags_with_value, operands): (_, &[&str], _) = match name {
        "sudo" => (
            Wrapper::OtherUser,
            &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-D", "--user", "--group"],
            0,
        ),
        "doas" => (Wrapper::OtherUser, &["-u", "-C"], 0),
        "nohup" | "setsid" => (Wrapper::Detached, &[], 0),
        "exec" => (Wrapper::Same, &["-a"], 0),
        "command" | "builtin" => (Wrapper::Same, &[], 0),
        "env" => (Wrapper::Limited, &["-u", "-C", "--unset", "--chdir"], 0),
        "nice" => (Wrapper::Limited, &["-n"], 0),
        "ionice" => (Wrapper::Limited, &["-c", "-n", "-p"], 0),
        "timeout" => (Wrapper::Limited, &["-s", "-k", "--signal", "--kill-after"], 1),
        "stdbuf" => (Wrapper::Limited, &["-i", "-o", "-e"], 0),
        "time" | "caffeinate" | "unbuffer" => (Wrapper::Limited, &[], 0),
        _ => return None,
    };
    Some(WrapperSyntax { wrapper, flags_with_value, operands })
}

impl<'a> Invocation<'a> {
    /// `None` if the program is not a literal word, or if a wrapper has flags that are unknown here.
    pub(super) fn new(words: &'a [Node]) -> Option<Self> {
        let mut words = words;
        let mut wrappers = Vec::new();
        loop {
            let program = literal(words.first()?)?;
            let name = program.rsplit('/').next()?.to_owned();
            let Some(syntax) = wrapper(&name) else { return Some(Self { name, words, wrappers }) };
            words = without_arguments(&words[1..], &syntax)?;
            wrappers.push(syntax.wrapper);
        }
    }

    /// The literal texts of the words; `None` for a word with expansions.
    pub(super) fn texts(&self) -> Vec<Option<String>> {
        let mut texts: Vec<_> = self.words.iter().map(literal).collect();
        if let Some(first) = texts.first_mut() {
            *first = Some(self.name.clone());
        }
        texts
    }

    pub(super) fn has(&self, wrapper: Wrapper) -> bool {
        self.wrappers.contains(&wrapper)
    }
}

/// The words after the wrapper's own flags, operands and assignments.
fn without_arguments<'a>(words: &'a [Node], syntax: &WrapperSyntax) -> Option<&'a [Node]> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let text = literal(word)?;
        if text == "--" {
            at += 1;
            break;
        }
        // `command -v` asks where a program is; `env -S` splits a text.
        if ["-v", "-V", "-S", "--split-string"].contains(&text.as_str()) {
            return None;
        }
        if text.starts_with('-') {
            at += 1 + usize::from(syntax.flags_with_value.contains(&text.as_str()));
        } else {
            break;
        }
    }
    at += syntax.operands;
    while words.get(at).and_then(literal).is_some_and(|text| is_assignment(&text)) {
        at += 1;
    }
    words.get(at..)
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}
