//! [`kill_commands`]: the commands of a shell line that end processes, wherever in the line they are,
//! except in functions, which the line may never call.

use rable::{Node, NodeKind};

use super::invocation::Invocation;
use super::pid_sources::{of_pipeline, victims_of};
use super::selectors::{self, KillSelection, is_ending_signal, is_signal_flag};
use super::variables::Variables;
use super::victims::{KillCommand, Victims};
use super::words::{raw, raw_line};
use super::{MAX_NESTED_SHELLS, parse};

/// The commands that end processes.
pub(super) fn kill_commands(nodes: &[Node]) -> Vec<KillCommand> {
    let mut search = KillSearch::default();
    search.visit_all(nodes);
    search.found
}

#[derive(Default)]
struct KillSearch {
    variables: Variables,
    found: Vec<KillCommand>,
    /// How many `sh -c` the search is inside of.
    depth: usize,
}

impl KillSearch {
    fn visit_all(&mut self, nodes: &[Node]) {
        nodes.iter().for_each(|node| self.visit(node));
    }

    fn visit(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Command { assignments, words, redirects } => {
                self.visit_all(assignments);
                self.visit_all(words);
                self.visit_all(redirects);
                if words.is_empty() {
                    assignments.iter().for_each(|assignment| self.assign(assignment));
                } else {
                    self.command(words);
                }
            }
            NodeKind::Pipeline { commands, .. } => self.pipeline(commands),
            NodeKind::List { items } => items.iter().for_each(|item| self.visit(&item.command)),
            NodeKind::If { condition, then_body, else_body, .. } => {
                self.visit(condition);
                self.visit(then_body);
                else_body.iter().for_each(|body| self.visit(body));
            }
            NodeKind::While { condition, body, .. } | NodeKind::Until { condition, body, .. } => {
                self.visit(condition);
                self.visit(body);
            }
            NodeKind::For { var, words, body, .. } => {
                match words.as_ref().and_then(|words| self.variables.all_texts(words)) {
                    Some(texts) => self.variables.set_texts(var, texts),
                    None => self.assign_source(var, words.as_deref().unwrap_or_default()),
                }
                self.visit(body);
            }
            NodeKind::Case { patterns, .. } => {
                patterns.iter().flat_map(|case| &case.body).for_each(|body| self.visit(body));
            }
            NodeKind::ForArith { body, .. }
            | NodeKind::Select { body, .. }
            | NodeKind::Subshell { body, .. }
            | NodeKind::BraceGroup { body, .. } => self.visit(body),
            NodeKind::Negation { pipeline } | NodeKind::Time { pipeline, .. } => {
                self.visit(pipeline);
            }
            NodeKind::Word { parts, .. } => self.visit_all(parts),
            NodeKind::Redirect { target, .. } => self.visit(target),
            NodeKind::Coproc { command, .. }
            | NodeKind::CommandSubstitution { command, .. }
            | NodeKind::ProcessSubstitution { command, .. } => self.visit(command),
            _ => {}
        }
    }

    /// Remembers `NAME=value` and `NAME=$(lsof …)`.
    fn assign(&mut self, assignment: &Node) {
        let Some((name, value)) = raw(assignment).split_once('=') else { return };
        match (super::words::unquoted(value), self.source(assignment)) {
            (Some(text), _) => self.variables.set_texts(name, vec![text]),
            (None, Some(victims)) => self.variables.set_victims(name, victims),
            (None, None) => self.variables.forget(name),
        }
    }

    /// Remembers the variable of `for pid in $(lsof …)`.
    fn assign_source(&mut self, name: &str, words: &[Node]) {
        let victims: Vec<_> = words.iter().filter_map(|word| self.source(word)).flatten().collect();
        if victims.is_empty() {
            self.variables.forget(name);
        } else {
            self.variables.set_victims(name, victims);
        }
    }

    /// The processes whose PIDs a word of one command or variable stands for.
    fn source(&self, word: &Node) -> Option<Vec<Victims>> {
        let NodeKind::Word { parts, .. } = &word.kind else { return None };
        let mut expansions =
            parts.iter().filter(|part| !matches!(part.kind, NodeKind::WordLiteral { .. }));
        let (Some(expansion), None) = (expansions.next(), expansions.next()) else { return None };
        match &expansion.kind {
            NodeKind::CommandSubstitution { command, .. } => victims_of(command, &self.variables),
            NodeKind::ParamExpansion { param, op: None, .. } => {
                self.variables.victims(param).cloned()
            }
            _ => None,
        }
    }

    /// `lsof -ti:3000 | xargs kill`, or commands of which each may end processes.
    fn pipeline(&mut self, commands: &[Node]) {
        self.visit_all(commands);
        let Some((last, sources)) = commands.split_last() else { return };
        let NodeKind::Command { words, .. } = &last.kind else { return };
        let Some(xargs) = Invocation::new(words).filter(|found| found.name == "xargs") else {
            return;
        };
        let Some(command) = without_xargs_flags(&xargs.words[1..]) else { return };
        let is_kill = Invocation::new(command).is_some_and(|inner| {
            inner.name == "kill" && self.kill_arguments(&inner.words[1..]).is_some_and(|s| s.ends)
        });
        if is_kill && let Some(victims) = of_pipeline(sources, &self.variables) {
            let commands = commands.iter().map(command_line).collect::<Vec<_>>();
            self.found.push(KillCommand { line: commands.join(" | "), victims });
        }
    }

    fn command(&mut self, words: &[Node]) {
        let Some(invocation) = Invocation::new(words) else { return };
        let arguments = &invocation.words[1..];
        let texts = || self.variables.all_texts(arguments);
        let selection = match invocation.name.as_str() {
            "kill" => self.kill_arguments(arguments),
            "pkill" => texts().and_then(|texts| selectors::by_pattern(&texts)),
            "killall" => texts().and_then(|texts| selectors::by_exact_name(&texts)),
            "fuser" => texts().map(|texts| selectors::by_fuser(&texts)),
            "kill-port" => texts().map(|texts| kill_port(&texts)),
            "npx" | "bunx" | "pnpx" | "pnpm" | "yarn" | "bun" => texts().and_then(|texts| {
                let at = texts.iter().position(|text| text == "kill-port")?;
                Some(kill_port(&texts[at + 1..]))
            }),
            "sh" | "bash" | "zsh" | "dash" | "ksh" => return self.nested_shell(arguments),
            "eval" => {
                let text = texts().map(|texts| texts.join(" "));
                return self.nested(text.as_deref());
            }
            _ => None,
        };
        let Some(selection) = selection.filter(|selection| selection.ends) else { return };
        if !selection.victims.is_empty() {
            self.found.push(KillCommand { line: raw_line(words), victims: selection.victims });
        }
    }

    /// The script of `sh -c`.
    fn nested_shell(&mut self, arguments: &[Node]) {
        let script = script_of_shell(arguments);
        self.nested(script.as_deref());
    }

    fn nested(&mut self, script: Option<&str>) {
        let Some(nodes) = script.and_then(parse) else { return };
        if self.depth < MAX_NESTED_SHELLS {
            self.depth += 1;
            self.visit_all(&nodes);
            self.depth -= 1;
        }
    }

    fn kill_arguments(&self, arguments: &[Node]) -> Option<KillSelection> {
        let mut selection = KillSelection { victims: Vec::new(), ends: true };
        let mut has_signal = false;
        let mut is_operand = false;
        let mut rest = arguments.iter();
        while let Some(word) = rest.next() {
            let Some(texts) = self.variables.texts(word) else {
                selection.victims.extend(self.source(word).into_iter().flatten());
                continue;
            };
            for text in texts {
                match text.as_str() {
                    "--" if !is_operand => is_operand = true,
                    "-l" | "-L" | "--list" | "--table" if !is_operand => return None,
                    "-s" | "-n" | "--signal" if !is_operand => {
                        has_signal = true;
                        selection.ends = is_ending_signal(&super::words::literal(rest.next()?)?);
                    }
                    signal if !is_operand && !has_signal && is_signal_flag(signal) => {
                        has_signal = true;
                        selection.ends = is_ending_signal(signal);
                    }
                    "-1" => selection.victims.push(Victims::All),
                    group if group.starts_with('-') => {
                        selection.victims.extend(group[1..].parse().ok().map(Victims::Group));
                    }
                    pid => {
                        is_operand = true;
                        selection.victims.extend(pid.parse().ok().map(Victims::Pid));
                    }
                }
            }
        }
        // A PID of 0 is the group of the shell.
        selection.victims.retain(|victims| !matches!(victims, Victims::Pid(0)));
        Some(selection)
    }
}

/// The script in the arguments of a shell: `-c script`, `-lc script`.
pub(super) fn script_of_shell(arguments: &[Node]) -> Option<String> {
    let mut words = arguments.iter().map(super::words::literal);
    loop {
        let word = words.next()??;
        let flags = word.strip_prefix('-')?;
        if !flags.starts_with('-') && flags.ends_with('c') {
            return words.next()?;
        }
    }
}

fn kill_port(arguments: &[String]) -> KillSelection {
    let ports = arguments.iter().filter_map(|text| text.trim_start_matches(':').parse().ok());
    KillSelection { victims: ports.map(Victims::Port).collect(), ends: true }
}

/// The command that `xargs` runs.
fn without_xargs_flags(words: &[Node]) -> Option<&[Node]> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match super::words::literal(word)?.as_str() {
            "-n" | "-I" | "-P" | "-L" | "-d" | "-s" => at += 2,
            flag if flag.starts_with('-') => at += 1,
            _ => break,
        }
    }
    words.get(at..).filter(|words| !words.is_empty())
}

fn command_line(command: &Node) -> String {
    match &command.kind {
        NodeKind::Command { words, .. } => raw_line(words),
        _ => "…".to_owned(),
    }
}
