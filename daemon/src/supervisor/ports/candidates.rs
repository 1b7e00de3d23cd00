//! [`candidates`]: the ports that can be assigned to a process, in the order in which they are tried.
//! The first one follows from a hash of the process's name alone, so that a process whose record was
//! deleted gets the same port again.

use std::ops::RangeInclusive;

use persistproc_api::fnv;

use crate::platform::chosen_ports::chosen_ports;

/// Ports that can be assigned: above those of most servers, below those that kernels give to
/// connections.
const ASSIGNABLE: RangeInclusive<u16> = 20_000..=29_999;

/// Tried if the kernel gives all of [`ASSIGNABLE`] to connections.
const FALLBACK: RangeInclusive<u16> = 10_100..=65_535;

/// Ports in [`ASSIGNABLE`] that servers take by default.
const WELL_KNOWN: [u16; 20] = [
    20000, 22000, 22222, 24224, 24678, 25565, 25672, 26257, 26379, 26656, 26657, 27015, 27017,
    27018, 27019, 28015, 28017, 28080, 29092, 29418,
];

/// All ports that can be assigned to the process with this name.
pub(super) fn candidates(name: &str) -> impl Iterator<Item = u16> {
    // A listener may find any of them taken by a connection.
    let chosen = chosen_ports();
    let is_usable = |port: &u16| !chosen.contains(port) && !WELL_KNOWN.contains(port);
    let mut ports: Vec<u16> = ASSIGNABLE.filter(is_usable).collect();
    if ports.is_empty() {
        ports = FALLBACK.filter(is_usable).collect();
    }
    if ports.is_empty() {
        ports = ASSIGNABLE.collect();
    }
    let first = fnv::hash_64(name.as_bytes()) % ports.len() as u64;
    ports.rotate_left(first as usize);
    ports.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_the_same_ports_in_every_build() {
        let ports: Vec<u16> = candidates("web").collect();
        assert_eq!(candidates("web").collect::<Vec<_>>(), ports);
        assert_ne!(candidates("api").next(), ports.first().copied());
        assert!(ports.len() > 5000, "{}", ports.len());
    }

    #[test]
    fn no_port_of_connections_or_well_known_servers_is_assigned() {
        let chosen = chosen_ports();
        for port in candidates("web") {
            assert!(!WELL_KNOWN.contains(&port), "{port}");
            assert!(!chosen.contains(&port), "{port}");
        }
    }
}
