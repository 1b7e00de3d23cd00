//! [`is_older`]: the version of a daemon compared with the version of this build.

use crate::VERSION;

/// Whether a version is older than this build. `false` if it cannot be read.
pub fn is_older(version: &str) -> bool {
    match (numbers(version), numbers(VERSION)) {
        (Some(other), Some(own)) => other < own,
        _ => false,
    }
}

/// Major, minor and patch version.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let release = version.split(['-', '+']).next()?;
    let numbers = release.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>().ok()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(numbers("0.3.0") < numbers("0.4.0") && numbers("0.9.9") < numbers("0.10.0"));
        assert_eq!(numbers("0.4.0-rc.1"), numbers("0.4.0"));
        assert_eq!(numbers("newest"), None);
        assert!(is_older("0.0.1") && !is_older(VERSION) && !is_older("newest"));
    }
}
