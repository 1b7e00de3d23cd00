//! Command lines as people type them, and how they are parsed.

use clap::error::ErrorKind;

use super::*;
use crate::args::Verb;

fn words(line: &str) -> Vec<OsString> {
    shell_words::split(line).unwrap().into_iter().map(OsString::from).collect()
}

fn parsed(line: &str) -> Root {
    parse(Name::Pp, words(line)).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn program(line: &str) -> Vec<String> {
    match parsed(line).verb {
        Verb::Run(run) => run.0.words.into_iter().map(|word| word.into_string().unwrap()).collect(),
        other => panic!("{line} became {other:?}"),
    }
}

#[test]
fn everything_after_the_program_is_passed_to_it() {
    for (line, expected) in [
        ("npm run dev --port 3000 --host", "npm run dev --port 3000 --host"),
        ("run npm run dev --format json -q --help", "npm run dev --format json -q --help"),
        ("cargo --version", "cargo --version"),
        ("run -- list --all", "list --all"),
        ("-- list", "list"),
        ("--port 3000 python -m http.server -- x", "python -m http.server -- x"),
        ("--label web npm start --label mine", "npm start --label mine"),
        ("run --fresh --on_exit stop sh -c 'echo a  b'", "sh -c 'echo a  b'"),
        ("'npm run dev && true'", "'npm run dev && true'"),
    ] {
        assert_eq!(program(line), shell_words::split(expected).unwrap(), "{line}");
    }
    match parsed("start --label a npm -v --tty").verb {
        Verb::Start(start) => {
            assert_eq!(start.0.words, ["npm", "-v", "--tty"]);
            assert!(!start.0.tty);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_verb_takes_precedence_over_a_program_of_the_same_name() {
    for line in ["ls", "ps", "--format json list", "-q list"] {
        assert!(matches!(parsed(line).verb, Verb::List(_)), "{line}");
    }
    assert!(matches!(parsed("logs web -f").verb, Verb::Output(args) if args.0.follow));
}

#[test]
fn without_a_verb_pp_lists_and_persistproc_serves() {
    assert!(matches!(parsed("").verb, Verb::List(_)));
    assert!(matches!(parsed("--format json").verb, Verb::List(_)));
    assert!(matches!(parse(Name::Persistproc, words("-q")).unwrap().verb, Verb::Serve(_)));
    assert_eq!(Name::from_path(OsStr::new("/usr/bin/pp")), Name::Pp);
    assert_eq!(Name::from_path(OsStr::new("./persistproc")), Name::Persistproc);
}

#[test]
fn global_flags_are_accepted_before_and_after_the_verb_in_both_spellings() {
    for line in [
        "--data_dir /d --format json list --port 1",
        "list --data-dir /d --port 1 --format=json",
        "--port=1 --format json --data-dir=/d list",
    ] {
        let globals = parsed(line).globals;
        assert_eq!(globals.port, Some(1), "{line}");
        assert_eq!(globals.format(), Format::Json, "{line}");
        assert_eq!(globals.data_dir.as_deref(), Some(Path::new("/d")), "{line}");
    }
    match parsed("stop --working_directory /x web --force").verb {
        Verb::Stop(stop) => {
            assert_eq!(stop.0.target.working_directory.as_deref(), Some(Path::new("/x")));
            assert!(stop.0.stop.force);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn port_after_wait_is_a_port_of_the_process() {
    let root = parsed("--port 1 wait web --port 5173");
    assert_eq!(root.globals.port, Some(1));
    match root.verb {
        Verb::Wait(wait) => assert_eq!(wait.0.port, Some(5173)),
        other => panic!("{other:?}"),
    }
    assert_eq!(parsed("wait --port 5173 web").globals.port, None);
    match parsed("--port 1 wait web").verb {
        Verb::Wait(wait) => assert_eq!(wait.0.port, None),
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_after_the_target_of_send_is_the_text() {
    match parsed("send --eof web y -v --eof").verb {
        Verb::Send(send) => {
            assert_eq!((send.0.text.join(" ").as_str(), send.0.eof), ("y -v --eof", true));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(parsed("send web -").verb, Verb::Send(send) if send.0.text == ["-"]));
    assert!(parse(Name::Pp, words("send web")).is_err());
    assert!(parse(Name::Pp, words("send --eof web")).is_ok());
}

#[test]
fn an_unknown_flag_is_an_error_not_a_program() {
    for line in ["run --fersh npm run dev", "--fersh npm run dev", "--port x list", "run"] {
        assert!(parse(Name::Pp, words(line)).is_err(), "{line}");
    }
    assert_eq!(format(&words("--format json stop --what")), Format::Json);
}

/// The name of the verb that a command line of an example runs.
fn verb_of_example(line: &str) -> String {
    let command = command(Name::Pp);
    let typed = with_verb(&command, Name::Pp, words(line));
    let typed = iter::once(OsString::from("pp")).chain(typed);
    let matches = command.try_get_matches_from(typed);
    let matches = matches.unwrap_or_else(|error| panic!("{line}: {error}"));
    matches.subcommand_name().unwrap().to_owned()
}

#[test]
fn every_verb_has_two_examples_that_can_be_typed() {
    let call = regex::Regex::new(r"(?:^|[ (])(?:pp|persistproc) ([^|<>)]*)").unwrap();
    for verb in command(Name::Pp).get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let name = verb.get_name();
        let lines = examples::of_verb(name).lines();
        assert!(lines.clone().all(|line| line.chars().count() <= 80), "{name} is too wide");
        let lines: Vec<&str> = lines.filter(|line| !line.starts_with("    ")).collect();
        assert_eq!(lines.len(), 2, "examples of {name} in args/examples.txt");
        for line in lines {
            let typed = line.trim_start().split("  ").next().unwrap();
            let call = call.captures(typed).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(verb_of_example(&call[1]), name, "{line}");
        }
    }
}

#[test]
fn the_front_page_lists_every_verb() {
    let mut command = command(Name::Pp);
    let help = command.render_help().to_string();
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let name = format!("\n  {} ", verb.get_name());
        assert!(help.contains(&name), "{} is missing in args/help.txt", verb.get_name());
    }
    command.debug_assert();
}

/// An invalid value of any flag that is checked here is rejected with the name of the flag, the
/// value, and an example or the possible values. The daemon checks free text.
#[test]
fn an_invalid_value_is_rejected_with_an_example() {
    let mut root = command(Name::Pp);
    // Builds the deferred flags.
    root.build();
    let mut checked = Vec::new();
    for verb in root.get_subcommands() {
        let flags = root.get_arguments().chain(verb.get_arguments());
        for flag in flags.filter(|flag| flag.get_action().takes_values() && !flag.is_hide_set()) {
            let Some(long) = flag.get_long() else { continue };
            let words = [verb.get_name().into(), format!("--{long}=wrongish").into()];
            let Err(error) = parse(Name::Pp, words.to_vec()) else { continue };
            if !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
                continue;
            }
            let text = error.to_string();
            assert!(text.contains(&format!("--{long}")) && text.contains("wrongish"), "{text}");
            let has_example = text.contains("such as") || text.contains("possible values");
            assert!(has_example, "{} --{long} shows no valid value: {text}", verb.get_name());
            checked.push(format!("{} --{long}", verb.get_name()));
        }
    }
    assert!(checked.len() > 40, "{checked:#?}");
}
