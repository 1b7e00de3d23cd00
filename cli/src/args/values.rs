//! Values that need more than a number to be understood: what is typed, and what it means.
//! It knows no flag by name.

use persistproc_api::seconds::Seconds;

/// The first words of a command, as they are typed.
pub(super) fn words(text: &str) -> Result<String, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = |c: char| c.is_alphanumeric() || "_-./:@=+ ".contains(c);
    if words.is_empty() || !text.chars().all(plain) {
        return Err("give plain words, such as 'npm run dev'".to_owned());
    }
    Ok(words.join(" "))
}

/// A TCP port.
pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a whole number from 0 to 65535, such as 8947".to_owned())
}

/// Seconds, fractions allowed.
pub(super) fn seconds(text: &str) -> Result<Seconds, String> {
    let number: f64 = text.parse().map_err(|_| "give seconds, such as 8 or 0.5".to_owned())?;
    Seconds::try_from(number)
}

/// The least that a log can be bounded by: what one read and what is around it take.
const LEAST: u64 = 1 << 20;

/// A bound on logs.
pub(super) fn log_limit(text: &str) -> Result<u64, String> {
    match size(text)? {
        ..LEAST => {
            Err("that is too little to keep any output: give 1MiB or more, such as 256MiB"
                .to_owned())
        }
        bytes => Ok(bytes),
    }
}

/// A number of things.
pub(super) fn count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "give a whole number, such as 100".to_owned())
}

/// A small one.
pub(super) fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "give a whole number, such as 5".to_owned())
}

/// At least one.
pub(super) fn runs(text: &str) -> Result<u32, String> {
    match number(text)? {
        0 => Err("the latest run is always kept: give 1 or more, such as 5".to_owned()),
        runs => Ok(runs),
    }
}

/// A size in bytes: `268435456`, `256MiB`, `256M`, `1.5 GiB`, `500KB`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "give a size such as 256MiB, 1GiB or 1000000".to_owned();
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit: f64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1024.0 * 1024.0,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        _ => return Err(wrong()),
    };
    Ok((number * unit) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_or_none() {
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
    fn a_port_and_a_timeout_say_what_they_want() {
        assert_eq!(port("8947"), Ok(8947));
        assert!(port("http").is_err() && port("70000").is_err());
        assert!(seconds("0.5").is_ok());
        assert!(seconds("-1").is_err() && seconds("NaN").is_err());
    }
}
