//! News as lines: time, process, what happened.

use jiff::tz::TimeZone;
use persistproc_api::Time;
use persistproc_api::news::News;
use persistproc_api::words;

use super::matches::time;

/// The longest line of an error, in characters.
const MAX_LINE: usize = 300;

/// One line. In a terminal, times are those of the local zone.
pub(crate) fn line(news: &News, now: Time, local: Option<&TimeZone>) -> String {
    format!("{}  {}", time(news.time, now, local), words::shown(&news.sentence(MAX_LINE)))
}

#[cfg(test)]
mod tests {
    use persistproc_api::news::NewsKind;

    use super::*;

    #[test]
    fn a_line_has_time_process_and_place() {
        let news = News {
            id: "web".to_owned(),
            label: "web".to_owned(),
            run: 1,
            kind: NewsKind::Error,
            time: Time::from_micros(1_800_000_000_000_000),
            line: "Error: no \u{1b}[31mdatabase".to_owned(),
            place: Some("src/db.js:3:5".to_owned()),
            more: 0,
            cursor: "1-0-0".to_owned(),
        };
        let now = Time::from_micros(1_800_000_010_000_000);
        let expected =
            "2027-01-15T08:00:00.000Z  web error: Error: no  [31mdatabase (src/db.js:3:5)";
        assert_eq!(line(&news, now, None), expected);
        let local = line(&news, now, Some(&TimeZone::UTC));
        assert!(local.starts_with("08:00:00  web error: "), "{local}");
    }
}
