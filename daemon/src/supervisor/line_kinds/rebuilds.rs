//! [`reports_rebuild`] and [`begins_rebuild`]: lines with which a watcher says that it has built, tested or started again. They
//! count only while errors are open, so a line that matches by chance changes nothing otherwise.

use std::sync::LazyLock;

use regex::Regex;

use super::error_lines;

static REBUILT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) \b hmr \s update \b | \b page \s reload \b | \b hot \s updated \b
        | \b (found \s)? (0|no|zero) \s (errors?|problems?|issues?|failures?) \b
        | \b compiled \b | \b re-?built \b | \b bundled \b | \b built \s in \b
        | \b build \s (finished|completed?|succeeded|successful(ly)?|done) \b
        | \b finished \s .* \b (dev|test|release|bench|profile) \b
        | \b [1-9]\d* \s (tests? \s)? (passed|passing) \b | \b tests? \s passed \b | \b all \s tests \b | ^ OK \b
        | \b (listening|running|serving|available|ready|started) \s (\w+ \s)? (on|at|in|for) \b
        | \b (started \s server | server \s (started|running|ready)) \b
        | \b startup \s complete \b | \b started \s server \s process \b
        | \b clean \s exit \b | \b completed \s running \b | \b success(ful(ly)?)? \b
        | ^ \W* (local|network) : \s+ http
        | \b debugger \s is \s active \b",
    )
    .ok()
});

/// Lines with which watchers begin to build, test or start again.
static BEGINS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) \b (file \s)? changes? \s detected \b | \b detected \s (modified|changes?|created|deleted) \b
        | \b (restarting|reloading|rebuilding|recompiling) \b | \b hmr \s update \b | \b page \s reload \b
        | ^ \s+ (checking|compiling) \s \S+ \s v\d | \b test \s session \s starts \b | ^ \W* compil(ed|ing) \b",
    )
    .ok()
});

/// Whether a line of plain text reports that a rebuild begins, or that a quick one has been made.
pub(crate) fn begins_rebuild(line: &str) -> bool {
    BEGINS.as_ref().is_some_and(|begins| begins.is_match(line))
}

/// Whether a line of plain text reports a rebuild without errors.
pub(crate) fn reports_rebuild(line: &str) -> bool {
    REBUILT.as_ref().is_some_and(|rebuilt| rebuilt.is_match(line)) && !error_lines::is_error(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rebuilds_of_watchers() {
        for line in [
            "5:35:22 PM - Found 0 errors. Watching for file changes.",
            "17:10:04 [vite] (client) page reload src/main.js",
            "17:10:04 [vite] hmr update /src/style.css",
            " ✓ Compiled in 120ms (512 modules)",
            "webpack 5.90.0 compiled successfully in 512 ms",
            "    Finished `dev` profile [unoptimized + debuginfo] target(s) in 0.05s",
            "============ 2 passed in 0.01s ============",
            "INFO:     Application startup complete.",
            "INFO:     Started server process [616]",
            "listening on http://localhost:18232",
            "[nodemon] clean exit - waiting for changes before restart",
            "Completed running 'app.mjs'",
            "  VITE v8.3.8  ready in 212 ms",
        ] {
            assert!(reports_rebuild(line), "{line}");
        }
        for line in [
            "5:35:24 PM - Found 1 error. Watching for file changes.",
            "==== 1 failed, 2 passed in 0.05s ====",
            "Restarting 'app.mjs'",
            "WARNING:  WatchFiles detected changes in 'app.py'. Reloading...",
            "webpack compiled with 1 error",
            "[nodemon] starting `node app.js`",
        ] {
            assert!(!reports_rebuild(line), "{line}");
        }
    }
}
