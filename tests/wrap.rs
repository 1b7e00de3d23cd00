//! `pp-wrap` in real shells: a wrapped command runs under persistproc when it is typed at the prompt.
//! Everywhere else, and after `pp-unwrap`, it runs as before.

use insta::{allow_duplicates, assert_snapshot};

use crate::support::shells::{SHELLS, Shell};
use crate::support::tmux::Screen;
use crate::support::{Tmux, World};

/// A program that prints its arguments and whether it runs under persistproc.
const SERVE: &str = r#"#!/bin/sh
printf '%s' "${PERSISTPROC_ID:+managed }"
printf '<%s>' "$@"
echo
exit 7
"#;

/// Runs a line; returns its output and its exit code.
fn run_line(shell: Shell, screen: &Screen<'_>, line: &str) -> String {
    let code = if shell == Shell::Fish { "$status" } else { "$?" };
    screen.type_line("clear");
    screen.until_gone("echo");
    screen.type_line(&format!("{line}; echo \"[code=\"{code}]"));
    let text = screen.until("\n[code=");
    let (_, after) = text.rsplit_once("echo \"[code=").unwrap();
    let (printed, code) = after.split_once("\n").unwrap().1.split_once("[code=").unwrap();
    format!("{printed}[code={}\n", code.lines().next().unwrap())
}

/// The commands of all processes, as JSON.
fn commands(world: &World) -> Vec<String> {
    let list = world.persistproc(["--format", "json", "list"]).ok().json();
    let processes = list["processes"].as_array().unwrap();
    let command = |process: &serde_json::Value| process["command"].to_string();
    processes.iter().map(command).collect()
}

#[test]
fn only_wrapped_words_run_under_persistproc() {
    for shell in SHELLS {
        let world = World::new();
        world.program("serve", SERVE);
        world.pp(["list"]).ok();
        let tmux = Tmux::new(&world);
        let screen = shell.window(&world, &tmux, "pp-wrap serve run dev\npp-wrap serve run dev");
        assert_eq!(run_line(shell, &screen, "pp-wrap"), "serve run dev\n[code=0]\n", "{shell:?}");

        let words = "serve run dev --help 007 'a  b' '*' '' \"it's\" -- -x";
        let shown = "<run><dev><--help><007><a  b><*><><it's><--><-x>\n[code=7]\n";
        let first = run_line(shell, &screen, words);
        assert!(first.contains("serve run dev runs under persistproc"), "{shell:?}: {first}");
        assert!(first.ends_with(&format!("managed {shown}")), "{shell:?}: {first}");
        assert_eq!(commands(&world).len(), 1);

        // The note about persistproc is printed once per shell.
        assert_eq!(
            run_line(shell, &screen, "serve run dev again"),
            "managed <run><dev><again>\n[code=7]\n"
        );
        for plain in [
            "serve run devx",
            "serve run",
            "serve 'run dev'",
            "command serve run dev",
            "bash -c 'serve run dev'",
        ] {
            let output = run_line(shell, &screen, plain);
            assert!(
                !output.contains("managed") && output.ends_with("[code=7]\n"),
                "{plain}: {output}"
            );
        }
        assert_eq!(commands(&world).len(), 2);

        assert_eq!(run_line(shell, &screen, "pp-unwrap serve run dev"), "[code=0]\n");
        assert_eq!(run_line(shell, &screen, "serve run dev"), "<run><dev>\n[code=7]\n");
        assert_eq!(run_line(shell, &screen, "pp-wrap"), "[code=0]\n");
    }
}

#[test]
fn only_commands_typed_at_the_prompt_are_wrapped() {
    for shell in SHELLS {
        let world = World::new();
        world.program("serve", SERVE);
        world.write("lines", "serve run dev\n");
        world.pp(["list"]).ok();
        let tmux = Tmux::new(&world);
        let define = match shell {
            Shell::Fish => "pp-wrap serve run\nfunction mine; serve run dev; end",
            Shell::Bash | Shell::Zsh => "pp-wrap serve run\nmine() { serve run dev; }",
        };
        let screen = shell.window(&world, &tmux, define);
        for line in ["mine", "source ./lines"] {
            assert_eq!(
                run_line(shell, &screen, line),
                "<run><dev>\n[code=7]\n",
                "{shell:?}: {line}"
            );
        }
        // A shell that runs under persistproc does not wrap.
        let inside = match shell {
            Shell::Fish => "set -gx PERSISTPROC_ID inner",
            Shell::Bash | Shell::Zsh => "export PERSISTPROC_ID=inner",
        };
        let screen = shell.window(&world, &tmux, &format!("{inside}\npp-wrap serve run"));
        assert_eq!(run_line(shell, &screen, "serve run dev"), "managed <run><dev>\n[code=7]\n");
        assert!(commands(&world).is_empty(), "{shell:?}");
    }
}

#[test]
fn an_existing_function_is_called_by_the_wrapper_and_restored_by_unwrap() {
    for shell in SHELLS {
        let world = World::new();
        world.program("serve", SERVE);
        world.pp(["list"]).ok();
        let tmux = Tmux::new(&world);
        let define = match shell {
            Shell::Fish => "function serve; echo mine $argv; command serve $argv; end",
            Shell::Bash | Shell::Zsh => "serve() { echo mine \"$@\"; command serve \"$@\"; }",
        };
        let screen = shell.window(&world, &tmux, &format!("{define}\npp-wrap serve dev"));
        let mine = "mine build\n<build>\n[code=7]\n";
        assert_eq!(run_line(shell, &screen, "serve build"), mine, "{shell:?}");
        assert!(run_line(shell, &screen, "serve dev").contains("managed <dev>"), "{shell:?}");
        run_line(shell, &screen, "pp-unwrap");
        assert_eq!(run_line(shell, &screen, "serve build"), mine, "{shell:?}");
        assert_eq!(
            run_line(shell, &screen, "serve dev"),
            "mine dev\n<dev>\n[code=7]\n",
            "{shell:?}"
        );
    }
}

#[test]
fn an_alias_of_plain_words_is_kept_and_any_other_refused() {
    for shell in [Shell::Bash, Shell::Zsh] {
        let world = World::new();
        world.program("serve", SERVE);
        world.pp(["list"]).ok();
        let tmux = Tmux::new(&world);
        let more = "alias serve='serve --loud'\nalias other='A=1 serve'\npp-wrap serve dev";
        let screen = shell.window(&world, &tmux, more);
        assert!(
            run_line(shell, &screen, "serve dev").contains("managed <--loud><dev>"),
            "{shell:?}"
        );
        assert_eq!(
            run_line(shell, &screen, "serve build"),
            "<--loud><build>\n[code=7]\n",
            "{shell:?}"
        );
        let refused = run_line(shell, &screen, "pp-wrap other dev");
        assert!(refused.contains("because it is more than plain words: A=1 serve"), "{refused}");
        assert!(refused.contains("alias other=") && refused.ends_with("[code=1]\n"), "{refused}");
        run_line(shell, &screen, "pp-unwrap serve dev");
        assert_eq!(run_line(shell, &screen, "serve dev"), "<--loud><dev>\n[code=7]\n", "{shell:?}");
        let alias = run_line(shell, &screen, "alias serve");
        assert!(alias.contains("serve='serve --loud'"), "{shell:?}: {alias}");
    }
}

#[test]
fn a_command_that_cannot_be_wrapped_is_refused_with_the_next_step() {
    for shell in SHELLS {
        let world = World::new();
        let tmux = Tmux::new(&world);
        let screen = shell.window(&world, &tmux, "");
        let output: String = ["pp-wrap ./serve", "pp-wrap cd /tmp", "pp-wrap pp x", "pp-unwrap no"]
            .iter()
            .map(|line| format!("$ {line}\n{}", run_line(shell, &screen, line)))
            .collect();
        allow_duplicates! {
            assert_snapshot!(output, @r"
        $ pp-wrap ./serve
        persistproc: cannot wrap ./serve. Use the name of another program, without a path. Example: pp-wrap npm run dev
        [code=2]
        $ pp-wrap cd /tmp
        persistproc: cannot wrap cd, because it is part of the shell. Only programs can be wrapped.
        [code=2]
        $ pp-wrap pp x
        persistproc: cannot wrap pp. Use the name of another program, without a path. Example: pp-wrap npm run dev
        [code=2]
        $ pp-unwrap no
        persistproc: no is not wrapped. Run pp-wrap to list the wrapped commands.
        [code=1]
        ");
        }
        assert!(world.daemons().is_empty());
    }
}

#[test]
fn a_wrapped_command_keeps_its_completion() {
    for shell in SHELLS {
        let world = World::new();
        let tmux = Tmux::new(&world);
        let screen = shell.window(&world, &tmux, "pp-wrap greet hello");
        screen.type_text("greet hel");
        screen.until("$ greet hel");
        screen.press_key("Tab");
        screen.until("$ greet hello");
    }
}

#[test]
fn without_persistproc_a_wrapped_command_runs_directly() {
    for shell in SHELLS {
        let world = World::new();
        world.program("serve", SERVE);
        let tmux = Tmux::new(&world);
        let without = match shell {
            Shell::Fish => "set -gx PATH (string match -v '*target*' -- $PATH)",
            Shell::Zsh => "path=(${path:#*target*})",
            Shell::Bash => "PATH=$(printf %s \"$PATH\" | tr : '\\n' | grep -v target | paste -sd:)",
        };
        let screen = shell.window(&world, &tmux, &format!("pp-wrap serve\n{without}"));
        assert_eq!(run_line(shell, &screen, "serve dev"), "<dev>\n[code=7]\n", "{shell:?}");
    }
}

#[test]
fn help_says_how_to_wrap() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let screen = shell.window(&world, &tmux, "");
        let printed = run_line(shell, &screen, "pp-wrap --help");
        assert!(
            printed.starts_with("Usage: pp-wrap [PROGRAM [WORDS...]]\n"),
            "{shell:?}: {printed}"
        );
        assert!(printed.ends_with("[code=0]\n"), "{shell:?}: {printed}");
    }
}
