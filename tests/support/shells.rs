//! Interactive bash, zsh and fish, each with our script loaded from its start-up file and a program
//! `greet` that has its own completion in that shell.

use std::fs;

use super::tmux::{Screen, Tmux};
use super::tools;
use super::world::World;

/// A shell that `persistproc init` supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

pub(crate) const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// Raises the timeout of completions, because the machine may be busy with other tests.
pub(crate) const LONG_COMPLETION_TIMEOUT: &str = "PERSISTPROC_COMPLETION_MS=10000";

const BASH: &str = r#"
PS1='$ '
bind 'set enable-bracketed-paste off'
greetings() { COMPREPLY=($(compgen -W 'hello hullo' -- "$2")); }
complete -F greetings greet
set -eu
eval "$(persistproc init bash)"
eval "$(persistproc init bash)"
set +eu
"#;

const ZSH: &str = r#"
PS1='$ '
unsetopt prompt_sp
set -eu
eval "$(persistproc init zsh)"
eval "$(persistproc init zsh)"
set +eu
autoload -Uz compinit && compinit -u -D
greetings() { compadd hello hullo; }
compdef greetings greet
"#;

const FISH: &str = r#"
function fish_prompt; echo '$ '; end
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
complete -c greet -f -a 'hello hullo'
persistproc init fish | source
persistproc init fish | source
"#;

impl Shell {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }

    /// Opens a window with this shell. `more` is appended to its start-up file.
    pub(crate) fn window<'t>(self, world: &World, tmux: &'t Tmux<'t>, more: &str) -> Screen<'t> {
        tools::path_of(self.name());
        world.program("greet", "#!/bin/sh\necho greet \"$@\"\n");
        let home = world.folder("home");
        let (text, file) = match self {
            Self::Bash => (BASH, home.join(".bashrc")),
            Self::Zsh => (ZSH, home.join(".zshrc")),
            Self::Fish => (FISH, home.join(".config/fish/config.fish")),
        };
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        // If these folders are missing, fish parses all manual pages in the background.
        for folder in
            [".cache/fish/generated_completions", ".local/share/fish/generated_completions"]
        {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        fs::write(&file, format!("{text}{more}\n")).unwrap();
        let command: &[&str] = match self {
            Self::Bash => &["bash", "--noprofile", "-i"],
            Self::Zsh => &["zsh", "-d", "-i"],
            Self::Fish => &["fish", "-i"],
        };
        tmux.window_of(&[&["--", "env", LONG_COMPLETION_TIMEOUT], command].concat())
    }
}

/// Types `typed`, presses Tab, waits until the line is `becomes`, and clears it.
#[track_caller]
pub(crate) fn assert_completes(screen: &Screen<'_>, typed: &str, becomes: &str) {
    screen.type_text(typed);
    screen.until(&format!("$ {typed}"));
    screen.press_key("Tab");
    screen.until(&format!("$ {becomes}"));
    screen.press_key("C-u");
    screen.until_gone(becomes);
}
