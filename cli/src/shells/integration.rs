//! [`Integration`]: the script of a shell with the settings of the flags.

use persistproc_api::Problem;

use crate::args::{InitArgs, InitShell};
use crate::error::Failure;

/// The name that is defined if no flag sets another.
const DEFAULT_NAME: &str = "pp";

/// The shell integration that the flags ask for.
pub(crate) struct Integration {
    pub(crate) shell: InitShell,
    /// The name to define for `pp`; `None` with `--no-pp`.
    pub(crate) cmd: Option<String>,
    /// The commands to wrap, each split into words.
    pub(crate) wraps: Vec<Vec<String>>,
}

impl Integration {
    /// The integration without any flag.
    pub(crate) fn of(shell: InitShell) -> Self {
        Self { shell, cmd: Some(DEFAULT_NAME.to_owned()), wraps: Vec::new() }
    }

    pub(crate) fn from_args(args: &InitArgs) -> Result<Self, Failure> {
        let cmd = (!args.no_pp).then(|| args.cmd.clone());
        let wraps = args.wrap.iter().map(|words| split(words)).collect::<Result<_, _>>()?;
        Ok(Self { shell: args.shell, cmd, wraps })
    }

    /// The script with the settings after its header and the wraps at its end.
    pub(crate) fn script(&self) -> String {
        let script = match self.shell {
            InitShell::Bash => include_str!("../../shell/init.bash"),
            InitShell::Zsh => include_str!("../../shell/init.zsh"),
            InitShell::Fish => include_str!("../../shell/init.fish"),
            InitShell::Nu => include_str!("../../shell/init.nu"),
        };
        let setting = self.name_setting();
        let mut script = match script.split_once("\n\n") {
            Some((header, rest)) if !setting.is_empty() => {
                format!("{header}\n\n{setting}\n{rest}")
            }
            _ => script.to_owned(),
        };
        for words in &self.wraps {
            let quoted = words.iter().map(|word| self.quote(word)).collect::<Vec<_>>();
            script.push_str(&format!("__persistproc_wrap {}\n", quoted.join(" ")));
        }
        script
    }

    /// The line that sets the name for `pp`; empty for the default name.
    fn name_setting(&self) -> String {
        let name = self.cmd.as_deref().unwrap_or_default();
        if name == DEFAULT_NAME {
            return String::new();
        }
        match self.shell {
            InitShell::Bash | InitShell::Zsh => format!("__persistproc_cmd='{name}'\n"),
            InitShell::Fish => format!("set -g __persistproc_cmd '{name}'\n"),
            InitShell::Nu => String::new(),
        }
    }

    /// The line of a startup file that loads the integration, and does nothing if persistproc is
    /// not installed.
    pub(crate) fn startup_line(&self) -> String {
        let shell = self.shell.name();
        let flags = self.flags();
        match self.shell {
            InitShell::Bash | InitShell::Zsh => format!(
                "if command -v persistproc >/dev/null; then eval \"$(persistproc init {shell}{flags})\"; fi"
            ),
            // Nushell parses a file before it runs any of it, so it cannot load the output of a
            // command. [`super::nu_edit`] installs a file instead.
            InitShell::Nu => format!("persistproc init nu --install{flags}"),
            InitShell::Fish => {
                format!("command -q persistproc; and persistproc init {shell}{flags} | source")
            }
        }
    }

    /// The flags of `init` that ask for this integration, each after a space.
    fn flags(&self) -> String {
        let mut flags = match self.cmd.as_deref() {
            Some(DEFAULT_NAME) => String::new(),
            Some(name) => format!(" --cmd {name}"),
            None => " --no-pp".to_owned(),
        };
        for words in &self.wraps {
            flags.push_str(&format!(" --wrap {}", self.quote(&shell_words::join(words))));
        }
        flags
    }

    /// Quotes a word so that this shell takes it literally.
    fn quote(&self, word: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            return word.to_owned();
        }
        let escaped = match self.shell {
            InitShell::Bash | InitShell::Zsh | InitShell::Nu => word.replace('\'', r"'\''"),
            InitShell::Fish => word.replace('\\', r"\\").replace('\'', r"\'"),
        };
        format!("'{escaped}'")
    }
}

fn split(words: &str) -> Result<Vec<String>, Problem> {
    let hint = "Example: --wrap 'npm run dev'";
    let split = shell_words::split(words)
        .map_err(|error| Problem::invalid(format!("`--wrap {words}`: {error}.")).hint(hint))?;
    if split.is_empty() {
        return Err(Problem::invalid("`--wrap` needs the words of a command.").hint(hint));
    }
    Ok(split)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integration(shell: InitShell, cmd: Option<&str>) -> Integration {
        let wraps = vec![split("npm run dev").unwrap(), split(r#"make "it's" 'a\b'"#).unwrap()];
        Integration { shell, cmd: cmd.map(str::to_owned), wraps }
    }

    #[test]
    fn settings_come_first_and_wraps_last_quoted_for_the_shell() {
        let bash = integration(InitShell::Bash, Some("p")).script();
        assert!(bash.contains("\n\n__persistproc_cmd='p'\n\n"), "{bash}");
        let last = "__persistproc_wrap npm run dev\n__persistproc_wrap make 'it'\\''s' 'a\\b'\n";
        assert!(bash.ends_with(last), "{bash}");
        let fish = integration(InitShell::Fish, None).script();
        assert!(fish.contains("\n\nset -g __persistproc_cmd ''\n\n"), "{fish}");
        assert!(fish.ends_with("__persistproc_wrap make 'it\\'s' 'a\\\\b'\n"), "{fish}");
    }

    #[test]
    fn flags_of_the_startup_line_ask_for_the_same_integration() {
        let integration = integration(InitShell::Zsh, Some("p"));
        let flags = shell_words::split(&integration.flags()).unwrap();
        assert_eq!(flags[..4], ["--cmd", "p", "--wrap", "npm run dev"]);
        assert_eq!(flags.len(), 6);
        assert_eq!(split(&flags[5]).unwrap(), integration.wraps[1]);
    }

    #[test]
    fn a_wrap_without_words_or_with_an_open_quote_is_rejected() {
        assert!(split("npm 'run").is_err());
        assert!(split(" ").is_err());
    }
}
