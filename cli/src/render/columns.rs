//! [`Column`] and [`fit`]: the columns of a table, fitted to the width of a terminal. Which column is
//! cut, shortened or left out first is a list of [`Step`]s.

use unicode_width::UnicodeWidthStr;

/// The space between two columns.
pub(crate) const GAP: usize = 2;

/// A column. The first cell is its heading.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    cells: Vec<String>,
    /// Shorter texts for the same cells.
    short_cells: Option<Vec<String>>,
    side: CutSide,
    is_right_aligned: bool,
    is_left_out: bool,
    width: usize,
}

/// Where a text that is too long is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CutSide {
    /// The beginning stays.
    End,
    /// The end stays, as the name of a directory.
    Start,
}

/// What makes a table narrower. The number is the index of a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Cut the cells to this width at least.
    Cut(usize, usize),
    /// Use the short cells.
    Shorten(usize),
    LeaveOut(usize),
}

impl Column {
    pub(crate) fn new(cells: Vec<String>) -> Self {
        let width = widest(&cells);
        let side = CutSide::End;
        Self { cells, short_cells: None, side, is_right_aligned: false, is_left_out: false, width }
    }

    /// The same column with shorter texts for narrow terminals.
    #[must_use]
    pub(crate) fn or(self, short_cells: Vec<String>) -> Self {
        Self { short_cells: Some(short_cells), ..self }
    }

    #[must_use]
    pub(crate) fn cut_at_start(self) -> Self {
        Self { side: CutSide::Start, ..self }
    }

    #[must_use]
    pub(crate) fn right_aligned(self) -> Self {
        Self { is_right_aligned: true, ..self }
    }

    /// The same column, left out if all cells below the heading are empty.
    #[must_use]
    pub(crate) fn unless_empty(self) -> Self {
        let is_left_out = self.cells.iter().skip(1).all(String::is_empty);
        Self { is_left_out, ..self }
    }

    fn natural_width(&self) -> usize {
        widest(&self.cells)
    }

    fn cell(&self, row: usize) -> String {
        let text = self.cells.get(row).map_or("", |cell| cell);
        let side = if row == 0 { CutSide::End } else { self.side };
        let text = cut(text, self.width, side);
        let padding = " ".repeat(self.width.saturating_sub(text.width()));
        if self.is_right_aligned { padding + &text } else { text + &padding }
    }
}

/// The lines of a table: one for each row, and the heading. `None` for a width: nothing is cut.
pub(crate) fn fit(mut columns: Vec<Column>, steps: &[Step], width: Option<usize>) -> Vec<String> {
    if let Some(width) = width {
        for step in steps {
            let excess = total_width(&columns).saturating_sub(width);
            if excess == 0 {
                break;
            }
            apply(*step, excess, &mut columns);
        }
        grow(&mut columns, width);
    }
    let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or_default();
    let shown: Vec<&Column> = columns.iter().filter(|column| !column.is_left_out).collect();
    let line = |row| {
        let cells: Vec<String> = shown.iter().map(|column| column.cell(row)).collect();
        let line = cells.join(&" ".repeat(GAP));
        let line = line.trim_end();
        width.map_or_else(|| line.to_owned(), |width| cut(line, width, CutSide::End))
    };
    (0..rows).map(line).collect()
}

fn apply(step: Step, excess: usize, columns: &mut [Column]) {
    match step {
        Step::Cut(index, min_width) => {
            let column = &mut columns[index];
            column.width = column.width.min(column.width.saturating_sub(excess).max(min_width));
        }
        Step::Shorten(index) => {
            let column = &mut columns[index];
            if let Some(cells) = column.short_cells.take() {
                column.cells = cells;
                column.width = column.natural_width();
            }
        }
        Step::LeaveOut(index) => columns[index].is_left_out = true,
    }
}

/// Gives columns that were cut the space back that a later step has freed.
fn grow(columns: &mut [Column], width: usize) {
    let mut free = width.saturating_sub(total_width(columns));
    for column in columns.iter_mut().filter(|column| !column.is_left_out) {
        let more = free.min(column.natural_width().saturating_sub(column.width));
        column.width += more;
        free -= more;
    }
}

fn total_width(columns: &[Column]) -> usize {
    let widths: Vec<usize> =
        columns.iter().filter(|column| !column.is_left_out).map(|column| column.width).collect();
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

fn widest(cells: &[String]) -> usize {
    cells.iter().map(|cell| cell.width()).max().unwrap_or_default()
}

/// A text of at most this many columns, with `…` where something is missing.
pub(crate) fn cut(text: &str, width: usize, side: CutSide) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let positions = text.char_indices().map(|(at, _)| at);
    match side {
        CutSide::End => {
            let end = positions.take_while(|at| text[..*at].width() <= room).last();
            format!("{}…", text[..end.unwrap_or_default()].trim_end())
        }
        CutSide::Start => {
            let start = positions.into_iter().find(|at| text[*at..].width() <= room);
            format!("…{}", &text[start.unwrap_or(text.len())..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_its_width_on_the_screen() {
        assert_eq!(cut("abcdef", 4, CutSide::End), "abc…");
        assert_eq!(cut("abcd", 4, CutSide::End), "abcd");
        assert_eq!(cut("ab cdef", 4, CutSide::End), "ab…");
        assert_eq!(cut("~/src/todo", 6, CutSide::Start), "…/todo");
        assert_eq!(cut("日本語", 5, CutSide::End), "日本…");
        assert_eq!(cut("日本語", 4, CutSide::End), "日…");
        assert_eq!(cut("日本語", 4, CutSide::Start), "…語");
        assert_eq!(cut("abc", 0, CutSide::End), "…");
    }

    fn table(width: usize) -> String {
        let column = |cells: [&str; 2]| Column::new(cells.map(str::to_owned).to_vec());
        let columns = vec![
            column(["NAME", "a-long-name"]),
            column(["URL", "http://localhost:3000/"]).or(vec!["PORT".into(), ":3000".into()]),
            column(["DIRECTORY", "~/src/todo"]).cut_at_start(),
        ];
        let steps = [Step::Cut(2, 6), Step::Shorten(1), Step::LeaveOut(2), Step::Cut(0, 4)];
        fit(columns, &steps, Some(width)).join("\n")
    }

    #[test]
    fn steps_are_applied_until_the_table_fits() {
        assert_eq!(
            table(60),
            "NAME         URL                     DIRECTORY\n\
             a-long-name  http://localhost:3000/  ~/src/todo"
        );
        assert_eq!(
            table(45),
            "NAME         URL                     DIRECTO…\n\
             a-long-name  http://localhost:3000/  …rc/todo"
        );
        // The short URL leaves enough space for the whole directory.
        assert_eq!(
            table(32),
            "NAME         PORT   DIRECTORY\n\
             a-long-name  :3000  ~/src/todo"
        );
        assert_eq!(table(18), "NAME         PORT\na-long-name  :3000");
        assert_eq!(table(12), "NAME   PORT\na-lo…  :3000");
        assert_eq!(table(5), "NAME…\na-l……");
    }
}
