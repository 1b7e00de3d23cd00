//! Points in time as people write them: `2026-11-22T14:00:00Z`, `14:00`, `yesterday 9:30`, `5m`.
//! A time without a zone is local: the client resolves it, since its zone may differ from that of
//! the daemon.

use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::{Span, Timestamp, Zoned};

use crate::problem::Problem;

/// The same point in time as RFC 3339 text, if the text is a point in time. The zone is that of this
/// process.
pub fn resolved(text: &str) -> Option<String> {
    point(text.trim(), &Zoned::now()).map(|timestamp| timestamp.to_string())
}

/// Parses the value of a parameter into microseconds since 1970. `name` is for the error.
pub fn parse(name: &str, text: &str, now: &Zoned) -> Result<i64, Problem> {
    point(text.trim(), now).map(Timestamp::as_microsecond).ok_or_else(|| {
        Problem::parameter(name, format!("is not a point in time: {text:?}")).hint(
            "Write 2026-11-22T14:00:00Z, 2026-11-22 14:00 or 14:00 (local time), \
             yesterday 9:30, or 5m (ago).",
        )
    })
}

/// [`parse`] for a parameter that may be absent.
pub fn parse_optional(name: &str, text: Option<&str>, now: &Zoned) -> Result<Option<i64>, Problem> {
    text.map(|text| parse(name, text, now)).transpose()
}

fn point(text: &str, now: &Zoned) -> Option<Timestamp> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    let (day, clock) = match text.split_once(char::is_whitespace) {
        Some(("today", clock)) => (now.date(), clock.trim()),
        Some(("yesterday", clock)) => (now.date().yesterday().ok()?, clock.trim()),
        _ if text == "today" => (now.date(), "00:00"),
        _ if text == "yesterday" => (now.date().yesterday().ok()?, "00:00"),
        _ => (now.date(), text),
    };
    if let Some(clock) = parse_clock(clock) {
        return local(day.to_datetime(clock), now);
    }
    if let Ok(date_time) = text.parse::<DateTime>() {
        return local(date_time, now);
    }
    if let Some((date, clock)) = text.split_once(' ')
        && let (Ok(date), Some(clock)) = (date.parse::<Date>(), parse_clock(clock.trim()))
    {
        return local(date.to_datetime(clock), now);
    }
    let span = text.strip_suffix("ago").unwrap_or(text).trim().parse::<Span>().ok()?;
    if span.is_negative() || span.is_zero() {
        return None;
    }
    now.checked_sub(span).ok().map(|time| time.timestamp())
}

/// A date and time in the time zone of `now`.
fn local(date_time: DateTime, now: &Zoned) -> Option<Timestamp> {
    date_time.to_zoned(now.time_zone().clone()).ok().map(|zoned| zoned.timestamp())
}

/// Parses `9:30` and `09:30:15`.
fn parse_clock(text: &str) -> Option<Clock> {
    let mut parts = text.split(':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let second = parts.next().map_or(Some(0), |second| second.parse().ok())?;
    parts.next().is_none().then(|| Clock::new(hour, minute, second, 0).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_local_and_relative_times() {
        let now: Zoned = "2026-11-22T15:00:00+01:00[+01:00]".parse().unwrap();
        let parsed = |text: &str| {
            parse("since", text, &now)
                .map(|micros| Timestamp::from_microsecond(micros).unwrap().to_string())
        };
        for (text, point) in [
            ("2026-11-22T14:00:00Z", "2026-11-22T14:00:00Z"),
            ("2026-11-22T14:00:00.500+02:00", "2026-11-22T12:00:00.5Z"),
            ("2026-11-22T14:00:00", "2026-11-22T13:00:00Z"),
            ("2026-11-22 14:00", "2026-11-22T13:00:00Z"),
            ("14:00", "2026-11-22T13:00:00Z"),
            ("today 9:30", "2026-11-22T08:30:00Z"),
            ("yesterday 23:00:05", "2026-11-21T22:00:05Z"),
            ("2026-11-20", "2026-11-19T23:00:00Z"),
            ("5m", "2026-11-22T13:55:00Z"),
            ("1h30m", "2026-11-22T12:30:00Z"),
            ("2 days ago", "2026-11-20T14:00:00Z"),
        ] {
            assert_eq!(parsed(text).unwrap(), point, "{text}");
        }
        for text in ["", "soon", "25:00", "-5m", "2026-13-01", "5"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
