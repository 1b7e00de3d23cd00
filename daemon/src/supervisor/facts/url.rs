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

/// The last URL of this machine in the lines of a page.
pub(crate) fn last_url(page: &OutputPage) -> Option<String> {
    page.output.iter().rev().find_map(|line| url_in(line))
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
}
