//! [`id_in`]: the id in the `Host` of a request for the name of a process.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

/// The domain of all names, which browsers resolve to this machine.
const DOMAIN: &str = ".localhost";

/// The longest label of a host name.
const MAX_LABEL_LENGTH: usize = 63;

/// The id, if there is exactly one `Host` and it is `<id>.localhost`, with any port. A URI with a host
/// must have the same one.
pub(super) fn id_in(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    if hosts.next().is_some() {
        return None;
    }
    let name = match host.split_once(':') {
        Some((name, port)) => {
            port.parse::<u16>().ok()?;
            name
        }
        None => host,
    };
    if uri.host().is_some_and(|host| !host.eq_ignore_ascii_case(name)) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let id = name.strip_suffix(DOMAIN)?;
    let is_label = (1..=MAX_LABEL_LENGTH).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_label.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(hosts: &[&str], uri: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, host.parse().unwrap());
        }
        id_in(&headers, &Uri::from_static(uri))
    }

    #[test]
    fn only_exactly_one_host_with_an_id_is_a_name() {
        for host in ["web.localhost", "web.localhost:8947", "WEB.localhost:1"] {
            assert_eq!(id(&[host], "/v1").as_deref(), Some("web"), "{host}");
        }
        assert_eq!(id(&["web.localhost"], "http://web.localhost/").as_deref(), Some("web"));
        let long = format!("{}.localhost", "a".repeat(64));
        for host in [
            "localhost",
            ".localhost",
            "web.localhost.",
            "web.localhost:",
            "web.localhost:99999",
            "a.web.localhost",
            "web.localhost.evil.example",
            "w_b.localhost",
            "[::1]:8947",
            &long,
        ] {
            assert_eq!(id(&[host], "/"), None, "{host}");
        }
        assert_eq!(id(&["web.localhost", "web.localhost"], "/"), None);
        assert_eq!(id(&["web.localhost"], "http://localhost/"), None);
        assert_eq!(id(&[], "/"), None);
    }
}
