//! [`Place`]: the file and line that a line of output names, as compilers and stack traces write it.

use std::sync::LazyLock;

use regex::Regex;

/// The longest path in a place, in bytes.
const MAX_PATH: usize = 200;

/// `src/a.ts:3:5`, `src/a.ts(3,5)`, `File "a.py", line 3`.
static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?x) File \s "([^"<>]+)", \s line \s (\d+)
        | (?: ^ | [\s("'\[] | file:// ) ([\w@./\\~+-]* [\w-] \.[A-Za-z]\w{0,5}) (?: :(\d+)(?: :(\d+))? | \((\d+),(\d+)\) )"#,
    )
    .ok()
});

/// Parts of the paths of code that is not the project's.
const FOREIGN: [&str; 9] = [
    "node_modules/",
    "site-packages/",
    "dist-packages/",
    "/lib/python",
    ".cargo/registry",
    "/rustc/",
    "<frozen",
    ".next/",
    "internal/",
];

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) line: u32,
    pub(crate) column: Option<u32>,
}

impl Place {
    /// The first place in a line of plain text.
    pub(crate) fn find(line: &str) -> Option<Self> {
        // Every place has a number after one of these.
        if !line.contains([':', '(', '"']) {
            return None;
        }
        let found = PLACE.as_ref()?.captures(line)?;
        let number = |group: usize| found.get(group)?.as_str().parse::<u32>().ok();
        let path = found.get(1).or(found.get(3))?.as_str();
        let line = number(2).or(number(4)).or(number(6))?;
        let path = path.trim_start_matches("./");
        let is_path = path.len() <= MAX_PATH && line > 0;
        is_path.then(|| Self { path: path.to_owned(), line, column: number(5).or(number(7)) })
    }

    /// Whether the file belongs to the project, not to its dependencies.
    pub(crate) fn is_of_project(&self) -> bool {
        !FOREIGN.iter().any(|part| self.path.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<String> {
        let Place { path, line, column } = Place::find(line)?;
        Some(column.map_or(format!("{path}:{line}"), |column| format!("{path}:{line}:{column}")))
    }

    #[test]
    fn places_of_compilers_and_stack_traces() {
        for (line, expected) in [
            ("src/cart.ts(2,14): error TS2304: x", "src/cart.ts:2:14"),
            (" --> src/main.rs:2:5", "src/main.rs:2:5"),
            ("  File \"/w/uv/app.py\", line 2", "/w/uv/app.py:2"),
            ("    at file:///w/nw/app.mjs:3:1", "/w/nw/app.mjs:3:1"),
            ("    at Timeout._onTimeout (file:///w/app.mjs:3:25)", "/w/app.mjs:3:25"),
            ("test_cart.py:4: AssertionError", "test_cart.py:4"),
            ("  File: /w/src/main.js:2:17", "/w/src/main.js:2:17"),
            ("./app/page.js:3:1", "app/page.js:3:1"),
            ("thread 'main' panicked at src/main.rs:2:5:", "src/main.rs:2:5"),
            ("main.go:12:2: undefined: x", "main.go:12:2"),
        ] {
            assert_eq!(found(line).as_deref(), Some(expected), "{line}");
        }
        for line in [
            "http://localhost:5173/",
            "listening on example.com:8080 now",
            "127.0.0.1:34078 - GET",
            "17:10:04 [vite] ready",
            "node:internal/modules/esm/utils:346:16",
        ] {
            let place = found(line);
            assert!(place.is_none() || place.as_deref() == Some("example.com:8080"), "{line}");
        }
    }

    #[test]
    fn code_of_others_is_recognized() {
        for (path, expected) in [
            ("src/cart.ts", true),
            ("/w/node_modules/vite/dist/x.js", false),
            ("/usr/lib/python3.11/asyncio/runners.py", false),
        ] {
            let place = Place { path: path.to_owned(), line: 1, column: None };
            assert_eq!(place.is_of_project(), expected, "{path}");
        }
    }
}
