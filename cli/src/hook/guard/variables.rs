//! [`Variables`]: what the shell line itself assigns to variables, as far as the line shows it.

use std::collections::HashMap;

use rable::{Node, NodeKind};

use super::victims::Victims;
use super::words::literal;

/// The most texts that a word can have: those of a loop over literal words.
const MAX_TEXTS: usize = 32;

/// The variables that have a known value.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    /// The values of a variable: several for that of a loop.
    texts: HashMap<String, Vec<String>>,
    /// Variables that hold PIDs.
    victims: HashMap<String, Vec<Victims>>,
}

impl Variables {
    pub(super) fn set_texts(&mut self, name: &str, texts: Vec<String>) {
        self.victims.remove(name);
        self.texts.insert(name.to_owned(), texts);
    }

    pub(super) fn set_victims(&mut self, name: &str, victims: Vec<Victims>) {
        self.texts.remove(name);
        self.victims.insert(name.to_owned(), victims);
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.texts.remove(name);
        self.victims.remove(name);
    }

    pub(super) fn victims(&self, name: &str) -> Option<&Vec<Victims>> {
        self.victims.get(name)
    }

    /// The texts that the word can be. `None` if one of its parts is unknown.
    pub(super) fn texts(&self, word: &Node) -> Option<Vec<String>> {
        if let Some(text) = literal(word) {
            return Some(vec![text]);
        }
        let NodeKind::Word { parts, .. } = &word.kind else { return None };
        let mut texts = vec![String::new()];
        for part in parts {
            let values = match &part.kind {
                NodeKind::WordLiteral { value } => vec![value.replace(['"', '\''], "")],
                NodeKind::ParamExpansion { param, op: None, .. } => self.texts.get(param)?.clone(),
                _ => return None,
            };
            let join = |text: &String| {
                let joined = values.iter().map(|value| format!("{text}{value}"));
                joined.collect::<Vec<_>>()
            };
            texts = texts.iter().flat_map(join).collect();
            if texts.len() > MAX_TEXTS {
                return None;
            }
        }
        Some(texts)
    }

    /// The texts of all words. `None` if one of them is unknown.
    pub(super) fn all_texts(&self, words: &[Node]) -> Option<Vec<String>> {
        let texts: Option<Vec<Vec<String>>> = words.iter().map(|word| self.texts(word)).collect();
        Some(texts?.concat())
    }
}
