//! URLs of this machine, as dev servers print them.

use std::sync::LazyLock;

use persistproc_api::output::OutputPage;
use regex::Regex;

static LOCAL_URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let host = r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|[a-z0-9-]+\.localhost)";
    Regex::new(&format!(r"https?://{host}(?::\d+)?(?:/[^\s'\x22<>)\]]*)?")).ok()
});

/// The first URL of this machine in a line.
pub(crate) fn url_in(line: &str) -> Option<String> {
    let found = LOCAL_URL.as_ref()?.find(line)?;
    Some(found.as_str().trim_end_matches(['.', ',', ';']).to_owned())
}

/// The port of a URL of this machine.
pub(crate) fn port_of_url(url: &str) -> Option<u16> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    match host.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port.parse().ok(),
        _ => Some(if scheme == "https" { 443 } else { 80 }),
    }
}

/// The last URL of one of these ports in the lines of a page.
pub(crate) fn last_url(page: &OutputPage, ports: &[u16]) -> Option<String> {
    page.output.iter().rev().find_map(|line| own_url_in(line, ports))
}

/// The first URL of this machine in a line, if it leads to one of these ports.
pub(crate) fn own_url_in(line: &str, ports: &[u16]) -> Option<String> {
    url_in(line).filter(|url| port_of_url(url).is_some_and(|port| ports.contains(&port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_as_dev_servers_print_them() {
        for (line, url) in [
            ("  ➜  Local:   http://localhost:5173/", "http://localhost:5173/"),
            (
                "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...",
                "http://0.0.0.0:8000/",
            ),
            ("listening on https://127.0.0.1:8443.", "https://127.0.0.1:8443"),
            ("ready - http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(url_in(line).as_deref(), Some(url), "{line}");
        }
        assert_eq!(url_in("see https://vite.dev/config"), None);
    }

    #[test]
    fn a_url_leads_to_a_port() {
        for (url, port) in [
            ("http://localhost:5173/", 5173),
            ("https://127.0.0.1:8443", 8443),
            ("http://[::1]:3000", 3000),
            ("http://[::1]/", 80),
            ("http://localhost", 80),
            ("https://web.localhost/a:1", 443),
        ] {
            assert_eq!(port_of_url(url), Some(port), "{url}");
        }
        assert_eq!(own_url_in("at http://localhost:5432/", &[80]), None);
    }
}
