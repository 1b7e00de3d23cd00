//! Value parsers for clap: text to a port, a duration, a number, a size or a name. Each error says
//! what was expected and gives an example.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use persistproc_api::process::StatusKind;
use persistproc_api::seconds::Seconds;

/// The number of a line.
pub(crate) fn line_number(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a line number from 1 on, such as 1000".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// Parses the name of a status. The possible values are those of the API, in help and completion too.
pub(super) fn status() -> impl TypedValueParser<Value = StatusKind> {
    let names = PossibleValuesParser::new(StatusKind::ALL.map(StatusKind::word));
    names.try_map(|name| {
        let mut all = StatusKind::ALL.into_iter();
        all.find(|status| status.word() == name).ok_or("no status has this name")
    })
}

/// A variable, as it is given with `--env`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Parses `NAME=VALUE`. A name alone takes the value that this command has, as docker does.
pub(super) fn assignment(text: &str) -> Result<Assignment, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, value.to_owned()),
        None => (text, std::env::var(text).map_err(|_| unassigned(text))?),
    };
    if name.is_empty() || name.contains('\0') {
        return Err("expected NAME=VALUE, such as PORT=3000".to_owned());
    }
    Ok(Assignment { name: name.to_owned(), value })
}

fn unassigned(name: &str) -> String {
    format!("expected NAME=VALUE, such as PORT=3000; `{name}` is not set here")
}

/// Parses a TCP port.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| "expected a port from 1 to 65535, such as 8947".to_owned())
}

/// Parses a duration: a number of seconds, or numbers with units, such as `500ms` or `1m30s`.
pub(super) fn seconds(text: &str) -> Result<Seconds, String> {
    let error = || "expected a duration, such as 8, 0.5, 500ms, 30s, 5m or 1h30m".to_owned();
    if let Ok(number) = text.parse::<f64>() {
        return Seconds::try_from(number);
    }
    let mut sum = 0.0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, after) = rest.split_at(rest.find(|c| !is_number(c)).ok_or_else(error)?);
        let (unit, after) = after.split_at(after.find(is_number).unwrap_or(after.len()));
        let number: f64 = number.parse().map_err(|_| error())?;
        sum += number * unit_seconds(unit.trim()).ok_or_else(error)?;
        rest = after;
    }
    if text.trim().is_empty() { Err(error()) } else { Seconds::try_from(sum) }
}

/// The length of a unit of time, in seconds.
fn unit_seconds(unit: &str) -> Option<f64> {
    match unit {
        "ms" => Some(0.001),
        "s" | "sec" => Some(1.0),
        "m" | "min" => Some(60.0),
        "h" => Some(3_600.0),
        "d" => Some(86_400.0),
        _ => None,
    }
}

/// The smallest log limit accepted: one read and its overhead must fit.
const MIN_LOG_LIMIT: u64 = 1 << 20;

/// Parses the size limit of a log.
pub(crate) fn log_limit(text: &str) -> Result<u64, String> {
    let bytes = size(text)?;
    if bytes < MIN_LOG_LIMIT {
        return Err("the minimum is 1MiB; give more, such as 256MiB".to_owned());
    }
    Ok(bytes)
}

/// Parses a name for a shell command: one plain word.
pub(super) fn command_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let is_valid =
        text.chars().all(is_plain) && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !is_valid || text == "persistproc" {
        return Err("expected one plain word other than `persistproc`, such as p".to_owned());
    }
    Ok(text.to_owned())
}

/// Parses a number of lines.
pub(super) fn line_count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "expected a whole number, such as 100".to_owned())
}

/// Parses a whole number.
pub(crate) fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "expected a whole number, such as 5".to_owned())
}

/// Parses a number of runs to keep: at least one, since the latest run is always kept.
pub(crate) fn run_count(text: &str) -> Result<u32, String> {
    match number(text)? {
        0 => Err("the latest run is always kept: give 1 or more, such as 5".to_owned()),
        runs => Ok(runs),
    }
}

/// Parses a size in bytes: `268435456`, `256MiB`, `256M`, `1.5 GiB`, `500KB`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let error = || "expected a size, such as 256MiB, 1GiB or 1000000".to_owned();
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().map_err(|_| error())?;
    let unit: f64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1024.0 * 1024.0,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        _ => return Err(error()),
    };
    Ok((number * unit) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_accepts_binary_and_decimal_units() {
        for (text, bytes) in [
            ("256MiB", 256 << 20),
            ("1g", 1 << 30),
            ("1.5 KiB", 1536),
            ("500kb", 500_000),
            ("7", 7),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "-1", "1 parsec", "1.2.3"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn port_and_seconds_reject_values_out_of_range() {
        assert_eq!(port("8947"), Ok(8947));
        assert!(port("http").is_err() && port("70000").is_err() && port("0").is_err());
        for (text, expected) in [
            ("0.5", 0.5),
            ("5s", 5.0),
            ("500ms", 0.5),
            ("1m30s", 90.0),
            ("1h", 3_600.0),
            ("2 min", 120.0),
        ] {
            assert_eq!(seconds(text).map(f64::from), Ok(expected), "{text}");
        }
        for text in ["", "5x", "s", "1m30", "soon"] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert!(seconds("-1").is_err() && seconds("NaN").is_err());
    }
}
