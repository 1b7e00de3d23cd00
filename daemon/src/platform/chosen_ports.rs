//! [`chosen_ports`]: the ports from which the kernel chooses, for connections and for listeners that ask
//! for any port.

use std::ops::RangeInclusive;

/// The default of Linux, or of macOS and the BSDs.
const DEFAULT: RangeInclusive<u16> =
    if cfg!(target_os = "linux") { 32_768..=60_999 } else { 49_152..=65_535 };

/// The ports that the kernel of this machine chooses from. Source: `ip_local_port_range(7)`.
pub fn chosen_ports() -> RangeInclusive<u16> {
    configured().unwrap_or(DEFAULT)
}

fn configured() -> Option<RangeInclusive<u16>> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut bounds = text.split_ascii_whitespace().map(str::parse);
    Some(bounds.next()?.ok()?..=bounds.next()?.ok()?)
}
