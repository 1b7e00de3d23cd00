//! Commands that print PIDs, as in `kill $(lsof -ti:3000)`: [`victims_of`] says of which processes.

use rable::{Node, NodeKind};

use super::invocation::Invocation;
use super::selectors::{self, ports};
use super::variables::Variables;
use super::victims::{NamePattern, Victims};
use super::words::literal;

/// Programs that select some of the lines of a pipeline or change their form.
const FILTERS: [&str; 11] =
    ["awk", "gawk", "cut", "grep", "egrep", "head", "tail", "sort", "uniq", "tr", "sed"];

/// The processes whose PIDs the command prints. `None` if it is no such command.
pub(super) fn victims_of(command: &Node, variables: &Variables) -> Option<Vec<Victims>> {
    match &command.kind {
        NodeKind::Command { words, .. } => of_program(words, variables),
        NodeKind::Pipeline { commands, .. } => of_pipeline(commands, variables),
        // As in `lsof -ti:3000 || true`.
        NodeKind::List { items } => victims_of(&items.first()?.command, variables),
        NodeKind::Subshell { body, .. } | NodeKind::BraceGroup { body, .. } => {
            victims_of(body, variables)
        }
        _ => None,
    }
}

fn of_program(words: &[Node], variables: &Variables) -> Option<Vec<Victims>> {
    let invocation = Invocation::new(words)?;
    let arguments = variables.all_texts(&invocation.words[1..])?;
    let victims = match invocation.name.as_str() {
        "lsof" | "ss" | "netstat" => ports(&arguments),
        "pgrep" => selectors::by_pattern(&arguments)?.victims,
        "pidof" => selectors::by_exact_name(&arguments)?.victims,
        "fuser" => selectors::by_fuser(&arguments).victims,
        "echo" | "printf" => {
            arguments.iter().filter_map(|text| text.parse().ok()).map(Victims::Pid).collect()
        }
        _ => return None,
    };
    (!victims.is_empty()).then_some(victims)
}

/// The first command prints the lines; the others are filters. `ps` and tables of sockets list all
/// processes, so that only the patterns of the filters select some.
pub(super) fn of_pipeline(commands: &[Node], variables: &Variables) -> Option<Vec<Victims>> {
    let (first, filters) = commands.split_first()?;
    let filters: Option<Vec<_>> =
        filters.iter().map(|filter| filter_of(filter, variables)).collect();
    let filters = filters?;
    let NodeKind::Command { words, .. } = &first.kind else {
        return victims_of(first, variables);
    };
    let invocation = Invocation::new(words)?;
    match invocation.name.as_str() {
        "ps" => {
            let patterns: Option<Vec<_>> =
                filters.iter().filter_map(|filter| filter.as_ref()).map(Filter::pattern).collect();
            let patterns = patterns.filter(|patterns| !patterns.is_empty())?;
            Some(vec![Victims::Named(patterns)])
        }
        "lsof" | "ss" | "netstat" => {
            let arguments = variables.all_texts(&invocation.words[1..])?;
            let texts = filters.into_iter().flatten().map(|filter| filter.text);
            let found = ports(&arguments.into_iter().chain(texts).collect::<Vec<_>>());
            (!found.is_empty()).then_some(found)
        }
        _ => of_program(words, variables),
    }
}

/// The pattern of a filter.
struct Filter {
    text: String,
    is_fixed: bool,
    ignore_case: bool,
}

impl Filter {
    fn pattern(&self) -> Option<NamePattern> {
        let text = if self.is_fixed {
            regex::escape(&self.text)
        } else {
            // In the basic syntax of grep, alternatives are written so.
            self.text.replace("\\|", "|")
        };
        NamePattern::new(&text, true, false, self.ignore_case)
    }
}

/// The pattern by which a filter selects lines; `Some(None)` if it selects by something else. `None` if
/// the command is no filter.
fn filter_of(command: &Node, variables: &Variables) -> Option<Option<Filter>> {
    let NodeKind::Command { words, .. } = &command.kind else { return None };
    let invocation = Invocation::new(words)?;
    let name = invocation.name.as_str();
    if !FILTERS.contains(&name) {
        return None;
    }
    if name.ends_with("awk") {
        let program = invocation.words.iter().skip(1).filter_map(literal).find(|w| w.contains('/'));
        let pattern = program.and_then(|program| Some(program.split('/').nth(1)?.to_owned()));
        let filter = |text| Filter { text, is_fixed: false, ignore_case: false };
        return Some(pattern.map(filter));
    }
    if !name.ends_with("grep") {
        return Some(None);
    }
    let mut filter = Filter { text: String::new(), is_fixed: false, ignore_case: false };
    for argument in variables.all_texts(&invocation.words[1..])? {
        if let Some(flags) = argument.strip_prefix('-').filter(|flags| !flags.starts_with('-')) {
            // What is left out is mostly the `grep` itself.
            if flags.contains('v') {
                return Some(None);
            }
            filter.is_fixed |= flags.contains('F');
            filter.ignore_case |= flags.contains('i');
        } else if filter.text.is_empty() {
            filter.text = argument;
        }
    }
    Some((!filter.text.is_empty()).then_some(filter))
}
