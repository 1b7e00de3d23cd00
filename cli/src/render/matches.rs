//! Lines that match a search: when, whose, what. For a terminal the times are local and short
//! and the match stands out; for a pipe they are as everywhere else, and nothing is coloured.

use jiff::tz::TimeZone;
use persistproc_api::Time;
use persistproc_api::search::Match;
use regex::{Regex, RegexBuilder};

use super::{style, table, words};

/// How to show them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    pub(crate) now: Time,
    /// The time zone of whoever sits at the terminal; none: for a pipe.
    pub(crate) local: Option<&'a TimeZone>,
    pub(crate) colour: bool,
}

/// One line per match, the columns aligned.
pub(crate) fn lines(matches: &[Match], pattern: &str, look: Look) -> Vec<String> {
    let heads = matches.iter().map(|found| vec![time(found.time, look), name(found)]);
    let pattern = if look.colour { highlighter(pattern) } else { None };
    let heads = table::aligned(&heads.collect::<Vec<_>>()).into_iter().zip(matches);
    heads.map(|(head, found)| head + &highlighted(&found.line, pattern.as_ref())).collect()
}

/// Today's as a clock shows it, older ones with their day.
fn time(time: Time, look: Look) -> String {
    let Some(zone) = look.local else { return time.to_string() };
    let (then, now) =
        (time.timestamp().to_zoned(zone.clone()), look.now.timestamp().to_zoned(zone.clone()));
    let today = then.date() == now.date();
    then.strftime(if today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M" }).to_string()
}

/// The label if it was given; the default one says all of command and directory, the id less.
fn name(found: &Match) -> String {
    let by_default = found.label.contains(" in /");
    words::shown(if by_default { &found.id } else { &found.label })
}

/// What matched, by the rule of the daemon: a pattern without capital letters matches both cases.
fn highlighter(pattern: &str) -> Option<Regex> {
    let smart = !pattern.chars().any(char::is_uppercase);
    RegexBuilder::new(pattern).case_insensitive(smart).build().ok()
}

fn highlighted(line: &str, pattern: Option<&Regex>) -> String {
    let Some(pattern) = pattern else { return line.to_owned() };
    let mut out = String::new();
    let mut end = 0;
    for found in pattern.find_iter(line).filter(|found| !found.is_empty()) {
        out += &line[end..found.start()];
        out += &style::standing_out(found.as_str());
        end = found.end();
    }
    out + &line[end..]
}

#[cfg(test)]
mod tests {
    use persistproc_api::output::Stream;

    use super::*;

    fn found(id: &str, label: &str, micros: i64, line: &str) -> Match {
        Match {
            id: id.to_owned(),
            label: label.to_owned(),
            run: 1,
            stream: Stream::Stdout,
            time: Time::from_micros(micros),
            line: line.to_owned(),
            cursor: "1-a-0".to_owned(),
        }
    }

    fn some() -> Vec<Match> {
        let now = 1_800_000_000_000_000;
        vec![
            found("api", "api", now, "GET /x: Error 500, no error page"),
            found("todo-npm-run-dev", "npm run dev in /todo", now - 5_250_000, "\terror"),
            found("work-sh", "日本", now - 90_000_000_000, "an error, long ago"),
        ]
    }

    #[test]
    fn a_pipe_gets_plain_lines_and_whole_times() {
        let look =
            Look { now: Time::from_micros(1_800_000_000_000_000), local: None, colour: false };
        insta::assert_snapshot!(lines(&some(), "error", look).join("\n"), @"
        2027-01-15T08:00:00.000Z  api               GET /x: Error 500, no error page
        2027-01-15T07:59:54.750Z  todo-npm-run-dev  	error
        2027-01-14T07:00:00.000Z  日本              an error, long ago
        ");
    }

    #[test]
    fn a_terminal_gets_the_clock_and_colour() {
        let (now, zone) = (Time::from_micros(1_800_000_000_000_000), TimeZone::UTC);
        let look = Look { now, local: Some(&zone), colour: true };
        let text = lines(&some(), "error", look).join("\n");
        insta::assert_snapshot!(text.replace('\x1b', "^"), @"
        08:00:00          api               GET /x: ^[1;31mError^[0m 500, no ^[1;31merror^[0m page
        07:59:54          todo-npm-run-dev  	^[1;31merror^[0m
        2027-01-14 07:00  日本              an ^[1;31merror^[0m, long ago
        ");
    }

    #[test]
    fn a_capital_letter_means_what_it_says() {
        let pattern = highlighter("Error");
        assert_eq!(highlighted("error", pattern.as_ref()), "error");
        let any = highlighter("x*");
        assert_eq!(highlighted("abc", any.as_ref()), "abc");
        assert!(highlighter("(").is_none());
    }
}
