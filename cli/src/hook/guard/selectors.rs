//! The arguments of the programs that select processes: names for `pkill`, `pgrep`, `killall` and
//! `pidof`, ports for `lsof` and `fuser`; and which signals end a process.

use regex::Regex;

use super::victims::{NamePattern, Victims};

/// The processes that the arguments of a program select.
#[derive(Debug, Default)]
pub(super) struct KillSelection {
    pub(super) victims: Vec<Victims>,
    /// Whether the signal ends a process.
    pub(super) ends: bool,
}

/// Whether a process that does not handle the signal ends, and is meant to. SIGHUP often means "read your
/// configuration again".
pub(super) fn is_ending_signal(name: &str) -> bool {
    let name = name.trim_start_matches('-').to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    matches!(name, "2" | "3" | "6" | "9" | "15" | "INT" | "QUIT" | "ABRT" | "KILL" | "TERM")
}

/// Whether a flag is a signal: `-9`, `-KILL`, `-SIGTERM`.
pub(super) fn is_signal_flag(flag: &str) -> bool {
    let Some(name) = flag.strip_prefix('-') else { return false };
    let is_number = !name.is_empty() && name.chars().all(|c| c.is_ascii_digit());
    let is_name =
        name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    is_number || is_name && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// `pkill` and `pgrep`. `None` for flags that select by something else than the name.
pub(super) fn by_pattern(arguments: &[String]) -> Option<KillSelection> {
    let (mut full, mut exact, mut ignore_case, mut ends) = (false, false, false, true);
    let mut patterns = Vec::new();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "--" => patterns.extend(rest.by_ref()),
            "--full" => full = true,
            "--exact" => exact = true,
            "--ignore-case" => ignore_case = true,
            "--echo" | "--list-name" | "--list-full" => {}
            "--signal" => ends = is_ending_signal(rest.next()?),
            signal if signal.starts_with("--signal=") => {
                ends = is_ending_signal(&signal["--signal=".len()..]);
            }
            "-d" | "--delimiter" => drop(rest.next()),
            signal if is_signal_flag(signal) => ends = is_ending_signal(signal),
            flags if flags.len() > 1 && flags.starts_with('-') => {
                for flag in flags[1..].chars() {
                    match flag {
                        'f' => full = true,
                        'x' => exact = true,
                        'i' => ignore_case = true,
                        'e' | 'l' | 'a' | 'I' => {}
                        _ => return None,
                    }
                }
            }
            pattern => patterns.push(pattern),
        }
    }
    let named = |text: &&str| NamePattern::new(text, full, exact, ignore_case);
    let patterns: Option<Vec<_>> = patterns.iter().map(named).collect();
    let victims = patterns?.into_iter().map(|pattern| Victims::Named(vec![pattern]));
    Some(KillSelection { victims: victims.collect(), ends })
}

/// `killall` and `pidof`, which take whole names.
pub(super) fn by_exact_name(arguments: &[String]) -> Option<KillSelection> {
    let (mut is_pattern, mut ignore_case, mut ends) = (false, false, true);
    let mut names = Vec::new();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "-s" | "--signal" => ends = is_ending_signal(rest.next()?),
            "-r" | "--regexp" => is_pattern = true,
            "-I" | "--ignore-case" => ignore_case = true,
            "-q" | "--quiet" | "-v" | "--verbose" | "-w" | "--wait" | "-e" | "--exact" | "--" => {}
            signal if is_signal_flag(signal) => ends = is_ending_signal(signal),
            flag if flag.starts_with('-') => return None,
            name => names.push(name.rsplit('/').next().unwrap_or(name)),
        }
    }
    let named = |name: &&str| {
        if is_pattern {
            NamePattern::new(name, false, false, ignore_case)
        } else {
            NamePattern::exactly(name, ignore_case)
        }
    };
    let patterns: Option<Vec<_>> = names.iter().map(named).collect();
    let victims = patterns?.into_iter().map(|pattern| Victims::Named(vec![pattern]));
    Some(KillSelection { victims: victims.collect(), ends })
}

/// `fuser`. Ends only with `-k`, by SIGKILL unless another signal is given.
pub(super) fn by_fuser(arguments: &[String]) -> KillSelection {
    let mut selection = KillSelection::default();
    let mut signal_ends = true;
    let mut is_port_space = false;
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "-n" => {
                is_port_space = rest.next().is_some_and(|space| ["tcp", "udp"].contains(&space));
            }
            "--kill" => selection.ends = true,
            signal if is_signal_flag(signal) && signal != "-M" => {
                signal_ends = is_ending_signal(signal);
            }
            flags if flags.starts_with('-') => selection.ends |= flags.contains('k'),
            name => {
                let port = match name.split_once('/') {
                    Some((port, "tcp" | "udp")) => port.parse().ok(),
                    None if is_port_space => name.parse().ok(),
                    _ => None,
                };
                selection.victims.extend(port.map(Victims::Port));
            }
        }
    }
    selection.ends &= signal_ends;
    selection
}

/// The ports in the arguments of `lsof` and in patterns for tables of sockets: `-ti:3000`,
/// `tcp:3000,3001`, `sport = :3000`.
pub(super) fn ports(arguments: &[String]) -> Vec<Victims> {
    let Ok(pattern) = Regex::new(r":(\d{1,5}(?:,\d{1,5})*)\b") else { return Vec::new() };
    let mut ports = Vec::new();
    for found in arguments.iter().flat_map(|argument| pattern.captures_iter(argument)) {
        ports.extend(found[1].split(',').filter_map(|port| port.parse().ok()).map(Victims::Port));
    }
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_that_end() {
        for (flag, is_signal, ends) in [
            ("-9", true, true),
            ("-KILL", true, true),
            ("-SIGTERM", true, true),
            ("-HUP", true, false),
            ("-0", true, false),
            ("-USR1", true, false),
            ("-f", false, false),
            ("-9f", false, false),
            ("-", false, false),
        ] {
            assert_eq!((is_signal_flag(flag), is_ending_signal(flag)), (is_signal, ends), "{flag}");
        }
    }
}
