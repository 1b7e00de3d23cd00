//! The benchmark. Each row of its table measures something that a user notices, next to a baseline
//! measured in the same run. All lines are numbered and checksummed, and every reader checks them.
//!
//! ```sh
//! cargo bench --bench bench                 # all rows, about five minutes
//! cargo bench --bench bench -- 6 11         # some rows
//! cargo bench --bench bench -- --quick      # all rows with small amounts, within a minute
//! cargo bench --bench bench -- --growth     # what more processes, records and output cost; minutes
//! ```
//!
//! It exits with an error if a line was lost, torn, repeated or out of order, or if a row could not
//! be measured. A missed goal is only reported in the table, because a busy machine misses goals.
//!
//! | file | contents |
//! |---|---|
//! | `rows` | the rows, one file per group of rows that are measured together |
//! | `child` | the roles of this program as a child: floods, timed lines, the baselines |
//! | `daemon` | a daemon with its own data, sockets and port |
//! | `watchdog` | a process that cleans up when the benchmark exits or is killed |
//! | `handshake` | starts a child's work at a known time and receives its report |
//! | `lines`, `check`, `run_log` | numbered lines, and checks that all of them were stored |
//! | `follower` | live output from a program's pipe or from REST |
//! | `machine` | CPU time, memory and process ids from procfs |
//! | `http_client` | a minimal HTTP client, the same for persistproc and the baselines |
//! | `stats`, `row`, `table` | medians, goals, the table |

mod bench;
mod check;
mod child;
mod clock;
mod daemon;
mod follower;
mod handshake;
mod http_client;
mod lines;
mod machine;
mod row;
mod rows;
mod run_log;
mod stats;
mod table;
mod watchdog;

use std::process::ExitCode;

use bench::Bench;
use row::Row;
use rows::Group;

/// An error ends the measurement of a row and is shown in the table.
pub(crate) type Fallible<T = ()> = Result<T, Failure>;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let began = clock::now();
    // Cargo adds `--bench`.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let outcome = match arguments.split_first() {
        Some((first, role)) if first == child::FLAG => child::run(role, began),
        _ => measure(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("bench: {error}");
        ExitCode::FAILURE
    })
}

fn measure(arguments: &[String]) -> Fallible<ExitCode> {
    let has_flag = |flag| arguments.iter().any(|argument| argument == flag);
    let groups: &[Group] = if has_flag("--growth") { &rows::GROWTH } else { &rows::ALL };
    let chosen = chosen_rows(arguments, groups)?;
    let bench = Bench::new(has_flag("--quick"))?;
    let mut rows = Vec::new();
    for group in groups {
        let is_chosen = |number: &u8| chosen.is_empty() || chosen.contains(number);
        if group.rows.iter().any(is_chosen) {
            eprintln!("measuring {} …", group.name);
            let measured = (group.measure)(&bench);
            let measured = measured.unwrap_or_else(|error| {
                group.rows.iter().map(|row| Row::new(*row, group.name).failed(&error)).collect()
            });
            rows.extend(measured.into_iter().filter(|row| is_chosen(&row.number)));
        }
    }
    rows.sort_by_key(|row| row.number);
    print!("{}", table::text(&bench, &rows));
    let is_correct = rows.iter().all(Row::is_correct) && !bench.faults().any();
    Ok(if is_correct { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

const FLAGS: [&str; 2] = ["--quick", "--growth"];

fn chosen_rows(arguments: &[String], groups: &[Group]) -> Fallible<Vec<u8>> {
    let numbers =
        arguments.iter().filter(|argument| !FLAGS.contains(&argument.as_str())).map(|argument| {
            let is_known = |number: &u8| groups.iter().any(|group| group.rows.contains(number));
            let known = argument.parse().ok().filter(is_known);
            known.ok_or_else(|| {
                let all: Vec<String> =
                    groups.iter().flat_map(|group| group.rows).map(u8::to_string).collect();
                format!(
                    "Unknown row {argument:?}. Give some of {}, --quick or --growth.",
                    all.join(" ")
                )
            })
        });
    Ok(numbers.collect::<Result<_, _>>()?)
}
