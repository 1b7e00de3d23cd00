//! [`NameColumn`]: the names of processes before their lines, padded to one width, each in a colour of
//! its own.

use persistproc_api::{Process, candidates, fnv};
use unicode_width::UnicodeWidthStr;

use super::words;

/// The colours of names, as parameters of SGR.
const COLOURS: [&str; 10] = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"];

/// Ends the colours that a line has begun.
pub(crate) const RESET: &str = "\x1b[0m";

/// The column of names.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameColumn {
    /// The width at which names are cut, if they are.
    max_width: Option<usize>,
    has_colours: bool,
    /// The width of the widest name.
    width: usize,
    /// The colours that names have, as indexes of [`COLOURS`].
    used_colours: Vec<usize>,
}

/// The name of a process, and its colour.
#[derive(Clone, Debug)]
pub(crate) struct ColumnName {
    text: String,
    colour: &'static str,
}

impl ColumnName {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The colour as a parameter of SGR.
    #[cfg(test)]
    pub(crate) fn colour(&self) -> &'static str {
        self.colour
    }
}

impl NameColumn {
    pub(crate) fn new(max_width: Option<usize>, has_colours: bool) -> Self {
        Self { max_width, has_colours, ..Self::default() }
    }

    /// The same column without names.
    pub(crate) fn emptied(&self) -> Self {
        Self::new(self.max_width, self.has_colours)
    }

    /// Makes room for the name of a process, and chooses its colour.
    pub(crate) fn add(&mut self, process: &Process) -> ColumnName {
        let text = words::shown(process.name());
        self.width = self.width.max(self.cut(&text).width());
        let index = self.free_colour(&text);
        self.used_colours.push(index);
        ColumnName { text, colour: COLOURS[index] }
    }

    /// The name as it stands before a line.
    pub(crate) fn cell(&self, name: &ColumnName) -> String {
        let text = self.cut(&name.text);
        let padding = " ".repeat(self.width.saturating_sub(text.width()));
        if self.has_colours {
            format!("\x1b[{}m{text}{padding} |{RESET}", name.colour)
        } else {
            format!("{text}{padding} |")
        }
    }

    fn cut(&self, name: &str) -> String {
        match self.max_width {
            Some(width) => candidates::cut(name, width),
            None => name.to_owned(),
        }
    }

    /// The same colour for a name in every view, or the next one, if another name has that.
    fn free_colour(&self, name: &str) -> usize {
        let first = fnv::hash_32(name.as_bytes()) as usize % COLOURS.len();
        let mut colours = (first..first + COLOURS.len()).map(|index| index % COLOURS.len());
        colours.find(|index| !self.used_colours.contains(index)).unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use persistproc_api::Status;

    use super::*;
    use crate::render::table::tests::process;

    #[test]
    fn names_have_different_colours_as_long_as_there_are_any() {
        let status =
            || Status::Running { pid: 1, start_time: persistproc_api::Time::from_micros(0) };
        let named = |name: &str| process("x", Some(name), &["x"], "/w", status());
        let mut column = NameColumn::new(None, true);
        let names = ["web", "api", "db", "web", "e", "f", "g", "h", "i", "j"];
        let mut colours = names.map(|name| column.add(&named(name)).colour);
        colours.sort_unstable();
        let mut all = COLOURS;
        all.sort_unstable();
        assert_eq!(colours, all);
        let next = column.add(&named("web")).colour;
        assert_eq!(next, NameColumn::new(None, true).add(&named("web")).colour);
    }
}
