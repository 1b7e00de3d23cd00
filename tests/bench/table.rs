//! The table as Markdown that is also readable in a terminal.

use crate::bench::Bench;
use crate::machine;
use crate::row::Row;

const HEAD: [&str; 7] =
    ["", "measurement", "baseline", "ours", "ours ÷ baseline", "goal", "result"];

/// The table and the notes below it.
pub(crate) fn text(bench: &Bench, rows: &[Row]) -> String {
    let lines: Vec<[String; 7]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(rows.iter().map(cells)).collect();
    let width =
        |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        out += &formatted(line, &widths);
        if at == 0 {
            out += &formatted(&std::array::from_fn(|column| "-".repeat(widths[column])), &widths);
        }
    }
    out + "\n" + &notes(bench)
}

fn cells(row: &Row) -> [String; 7] {
    [
        row.number.to_string(),
        row.name.clone(),
        row.baseline.clone(),
        row.ours.clone(),
        row.ratio.clone(),
        row.goal.clone(),
        row.result(),
    ]
}

fn formatted(cells: &[String; 7], widths: &[usize]) -> String {
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
        "{}; load {} before, {} after. Values are medians; ratios are medians of pairs measured in turn.\n",
        machine::name(),
        bench.load(),
        machine::load(),
    );
    if bench.is_quick() {
        out += "Quick run: small amounts, few rounds, few processes.\n";
    }
    for note in bench.notes() {
        out += &format!("{note}\n");
    }
    out
}
