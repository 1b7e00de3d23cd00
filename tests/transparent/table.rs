//! Plays the rows of a theme, several at once, and reports each of them: equal, different with a
//! reason, skipped, or failed with both sides beside each other.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, thread};

use regex::Regex;

use super::row::Row;
use super::side::play;
use super::stage::Stage;

/// How many rows are played at once. They mostly wait.
const WORKERS: usize = 4;

/// A regular expression: only rows with a matching name are played.
const FILTER: &str = "PERSISTPROC_TEST_ROW_FILTER";

/// What became of a row.
enum Verdict {
    Equal,
    Differs,
    Skipped(&'static str),
    Failed(String),
}

/// Plays all rows; fails if one of them fails.
pub(super) fn play_all(rows: &[Row]) {
    let filter = env::var(FILTER).ok().map(|pattern| Regex::new(&pattern).unwrap());
    let selected = |row: &&Row| filter.as_ref().is_none_or(|filter| filter.is_match(row.name));
    let rows: Vec<&Row> = rows.iter().filter(selected).collect();
    if rows.is_empty() {
        return;
    }
    let stage = Stage::new();
    let verdicts: Mutex<Vec<(usize, Verdict)>> = Mutex::default();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..WORKERS.min(rows.len()) {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let at = rows.iter().position(|found| found.name == row.name).unwrap();
                    let verdict = verdict(&stage, row, &format!("{at:02}"));
                    print(row, &verdict);
                    verdicts.lock().unwrap().push((at, verdict));
                }
            });
        }
    });
    drop(stage);
    report(&rows, verdicts.into_inner().unwrap());
}

fn print(row: &Row, verdict: &Verdict) {
    let name = row.name;
    match verdict {
        Verdict::Equal => println!("equal    {name}"),
        Verdict::Differs => println!("differs  {name}: {}", row.differs.unwrap_or_default()),
        Verdict::Skipped(program) => println!("skipped  {name}: {program} is not installed"),
        Verdict::Failed(_) => println!("FAILED   {name}"),
    }
}

fn verdict(stage: &Stage, row: &Row, slug: &str) -> Verdict {
    if let Some(missing) = missing_program(stage, row) {
        return Verdict::Skipped(missing);
    }
    let bare = play(stage, row, slug, None);
    if let Some(broken) = &bare.broken {
        return Verdict::Failed(format!("the bare program: {broken}"));
    }
    let under_pp = play(stage, row, slug, Some(&bare));
    let differences = bare.differences(&under_pp);
    match (differences.is_empty(), row.differs) {
        (true, None) => Verdict::Equal,
        (false, Some(_)) => Verdict::Differs,
        (true, Some(_)) => Verdict::Failed("both sides are equal: remove `differs`".to_owned()),
        (false, None) => Verdict::Failed(differences.join("\n")),
    }
}

fn missing_program(stage: &Stage, row: &Row) -> Option<&'static str> {
    row.needs.iter().copied().find(|program| match *program {
        "a password" => !stage.user().may_sudo(),
        program => !stage.has(program),
    })
}

fn report(rows: &[&Row], mut verdicts: Vec<(usize, Verdict)>) {
    verdicts.sort_by_key(|(at, _)| *at);
    let failed: Vec<String> = verdicts
        .iter()
        .filter_map(|(at, verdict)| match verdict {
            Verdict::Failed(how) => Some(format!("row \"{}\": {how}", rows[*at].name)),
            _ => None,
        })
        .collect();
    let skipped = verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Skipped(_)));
    let (all, skipped) = (verdicts.len(), skipped.count());
    println!("{all} rows, {skipped} skipped, {} failed", failed.len());
    assert!(
        failed.is_empty() && all == rows.len(),
        "{} of {all} rows differ:\n\n{}",
        failed.len(),
        failed.join("\n")
    );
}
