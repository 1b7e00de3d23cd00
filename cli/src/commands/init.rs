//! `init`: the script that makes a shell know persistproc, with the settings that were asked for.
//! The scripts are files of their own; nothing is asked of the daemon.

mod install;
mod nu;

use std::process::ExitCode;

use persistproc_api::Problem;

use crate::args::{InitArgs, InitShell};
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render;

pub(crate) fn run(args: &InitArgs, context: &Context) -> Outcome {
    let wishes = Wishes::of(args)?;
    if wishes.shell == InitShell::Nu {
        return nu::run(&wishes, args, context);
    }
    if args.install || args.uninstall {
        return install::run(&wishes, args, context);
    }
    if args.dry_run {
        let problem = Problem::invalid("--dry-run goes with --install or --uninstall.");
        return Err(problem.hint("Without them init changes nothing: it only prints.").into());
    }
    render::lines(wishes.script().lines())?;
    Ok(ExitCode::SUCCESS)
}

/// What the script is to do, beyond what it always does.
struct Wishes {
    shell: InitShell,
    /// The name that stands for `pp`; `None`: no such name.
    cmd: Option<String>,
    wraps: Vec<Vec<String>>,
}

impl Wishes {
    fn of(args: &InitArgs) -> Result<Self, Failure> {
        let cmd = (!args.no_pp).then(|| args.cmd.clone());
        let wraps = args.wrap.iter().map(|words| split(words)).collect::<Result<_, _>>()?;
        Ok(Self { shell: args.shell, cmd, wraps })
    }

    /// The script: settings first, wraps last. Without any it is the file as it is.
    fn script(&self) -> String {
        let script = match self.shell {
            InitShell::Bash => include_str!("../../shell/init.bash"),
            InitShell::Zsh => include_str!("../../shell/init.zsh"),
            InitShell::Fish => include_str!("../../shell/init.fish"),
            InitShell::Nu => include_str!("../../shell/init.nu"),
        };
        let setting = self.setting();
        let mut script = match script.split_once("\n\n").filter(|_| !setting.is_empty()) {
            Some((header, rest)) => format!("{header}\n\n{setting}\n{rest}"),
            None => script.to_owned(),
        };
        for words in &self.wraps {
            let quoted = words.iter().map(|word| self.quoted(word)).collect::<Vec<_>>();
            script.push_str(&format!("__persistproc_wrap {}\n", quoted.join(" ")));
        }
        script
    }

    fn setting(&self) -> String {
        let name = self.cmd.as_deref().unwrap_or_default();
        match self.shell {
            _ if name == "pp" => String::new(),
            InitShell::Bash | InitShell::Zsh => format!("__persistproc_cmd='{name}'\n"),
            InitShell::Fish => format!("set -g __persistproc_cmd '{name}'\n"),
            InitShell::Nu => String::new(),
        }
    }

    /// The flags of `init` that say the same, for a start-up file.
    fn flags(&self) -> String {
        let name = match self.cmd.as_deref() {
            Some("pp") => String::new(),
            Some(name) => format!(" --cmd {name}"),
            None => " --no-pp".to_owned(),
        };
        let wraps = self.wraps.iter().map(|words| self.quoted(&shell_words::join(words)));
        wraps.fold(name, |flags, words| format!("{flags} --wrap {words}"))
    }

    /// A word as this shell takes it literally.
    fn quoted(&self, word: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            return word.to_owned();
        }
        let word = match self.shell {
            InitShell::Bash | InitShell::Zsh | InitShell::Nu => word.replace('\'', r"'\''"),
            InitShell::Fish => word.replace('\\', r"\\").replace('\'', r"\'"),
        };
        format!("'{word}'")
    }
}

fn split(words: &str) -> Result<Vec<String>, Problem> {
    let hint = "Give the words as they are typed, such as: --wrap 'npm run dev'";
    let split = shell_words::split(words)
        .map_err(|error| Problem::invalid(format!("--wrap {words}: {error}.")).hint(hint))?;
    match split.is_empty() {
        true => Err(Problem::invalid("--wrap needs the words of a command.").hint(hint)),
        false => Ok(split),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(shell: InitShell, cmd: Option<&str>) -> Wishes {
        let wraps = vec![split("npm run dev").unwrap(), split(r#"make "it's" 'a\b'"#).unwrap()];
        Wishes { shell, cmd: cmd.map(str::to_owned), wraps }
    }

    #[test]
    fn settings_come_first_and_wraps_last_in_the_words_of_the_shell() {
        let bash = wishes(InitShell::Bash, Some("p")).script();
        assert!(bash.contains("\n\n__persistproc_cmd='p'\n\n"), "{bash}");
        let last = "__persistproc_wrap npm run dev\n__persistproc_wrap make 'it'\\''s' 'a\\b'\n";
        assert!(bash.ends_with(last), "{bash}");
        let fish = wishes(InitShell::Fish, None).script();
        assert!(fish.contains("\n\nset -g __persistproc_cmd ''\n\n"), "{fish}");
        assert!(fish.ends_with("__persistproc_wrap make 'it\\'s' 'a\\\\b'\n"), "{fish}");
    }

    #[test]
    fn flags_say_the_same_in_a_start_up_file() {
        let wishes = wishes(InitShell::Zsh, Some("p"));
        let flags = shell_words::split(&wishes.flags()).unwrap();
        assert_eq!(flags[..4], ["--cmd", "p", "--wrap", "npm run dev"]);
        assert_eq!((flags.len(), split(&flags[5]).unwrap()), (6, wishes.wraps[1].clone()));
    }

    #[test]
    fn words_that_are_none_are_refused() {
        assert!(split("npm 'run").is_err() && split(" ").is_err());
    }
}
