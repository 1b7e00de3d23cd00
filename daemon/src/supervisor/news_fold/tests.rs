//! Recorded output of real watchers, folded into news: each breaking edit is one piece, each repair another,
//! and all other output none.

use insta::assert_snapshot;
use persistproc_api::cursor::{Cursor, Offsets};

use super::*;
use crate::supervisor::line_kinds::place::Place;

/// A line of a recording: seconds, `o` or `e`, and the text. `#` lines are the edits.
struct Recorded {
    time: i64,
    line: Option<(Source, String)>,
    note: String,
}

fn parse(recording: &str) -> Vec<Recorded> {
    let micros = |seconds: &str| (seconds.parse::<f64>().unwrap() * 1e6) as i64;
    let lines = recording.lines().map(|line| {
        if let Some(note) = line.strip_prefix("# ") {
            let (seconds, note) = note.split_once(' ').unwrap();
            return Recorded { time: micros(seconds), line: None, note: note.to_owned() };
        }
        let (seconds, rest) = line.split_once(' ').unwrap();
        let (stream, text) = rest.split_at(1);
        let source = if stream == "o" { Source::Stdout } else { Source::Stderr };
        let text = text.strip_prefix(' ').unwrap_or(text).to_owned();
        Recorded { time: micros(seconds), line: Some((source, text)), note: String::new() }
    });
    lines.collect()
}

fn shown(finding: &Finding) -> String {
    let place = finding.place.as_ref().map_or_else(String::new, |Place { path, line, .. }| {
        format!(" ({}:{line})", path.trim_start_matches("/work/shop/"))
    });
    let more = if finding.more > 0 { format!(" +{}", finding.more) } else { String::new() };
    format!("  {}: {}{place}{more}", finding.kind.word(), finding.line)
}

/// The edits and the news, in order.
fn news_of(recording: &str) -> String {
    let mut fold = NewsFold::default();
    let mut shown_lines = Vec::new();
    let mut at = Offsets::default();
    // The recordings begin at zero, and silence before the first line is none.
    let start = 1_000_000_000;
    for Recorded { time, line, note } in parse(recording) {
        let mut found = Vec::new();
        let time = start + time;
        match line {
            Some((source, text)) => {
                let before = Cursor { run: 1, at };
                let bytes = text.into_bytes();
                let length = bytes.len() as u64 + 1;
                *at.of_mut(source) += length;
                let line = Line { source, time, bytes, length, end: at.of(source) };
                fold.line(line, before, &mut found);
                shown_lines.extend(found.iter().map(shown));
            }
            None => {
                fold.quiet(time, &mut found);
                shown_lines.extend(found.iter().map(shown));
                shown_lines.push(note);
            }
        }
    }
    let mut found = Vec::new();
    fold.quiet(i64::MAX / 2, &mut found);
    shown_lines.extend(found.iter().map(shown));
    assert_eq!(fold.undecided(), None);
    assert_eq!(fold.decides_at(), None);
    shown_lines.join("\n")
}

/// Real programs: `.snap` files hold the news, in order with the edits.
#[test]
fn recordings_of_real_watchers() {
    for (name, recording) in [
        ("tsc-watch", include_str!("recordings/tsc-watch.txt")),
        ("vite", include_str!("recordings/vite.txt")),
        ("next-dev", include_str!("recordings/next-dev.txt")),
        ("node-watch", include_str!("recordings/node-watch.txt")),
        ("uvicorn-reload", include_str!("recordings/uvicorn-reload.txt")),
        ("pytest-watcher", include_str!("recordings/pytest-watcher.txt")),
        ("cargo-check", include_str!("recordings/cargo-check.txt")),
    ] {
        assert_snapshot!(name, news_of(recording));
    }
}

#[test]
fn a_rebuild_counts_beside_an_unusual_line() {
    let recording = "0.0 o ready\n12.0 e Error: Expression expected\n24.0 e React found an empty buffer\n24.1 o ✓ Compiled in 97ms\n";
    assert_snapshot!(news_of(recording), @"
      error: Error: Expression expected
      recovery: ✓ Compiled in 97ms
    ");
}

#[test]
fn rebuilds_with_errors_are_no_recoveries() {
    let recording = "0.0 o Error: one\n5.0 o [vite] page reload src/main.js\n5.4 o Error: one\n\
                     9.0 o Error: one\n9.1 o build finished\n20.0 o build finished\n";
    assert_snapshot!(news_of(recording), @"
      error: Error: one
      recovery: build finished
    ");
}

#[test]
fn a_watcher_that_sees_an_edit_on_its_stderr_is_not_unusual() {
    let recording = "0.0 o 1 passed in 0.01s\n12.0 e [ptw] Detected modified: ./cart.py -> \n";
    assert_eq!(news_of(recording), "");
}

/// The news of these lines (time in seconds, text), asked for at each of these times as well, and of an end
/// by itself after them.
fn news_with_an_end(lines: &[(f64, &str)], asked: &[f64], end: f64) -> Vec<String> {
    let micros = |seconds: f64| 1_000_000_000 + (seconds * 1e6) as i64;
    let mut fold = NewsFold::default();
    let mut found = Vec::new();
    let mut asked = asked.iter().copied().peekable();
    let mut at = Offsets::default();
    for (time, text) in lines {
        while let Some(now) = asked.next_if(|now| now < time) {
            fold.quiet(micros(now), &mut found);
        }
        let before = Cursor { run: 1, at };
        let bytes = text.as_bytes().to_vec();
        let length = bytes.len() as u64 + 1;
        at.stdout += length;
        let line =
            Line { source: Source::Stdout, time: micros(*time), bytes, length, end: at.stdout };
        fold.line(line, before, &mut found);
    }
    asked.for_each(|now| fold.quiet(micros(now), &mut found));
    let cause = fold.cause_of_end(micros(end), &mut found);
    let cause =
        cause.map_or_else(|| "  no cause".to_owned(), |cause| format!("  end: {}", cause.line));
    found.iter().map(shown).chain([cause]).collect()
}

#[test]
fn news_do_not_depend_on_when_they_are_asked_for() {
    let lines = [
        (0.0, "Error: one"),
        (0.2, "Error: two"),
        (2.0, "build finished"),
        (3.5, "Error: one"),
        (3.9, "build finished"),
        (4.5, "Error: three"),
    ];
    for end in [4.6, 5.0, 20.0] {
        let alone = news_with_an_end(&lines, &[], end);
        for step in [0.05, 0.15, 0.31, 0.7, 1.1] {
            let asked: Vec<f64> =
                (1..).map(|n| f64::from(n) * step).take_while(|at| *at < end).collect();
            assert_eq!(
                news_with_an_end(&lines, &asked, end),
                alone,
                "every {step} s, end at {end} s"
            );
        }
    }
    assert_snapshot!(news_with_an_end(&lines, &[], 5.0).join("\n"), @"
      error: Error: one +1
      recovery: build finished
      error: Error: one
      error: Error: three
      end: Error: three
    ");
}

#[test]
fn an_end_after_a_recovery_has_no_cause() {
    let lines = [(0.0, "Error: one"), (0.5, "build finished")];
    assert_snapshot!(news_with_an_end(&lines, &[], 0.6).join("\n"), @"
      error: Error: one
      recovery: build finished
      no cause
    ");
}
