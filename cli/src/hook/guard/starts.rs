//! [`find_starts`]: the dev servers that a shell line starts, and for each whether the line can start it
//! through persistproc instead.

use rable::{ListItem, ListOperator, Node, NodeKind};

use super::dev_servers::is_dev_server;
use super::invocation::{Invocation, Wrapper};
use super::kills::script_of_shell;
use super::words::{literal, raw, raw_line};
use super::{MAX_NESTED_SHELLS, parse};

/// A dev server that a shell line starts.
#[derive(Debug)]
pub(super) struct ServerStart {
    /// The command that starts it through persistproc, without `persistproc start`: assignments and
    /// words as typed.
    pub(super) assignments: String,
    pub(super) command: String,
    /// The operand of the `cd` in front, as typed.
    pub(super) directory: Option<String>,
    /// Where it is in the line; `None` if it cannot be replaced there.
    pub(super) place: Option<Place>,
}

/// Where a command is in the line, in characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The commands that `&` puts in the background together.
    pub(super) background: Option<Background>,
}

/// Commands followed by `&`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Background {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether they are one command or already in parentheses.
    pub(super) is_unit: bool,
}

pub(super) fn find_starts(nodes: &[Node]) -> Vec<ServerStart> {
    let mut search = StartSearch { found: Vec::new(), depth: 0 };
    search.nodes(nodes, Surroundings::default());
    search.found
}

struct StartSearch {
    found: Vec<ServerStart>,
    depth: usize,
}

/// What is around a command.
#[derive(Clone, Debug, Default)]
struct Surroundings {
    /// The output of the command is used, or its input is given.
    is_connected: bool,
    /// Something runs after the command has ended.
    is_followed: bool,
    background: Option<Background>,
    directory: Option<String>,
}

/// A command of a list, and the operator after it.
type Item<'a> = (&'a Node, Option<ListOperator>);

impl StartSearch {
    fn nodes(&mut self, nodes: &[Node], around: Surroundings) {
        let mut items = Vec::new();
        nodes.iter().for_each(|node| flatten(node, None, &mut items));
        self.sequence(&items, around);
    }

    fn sequence(&mut self, items: &[Item], around: Surroundings) {
        let mut around = around;
        for (index, (node, operator)) in items.iter().enumerate() {
            let is_last = index + 1 == items.len();
            let mut inner = around.clone();
            if *operator == Some(ListOperator::Background) {
                let is_unit =
                    matches!(node.kind, NodeKind::Command { .. } | NodeKind::Subshell { .. });
                let (start, end) = (node.span.start, node.span.end);
                inner.background = Some(Background { start, end, is_unit });
                inner.is_followed = false;
            } else {
                inner.is_followed |= !is_last;
            }
            self.visit(node, inner);
            if let Some(directory) = directory_of_cd(node) {
                around.directory = Some(directory);
            }
        }
    }

    fn visit(&mut self, node: &Node, around: Surroundings) {
        match &node.kind {
            NodeKind::Command { assignments, words, redirects } => {
                self.command(node, assignments, words, redirects, around);
            }
            NodeKind::List { .. } => self.nodes(std::slice::from_ref(node), around),
            NodeKind::Subshell { body, redirects } | NodeKind::BraceGroup { body, redirects } => {
                let is_connected = around.is_connected || !redirects.iter().all(discards_output);
                self.visit(body, Surroundings { is_connected, ..around });
            }
            NodeKind::Pipeline { commands, .. } => {
                for command in commands {
                    self.visit(command, Surroundings { is_connected: true, ..around.clone() });
                }
            }
            NodeKind::Negation { pipeline } | NodeKind::Time { pipeline, .. } => {
                self.visit(pipeline, Surroundings { is_followed: true, ..around });
            }
            // In loops, conditions and functions, a server may start several times or never.
            _ => {}
        }
    }

    fn command(
        &mut self,
        node: &Node,
        assignments: &[Node],
        words: &[Node],
        redirects: &[Node],
        around: Surroundings,
    ) {
        let Some(invocation) = Invocation::new(words) else { return };
        if invocation.has(Wrapper::OtherUser) {
            return;
        }
        if ["sh", "bash", "zsh", "dash", "ksh"].contains(&invocation.name.as_str()) {
            return self.nested_shell(&invocation, around);
        }
        if !is_dev_server(&invocation.texts()) {
            return;
        }
        let is_fixed = around.is_connected
            || around.is_followed
            || invocation.has(Wrapper::Limited)
            || !redirects.iter().all(discards_output)
            || self.depth > 0;
        let place =
            Place { start: node.span.start, end: node.span.end, background: around.background };
        self.found.push(ServerStart {
            assignments: raw_line(assignments),
            command: raw_line(invocation.words),
            directory: around.directory,
            place: (!is_fixed).then_some(place),
        });
    }

    /// `sh -c 'npm run dev'`: the script is a word, so that a part of it cannot be replaced.
    fn nested_shell(&mut self, invocation: &Invocation, around: Surroundings) {
        let script = script_of_shell(&invocation.words[1..]);
        let Some(nodes) = script.as_deref().and_then(parse) else { return };
        if self.depth < MAX_NESTED_SHELLS {
            self.depth += 1;
            self.nodes(&nodes, around);
            self.depth -= 1;
        }
    }
}

/// The commands of lists in lists, each with the operator after it. The parser nests them to the right;
/// `&` applies to the last command only. Commands joined by `&&` and `||` stay one, if the list has no
/// other operators.
fn flatten<'a>(node: &'a Node, after: Option<ListOperator>, items: &mut Vec<Item<'a>>) {
    let separates = |item: &ListItem| {
        matches!(item.operator, Some(ListOperator::Semi | ListOperator::Background))
    };
    let NodeKind::List { items: inner } = &node.kind else { return items.push((node, after)) };
    let is_joined = !inner.iter().any(separates);
    if is_joined && after.is_some() {
        return items.push((node, after));
    }
    for (index, item) in inner.iter().enumerate() {
        let is_last = index + 1 == inner.len();
        let operator = item.operator.or(if is_last { after } else { None });
        flatten(&item.command, operator, items);
    }
}

/// The operand of `cd`, as typed.
fn directory_of_cd(node: &Node) -> Option<String> {
    let words = match &node.kind {
        NodeKind::Command { words, .. } => words,
        // `cd web && npm install; npm run dev`
        NodeKind::List { items } => {
            return items.iter().rev().find_map(|item| directory_of_cd(&item.command));
        }
        _ => return None,
    };
    let is_cd = words.first().and_then(literal).is_some_and(|name| name == "cd" || name == "pushd");
    if !is_cd {
        return None;
    }
    words.iter().skip(1).map(raw).find(|word| !word.starts_with('-')).map(str::to_owned)
}

/// Whether a redirection goes to `/dev/null` or joins two streams, so that no output is expected.
fn discards_output(redirect: &Node) -> bool {
    let NodeKind::Redirect { op, target, varfd: None, .. } = &redirect.kind else { return false };
    let target = literal(target).unwrap_or_default();
    match op.as_str() {
        ">&" => matches!(target.as_str(), "1" | "2" | "/dev/null"),
        _ => target == "/dev/null",
    }
}
