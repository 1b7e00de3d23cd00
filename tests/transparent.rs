//! The table of what stays the same under `pp`: each row is played bare and under `pp` in a terminal,
//! by a plain user, and compared: screens, files, exit codes, the terminal's settings, processes.
//!
//! A row whose sides are meant to differ has a reason, and README has the same sentence.

mod control;
mod outcome;
mod row;
mod rows;
mod side;
mod speed;
mod stage;
mod table;
mod user;

use std::collections::BTreeSet;
use std::fs;

use crate::support::tools::root;

/// A test for each file of rows, and the list of all rows.
macro_rules! themes {
    ($($theme:ident)*) => {
        $(
            #[test]
            fn $theme() {
                table::play_all(&rows::$theme::rows());
            }
        )*

        fn all_rows() -> Vec<row::Row> {
            [$(rows::$theme::rows()),*].into_iter().flatten().collect()
        }
    };
}

themes! {
    bytes descriptors ends fullscreen inherited interpreters jobs keys node order passwords redirections terminal tools
}

#[test]
fn the_table_is_long_and_its_exceptions_are_in_the_readme() {
    let rows = all_rows();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows.len(), "two rows have the same name");
    let reasons: Vec<&str> = rows.iter().filter_map(|row| row.differs).collect();
    let equal = rows.len() - reasons.len();
    println!("{} rows, {equal} equal, {} differ", rows.len(), reasons.len());
    assert!(rows.len() >= 150 && equal >= 140, "{} rows, {equal} equal", rows.len());
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let readme: Vec<&str> = readme.split_whitespace().collect();
    let readme = readme.join(" ");
    let missing: Vec<&&str> = reasons.iter().filter(|reason| !readme.contains(**reason)).collect();
    assert!(missing.is_empty(), "README does not say: {missing:#?}");
}
