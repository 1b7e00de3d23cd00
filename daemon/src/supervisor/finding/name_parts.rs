//! [`searchable`]: the texts in which a part of a name is looked for. Directories in them do not
//! count: `dev` is a part of `npm run dev`, and not of what runs in `/home/me/dev` or reads `/dev/tty`.

use persistproc_api::Process;

/// Characters that end a path in a command line.
const PATH_ENDS: [char; 10] = [' ', '=', ':', ',', ';', '<', '>', '\'', '"', '('];

/// The id, the label unless it is the default one, and the command. A part with a slash is looked for
/// in whole paths.
pub(super) fn searchable(process: &Process, part: &str) -> Vec<String> {
    let command = process.command_line();
    let mut texts = vec![process.id.clone()];
    if part.contains('/') {
        texts.extend([process.label.clone(), command]);
        return texts;
    }
    if process.name() == process.label {
        texts.push(without_directories(&process.label));
    }
    texts.push(without_directories(&command));
    texts
}

/// The text with the last name of each path in it.
fn without_directories(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut path_start = 0;
    for character in text.chars() {
        if character == '/' {
            short.truncate(path_start);
            continue;
        }
        short.push(character);
        if PATH_ENDS.contains(&character) {
            path_start = short.len();
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_name_of_a_path_is_left() {
        for (text, left) in [
            ("npm run dev", "npm run dev"),
            ("/usr/bin/node src/server.js --import=lib/a.js", "node server.js --import=a.js"),
            ("sh -c 'cat; tty </dev/tty'", "sh -c 'cat; tty <tty'"),
            ("ls src/ x", "ls  x"),
        ] {
            assert_eq!(without_directories(text), left);
        }
    }
}
