//! The processes that words name: one by all words, or one by each word.

use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Process};

/// The name and the problem of words that name no process.
pub(super) type NotFound = (String, Box<Problem>);

/// The processes that the words name. If all words together are no name, each word has to name a
/// process of its own; otherwise none is returned, so that nothing is done by halves.
pub(super) fn find(
    words: &[String],
    find: impl Fn(&str) -> Result<Process, Problem>,
) -> Result<Vec<Process>, NotFound> {
    let whole = as_one_name(words);
    let problem = match find(&whole) {
        Ok(process) => return Ok(vec![process]),
        Err(problem) => problem,
    };
    let may_be_several =
        words.len() > 1 && problem.code == ErrorCode::NotFound && problem.candidates().is_empty();
    if !may_be_several {
        return Err((whole, Box::new(problem)));
    }
    let mut found: Vec<(&String, Process)> = Vec::new();
    let mut missing = None;
    for word in words {
        match find(word) {
            Ok(process) => found.push((word, process)),
            Err(problem) => missing = missing.or(Some((word.clone(), Box::new(problem)))),
        }
    }
    // Words that are no names may be those of a command of which no process exists.
    let are_names = found.iter().any(|(word, process)| is_whole_name(process, word));
    match missing {
        Some(missing) if are_names => Err(missing),
        Some(_) => Err((whole, Box::new(problem))),
        None => distinct(found).ok_or_else(|| (whole, Box::new(problem))),
    }
}

/// The processes, each once. Several parts of one name are no several names.
fn distinct(found: Vec<(&String, Process)>) -> Option<Vec<Process>> {
    let mut distinct: Vec<Process> = Vec::new();
    for (word, process) in found {
        let is_known = distinct.iter().any(|known| known.id == process.id);
        if !is_known {
            distinct.push(process);
        } else if !is_whole_name(&process, word) {
            return None;
        }
    }
    Some(distinct)
}

/// Whether this is a name of the process, and not a part of one.
fn is_whole_name(process: &Process, name: &str) -> bool {
    let pid = process.status.pid().map(|pid| pid.to_string());
    [&process.id, &process.label, &process.command_line()].iter().any(|whole| **whole == name)
        || pid.as_deref() == Some(name)
}

/// A single word is used unchanged; several words are quoted and joined into a command line.
pub(in crate::commands) fn as_one_name(words: &[String]) -> String {
    match words {
        [word] => word.clone(),
        words => join_words(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: &str, command: &str) -> Process {
        serde_json::from_value(serde_json::json!({
            "id": id, "label": format!("{command} in /w"), "command": command.split(' ').collect::<Vec<_>>(),
            "working_directory": "/w", "status": "running", "pid": 1,
            "start_time": "2026-11-22T14:00:00Z", "end_time": null, "exit_code": null, "run": 1, "tty": false,
            "log_combined": "/l", "log_stdout": "/l", "log_stderr": "/l",
        }))
        .unwrap()
    }

    /// Finds by a part of the id or the command, as the daemon does.
    fn found(line: &str) -> Result<String, String> {
        let all = [
            process("web", "vite"),
            process("api", "node api.js"),
            process("w-dev", "npm run dev"),
        ];
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let processes = find(&words, |name| {
            let is_hit = |process: &&Process| {
                process.id.contains(name) || process.command_line().contains(name)
            };
            let hits: Vec<_> = all.iter().filter(is_hit).collect();
            match hits[..] {
                [only] => Ok(only.clone()),
                [] => Err(Problem::new(ErrorCode::NotFound, "")),
                _ => Err(Problem::new(ErrorCode::Ambiguous, "")),
            }
        });
        let ids = |processes: Vec<Process>| processes.into_iter().map(|process| process.id);
        processes.map(|found| ids(found).collect::<Vec<_>>().join(" ")).map_err(|(name, _)| name)
    }

    #[test]
    fn words_are_one_name_or_several() {
        for (line, expected) in [
            ("web", Ok("web")),
            ("npm run dev", Ok("w-dev")),
            ("run dev", Ok("w-dev")),
            ("web api", Ok("web api")),
            ("api web api", Ok("api web")),
            ("web dev", Ok("web w-dev")),
            ("web nosuch", Err("nosuch")),
            ("nosuch web", Err("nosuch")),
            ("npm start", Err("npm start")),
            ("dev npm", Err("dev npm")),
            ("nosuch", Err("nosuch")),
            ("nosuch more", Err("nosuch more")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(found(line), expected, "{line}");
        }
    }

    #[test]
    fn several_words_are_a_command_line() {
        let name = |words: &[&str]| {
            as_one_name(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(name(&["npm run dev"]), "npm run dev");
        assert_eq!(name(&["npm", "run", "dev"]), "npm run dev");
        assert_eq!(name(&["sh", "-c", "echo a b"]), "sh -c 'echo a b'");
    }
}
