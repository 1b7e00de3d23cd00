//! The table as text: Markdown that reads well in a terminal too.

use crate::bench::Bench;
use crate::machine;
use crate::row::Row;

const HEAD: [&str; 7] = ["", "what", "limit", "ours", "ours ÷ limit", "goal", ""];

/// Everything that is printed at the end.
pub(crate) fn text(bench: &Bench, rows: &[Row]) -> String {
    let lines: Vec<[String; 7]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(rows.iter().map(cells)).collect();
    let width =
        |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        out += &drawn(line, &widths);
        if at == 0 {
            out += &drawn(&std::array::from_fn(|column| "-".repeat(widths[column])), &widths);
        }
    }
    out + "\n" + &notes(bench)
}

fn cells(row: &Row) -> [String; 7] {
    let Row { number, what, limit, ours, ratio, goal, .. } = row;
    let texts = [what, limit, ours, ratio, goal].map(String::clone);
    let [what, limit, ours, ratio, goal] = texts;
    [number.to_string(), what, limit, ours, ratio, goal, row.verdict()]
}

fn drawn(cells: &[String; 7], widths: &[usize]) -> String {
    let mut line = String::from("|");
    for (cell, width) in cells.iter().zip(widths) {
        let gap = width - cell.chars().count();
        line += &format!(" {cell}{} |", " ".repeat(gap));
    }
    line + "\n"
}

fn notes(bench: &Bench) -> String {
    let faults = bench.faults();
    let mut out = format!("{} lines checked: {faults}.\n", faults.lines);
    out += &format!(
        "{}; load {} before, {} after. Medians; ratios are medians of pairs measured in turn.\n",
        machine::name(),
        bench.load(),
        machine::load(),
    );
    if bench.quick() {
        out += "A quick look: small amounts, few rounds, small crowds.\n";
    }
    for note in bench.notes() {
        out += &format!("{note}\n");
    }
    out
}
