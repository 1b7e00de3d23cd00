//! [`is_free`]: whether a server could listen on a port now. Nothing listens during the check, so no
//! other program sees it.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use rustix::io::Errno;
use rustix::net::sockopt::{set_ipv6_v6only, set_socket_reuseaddr};
use rustix::net::{AddressFamily, SocketType, bind, socket};

/// Whether the port is free on all addresses. Connections that were closed do not occupy it.
pub fn is_free(port: u16) -> bool {
    let all = [
        (AddressFamily::INET6, SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))),
        (AddressFamily::INET, SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))),
    ];
    all.into_iter().all(|(family, address)| is_bindable(family, address))
}

/// A machine without this address family has no server on it either.
fn is_bindable(family: AddressFamily, address: SocketAddr) -> bool {
    match try_bind(family, address) {
        Ok(()) => true,
        Err(error) => {
            let kind = std::io::Error::from(error).kind();
            !matches!(kind, ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
        }
    }
}

fn try_bind(family: AddressFamily, address: SocketAddr) -> Result<(), Errno> {
    let socket = socket(family, SocketType::STREAM, None)?;
    if family == AddressFamily::INET6 {
        set_ipv6_v6only(&socket, true)?;
    }
    set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &address)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_port_with_a_listener_on_any_address_is_not_free() {
        for address in ["127.0.0.1:0", "[::1]:0", "0.0.0.0:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let port = listener.local_addr().unwrap().port();
            assert!(!is_free(port), "{address}");
            drop(listener);
            assert!(is_free(port), "{address}");
        }
    }
}
