//! [`new_id`]: the short, stable id of a process.

use std::path::Path;

use persistproc_api::words;

/// The longest id without a number, in characters.
const MAX_ID_LENGTH: usize = 40;

/// The socket of the daemon has this name, where that of a shim has the id.
const DAEMON: &str = "daemon";

/// Room for a number such as `-12`.
const MAX_NUMBER_LENGTH: usize = 4;

/// An id made of the label, so that both are one name, or else of the names of the folder and the
/// command. It has a number if that id is taken. `max_length` is what the path of the shim's socket
/// allows.
pub fn new_id(
    label: Option<&str>,
    working_directory: &Path,
    command: &[String],
    max_length: usize,
    is_taken: impl Fn(&str) -> bool,
) -> String {
    let folder = working_directory.file_name().map(|name| name.to_string_lossy().into_owned());
    let program = Path::new(command.first().map_or("", |word| word)).file_name();
    let program = program.map(|name| name.to_string_lossy().into_owned());
    let words = folder.into_iter().chain(program).chain(command.iter().skip(1).cloned());
    let words: Vec<String> = words.collect();
    let max_length = max_length.min(MAX_ID_LENGTH).saturating_sub(MAX_NUMBER_LENGTH);
    let has_letters = |label: &&str| label.contains(|c: char| c.is_ascii_alphabetic());
    let base = match label.filter(has_letters) {
        Some(label) => slug(label, max_length),
        None => slug(&words.join(" "), max_length),
    };
    let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(|id| !is_taken(id)).unwrap_or(base)
}

fn slug(text: &str, max_length: usize) -> String {
    let mut slug = words::slug(text);
    slug.truncate(max_length);
    let slug = slug.trim_matches('-');
    // A number alone would be resolved as a pid.
    if slug.is_empty() || slug == DAEMON || slug.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("p-{slug}").trim_end_matches('-').to_owned();
    }
    slug.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_readable_and_never_a_number() {
        let id = |folder: &str, words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            new_id(None, Path::new(folder), &words, 64, |id| id == "todo-npm-run-dev")
        };
        assert_eq!(id("/home/me/todo", &["npm", "run", "dev"]), "todo-npm-run-dev-2");
        assert_eq!(id("/srv/Ünï", &["/usr/bin/node", "server.js"]), "n-node-server-js");
        assert_eq!(id("/", &["42"]), "p-42");
        assert_eq!(id("/", &["…"]), "p");
        assert!(id("/x", &["a".repeat(500).as_str()]).len() <= 64);
    }

    #[test]
    fn a_label_is_the_id_where_it_can_be() {
        let command = ["npm".to_owned()];
        let id = |label| new_id(Some(label), Path::new("/x"), &command, 64, |id| id == "api");
        assert_eq!(id("web"), "web");
        assert_eq!(id("my Web (2)"), "my-web-2");
        assert_eq!(id("api"), "api-2", "another process has that id");
        assert_eq!(id("8080"), "x-npm", "a number is a PID");
        assert_eq!(id("日本"), "x-npm");
        assert_eq!(id("daemon"), "p-daemon", "the daemon has that socket");
    }
}
