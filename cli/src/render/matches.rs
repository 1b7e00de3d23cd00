//! The results of a search: time, process and line. In a terminal, times are local and short, long
//! lines are cut, and the match is highlighted; in a pipe, times are RFC 3339 and lines are whole.

use jiff::tz::TimeZone;
use persistproc_api::Time;
use persistproc_api::search::Match;
use regex::{Regex, RegexBuilder};

use super::{style, table, words};

/// How much of a long line is shown on each side of its first match, in characters. A full-screen
/// program writes no line feeds: what it draws is one line.
const EXCERPT_CHARS: usize = 150;

/// How to format matches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MatchFormat<'a> {
    pub(crate) now: Time,
    /// The local time zone; `None` for a pipe.
    pub(crate) local: Option<&'a TimeZone>,
    pub(crate) colour: bool,
}

/// One line per match, in aligned columns.
pub(crate) fn lines(matches: &[Match], pattern: &str, format: MatchFormat) -> Vec<String> {
    let columns =
        matches.iter().map(|found| vec![time(found.time, format.now, format.local), name(found)]);
    let pattern = highlighter(pattern).filter(|_| format.local.is_some() || format.colour);
    let highlighted = pattern.as_ref().filter(|_| format.colour);
    let columns = table::aligned(&columns.collect::<Vec<_>>());
    let rows = columns.into_iter().zip(matches);
    rows.map(|(columns, found)| {
        let line = match &pattern {
            Some(pattern) if format.local.is_some() => excerpt(&found.line, pattern),
            _ => found.line.clone(),
        };
        columns + &highlight(&line, highlighted)
    })
    .collect()
}

/// The part of a long line around its first match.
fn excerpt(line: &str, pattern: &Regex) -> String {
    let count = line.chars().count();
    if count <= 2 * EXCERPT_CHARS {
        return line.to_owned();
    }
    let at = pattern.find(line).map_or(0, |found| line[..found.start()].chars().count());
    let start = at.saturating_sub(EXCERPT_CHARS);
    let end = count.min(at + EXCERPT_CHARS);
    let part: String = line.chars().skip(start).take(end - start).collect();
    let [before, after] = [start > 0, end < count].map(|is_cut| if is_cut { "…" } else { "" });
    format!("{before}{part}{after}")
}

/// Time of day for today, otherwise date and time.
pub(super) fn time(time: Time, now: Time, local: Option<&TimeZone>) -> String {
    let Some(zone) = local else { return time.to_string() };
    let then = time.timestamp().to_zoned(zone.clone());
    let now = now.timestamp().to_zoned(zone.clone());
    let today = then.date() == now.date();
    then.strftime(if today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M" }).to_string()
}

/// The label that the user gave, otherwise the id: the default label, `<command> in <directory>`, is long.
fn name(found: &Match) -> String {
    let is_default = found.label.contains(" in /");
    words::shown(if is_default { &found.id } else { &found.label })
}

/// The regex to highlight, with the smart case of the daemon: a pattern without capital letters ignores
/// case.
pub(crate) fn highlighter(pattern: &str) -> Option<Regex> {
    let ignore_case = !pattern.chars().any(char::is_uppercase);
    RegexBuilder::new(pattern).case_insensitive(ignore_case).build().ok()
}

fn highlight(line: &str, pattern: Option<&Regex>) -> String {
    let Some(pattern) = pattern else { return line.to_owned() };
    let mut out = String::new();
    let mut end = 0;
    for found in pattern.find_iter(line).filter(|found| !found.is_empty()) {
        out += &line[end..found.start()];
        out += &style::highlighted(found.as_str());
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

    fn three_matches() -> Vec<Match> {
        let now = 1_800_000_000_000_000;
        vec![
            found("api", "api", now, "GET /x: Error 500, no error page"),
            found("todo-npm-run-dev", "npm run dev in /todo", now - 5_250_000, "\terror"),
            found("work-sh", "日本", now - 90_000_000_000, "an error, long ago"),
        ]
    }

    #[test]
    fn a_pipe_gets_plain_lines_and_full_times() {
        let format = MatchFormat {
            now: Time::from_micros(1_800_000_000_000_000),
            local: None,
            colour: false,
        };
        insta::assert_snapshot!(lines(&three_matches(), "error", format).join("\n"), @"
        2027-01-15T08:00:00.000Z  api               GET /x: Error 500, no error page
        2027-01-15T07:59:54.750Z  todo-npm-run-dev  	error
        2027-01-14T07:00:00.000Z  日本              an error, long ago
        ");
    }

    #[test]
    fn a_terminal_gets_short_times_and_colour() {
        let now = Time::from_micros(1_800_000_000_000_000);
        let zone = TimeZone::UTC;
        let format = MatchFormat { now, local: Some(&zone), colour: true };
        let text = lines(&three_matches(), "error", format).join("\n");
        insta::assert_snapshot!(text.replace('\x1b', "^"), @"
        08:00:00          api               GET /x: ^[1;31mError^[0m 500, no ^[1;31merror^[0m page
        07:59:54          todo-npm-run-dev  	^[1;31merror^[0m
        2027-01-14 07:00  日本              an ^[1;31merror^[0m, long ago
        ");
    }

    #[test]
    fn a_long_line_is_cut_around_its_match_in_a_terminal() {
        let line = format!("{}error{}", "a".repeat(400), "ü".repeat(400));
        let matches = [found("top", "top", 1_800_000_000_000_000, &line)];
        let zone = TimeZone::UTC;
        let now = Time::from_micros(1_800_000_000_000_000);
        let format = MatchFormat { now, local: Some(&zone), colour: false };
        let cut = format!("…{}error{}…", "a".repeat(150), "ü".repeat(145));
        assert_eq!(lines(&matches, "error", format), [format!("08:00:00  top  {cut}")]);
        let pipe = MatchFormat { local: None, ..format };
        assert!(lines(&matches, "error", pipe)[0].ends_with(&line));
        let pattern = highlighter("b").unwrap();
        assert_eq!(excerpt("short", &pattern), "short");
    }

    #[test]
    fn a_capital_letter_matches_case() {
        let pattern = highlighter("Error");
        assert_eq!(highlight("error", pattern.as_ref()), "error");
        let any = highlighter("x*");
        assert_eq!(highlight("abc", any.as_ref()), "abc");
        assert!(highlighter("(").is_none());
    }
}
