//! How fast: one command, one table. Every row is something a user feels, beside its limit
//! measured in the same run, and what is measured is checked: every line is numbered and sealed.
//!
//! ```sh
//! cargo bench --bench bench                 # every row, in about five minutes
//! cargo bench --bench bench -- 6 11         # some rows
//! cargo bench --bench bench -- --quick      # every row, small, within a minute
//! ```
//!
//! It ends with an error when a line was lost, torn, repeated or out of order, or when a row could
//! not be measured. A goal that is missed is told in the table: a busy machine misses goals.
//!
//! | file | what it does |
//! |---|---|
//! | `rows` | the rows, one file per group that is measured together |
//! | `child` | this program as a child: floods, clocks, the bare limits |
//! | `world` | a daemon of our own |
//! | `keeper` | nothing is left behind, however this ends |
//! | `gate` | one byte lets a child go, its report says that it is done |
//! | `lines`, `check`, `store` | numbered lines, and whether all of them are there |
//! | `live` | live output, whichever way it comes |
//! | `machine` | CPU, memory and pids, by the kernel's word |
//! | `wire` | HTTP by hand, so that both sides of a ratio pay the same client |
//! | `stats`, `row`, `table` | medians, goals, the table |

mod bench;
mod check;
mod child;
mod clock;
mod gate;
mod keeper;
mod lines;
mod live;
mod machine;
mod row;
mod rows;
mod stats;
mod store;
mod table;
mod wire;
mod world;

use std::process::ExitCode;

use bench::Bench;
use row::Row;

/// What goes wrong here ends a row, and is told.
pub(crate) type Fallible<T = ()> = Result<T, Failure>;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let began = clock::now();
    // Cargo adds the flag.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let outcome = match words.split_first() {
        Some((first, role)) if first == child::FLAG => child::run(role, began),
        _ => measure(&words),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("bench: {error}");
        ExitCode::FAILURE
    })
}

fn measure(words: &[String]) -> Fallible<ExitCode> {
    let quick = words.iter().any(|word| word == "--quick");
    let chosen = chosen(words)?;
    let bench = Bench::new(quick)?;
    let mut rows = Vec::new();
    for group in rows::ALL {
        let wanted = |number: &u8| chosen.is_empty() || chosen.contains(number);
        if group.rows.iter().any(wanted) {
            eprintln!("measuring {} …", group.what);
            let measured = (group.measure)(&bench);
            let measured = measured.unwrap_or_else(|error| {
                group.rows.iter().map(|row| Row::new(*row, group.what).failed(&error)).collect()
            });
            rows.extend(measured.into_iter().filter(|row| wanted(&row.number)));
        }
    }
    rows.sort_by_key(|row| row.number);
    print!("{}", table::text(&bench, &rows));
    let well = rows.iter().all(Row::is_sound) && !bench.faults().any();
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(words: &[String]) -> Fallible<Vec<u8>> {
    let numbers = words.iter().filter(|word| *word != "--quick").map(|word| {
        let known = word
            .parse()
            .ok()
            .filter(|number| rows::ALL.iter().any(|group| group.rows.contains(number)));
        known.ok_or_else(|| format!("{word:?} is no row: give numbers from 1 to 19, or --quick"))
    });
    Ok(numbers.collect::<Result<_, _>>()?)
}
