//! [`LineTime`]: the time before a line of output. In a terminal it is local and short; in a pipe it is
//! RFC 3339, in UTC.

use std::io::{IsTerminal, stdout};

use jiff::tz::TimeZone;
use persistproc_api::Time;

/// How times are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineTime {
    /// The time zone and the present; `None`: RFC 3339.
    local: Option<(TimeZone, Time)>,
}

impl LineTime {
    /// The format for standard output.
    pub(crate) fn of_stdout() -> Self {
        Self { local: stdout().is_terminal().then(|| (TimeZone::system(), Time::now())) }
    }

    /// The time of day for today, otherwise the date too.
    pub(crate) fn text(&self, time: Time) -> String {
        let Some((zone, now)) = &self.local else { return time.to_string() };
        let [then, now] = [time, *now].map(|time| time.timestamp().to_zoned(zone.clone()));
        let is_today = then.date() == now.date();
        let format = if is_today { "%H:%M:%S%.3f" } else { "%Y-%m-%d %H:%M:%S" };
        then.strftime(format).to_string()
    }

    /// A line of a page, with the time that the daemon has written before it.
    pub(crate) fn of_line(&self, line: String) -> String {
        if self.local.is_none() {
            return line;
        }
        match line.split_once(' ').map(|(time, text)| (time.parse(), text)) {
            Some((Ok(time), text)) => format!("{} {text}", self.text(time)),
            _ => line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_and_short_in_a_terminal() {
        let now = "2026-11-28T12:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(9));
        let terminal = LineTime { local: Some((zone, now)) };
        for (line, shown) in [
            ("2026-11-28T11:43:59.813Z a  b", "20:43:59.813 a  b"),
            ("2026-11-27T11:43:59.813Z a", "2026-11-27 20:43:59 a"),
            ("--", "--"),
            ("no time", "no time"),
        ] {
            assert_eq!(terminal.of_line(line.to_owned()), shown);
            assert_eq!(LineTime::default().of_line(line.to_owned()), line);
        }
        assert_eq!(LineTime::default().text(now), "2026-11-28T12:00:00.000Z");
    }
}
