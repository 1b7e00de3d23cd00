//! [`Burst`]: the lines that a program prints without a pause around an error. The line that says most
//! about the error stands for all of them.

use std::collections::VecDeque;

use persistproc_api::cursor::Cursor;
use persistproc_api::news::NewsKind;

use super::Finding;
use crate::logs::text;
use crate::supervisor::line_kinds::error_lines::ErrorRank;
use crate::supervisor::line_kinds::kind::Kind;
use crate::supervisor::line_kinds::place::Place;

/// The longest line of a finding, in characters.
const MAX_LINE: usize = 300;

/// How many kinds of errors are counted.
const MAX_COUNTED: usize = 256;

/// A burst with an error, or with an unusual line on stderr.
#[derive(Clone, Debug)]
pub(super) struct Burst {
    kind: NewsKind,
    at: Cursor,
    first_time: i64,
    best: Option<BestLine>,
    /// The line before is the best one, and the message continues in the next.
    is_continued: bool,
    /// The kinds of the errors that are new, without headers and summaries.
    new_kinds: Vec<Kind>,
    has_message: bool,
    has_new_summary: bool,
    /// The last place of the project so far.
    last_place: Option<SeenPlace>,
}

/// The line that stands for the burst.
#[derive(Clone, Debug)]
struct BestLine {
    rank: ErrorRank,
    is_new: bool,
    text: String,
    time: i64,
    own_place: Option<Place>,
    place_before: Option<SeenPlace>,
    place_after: Option<Place>,
}

#[derive(Clone, Debug)]
struct SeenPlace {
    place: Place,
    /// A traceback names the place of an error before the error.
    is_of_traceback: bool,
    /// No line came after it.
    is_adjacent: bool,
}

/// A burst that is over.
pub(super) struct EndedBurst {
    pub(super) finding: Finding,
    /// It has a message of a kind that was not known.
    pub(super) is_new: bool,
    /// It has only headers and summaries, and one of an unknown kind.
    pub(super) is_new_summary: bool,
    pub(super) has_message: bool,
}

impl Burst {
    pub(super) fn new(kind: NewsKind, at: Cursor, first_time: i64) -> Self {
        Self {
            kind,
            at,
            first_time,
            best: None,
            is_continued: false,
            new_kinds: Vec::new(),
            has_message: false,
            has_new_summary: false,
            last_place: None,
        }
    }

    /// A burst that begins with an unusual line.
    pub(super) fn unusual(text: &str, kind: Kind, at: Cursor, time: i64) -> Self {
        let mut burst = Self::new(NewsKind::Stderr, at, time);
        burst.error(text, ErrorRank::Summary, kind, true, time);
        burst
    }

    pub(super) fn at(&self) -> Cursor {
        self.at
    }

    pub(super) fn first_time(&self) -> i64 {
        self.first_time
    }

    /// Whether it began with an error, or has one.
    pub(super) fn has_errors(&self) -> bool {
        self.kind == NewsKind::Error
    }

    /// Takes a line that reports an error.
    pub(super) fn error(
        &mut self,
        text: &str,
        rank: ErrorRank,
        kind: Kind,
        is_new: bool,
        time: i64,
    ) {
        // An indented line within a burst is part of a code frame or of a stack trace.
        let is_part = self.best.is_some() && text.starts_with([' ', '\t']);
        let rank = if is_part { ErrorRank::Summary } else { rank };
        if rank == ErrorRank::Summary {
            self.has_new_summary |= is_new;
        } else {
            self.kind = NewsKind::Error;
            self.has_message = true;
            if is_new && self.new_kinds.len() < MAX_COUNTED && !self.new_kinds.contains(&kind) {
                self.new_kinds.push(kind);
            }
        }
        let place = Place::find(text);
        let is_better = |best: &BestLine| (rank, is_new) > (best.rank, best.is_new);
        if self.best.as_ref().is_none_or(is_better) {
            let text = text.trim();
            self.is_continued = ends_open(text);
            self.best = Some(BestLine {
                rank,
                is_new,
                text: text.to_owned(),
                time,
                own_place: place.clone().filter(Place::is_of_project),
                place_before: self.last_place.take(),
                place_after: None,
            });
            self.see(place, text);
        } else {
            self.other_line(text);
        }
    }

    /// Takes a line that reports no error.
    pub(super) fn other_line(&mut self, text: &str) {
        let is_blank = text.trim().is_empty();
        if let Some(best) = &mut self.best
            && self.is_continued
            && !is_blank
        {
            self.is_continued = false;
            best.text = format!("{} {}", best.text, text.trim());
        }
        let place = Place::find(text).filter(Place::is_of_project);
        if let Some(best) = &mut self.best
            && best.place_after.is_none()
        {
            best.place_after.clone_from(&place);
        }
        self.see(place, text);
    }

    fn see(&mut self, place: Option<Place>, text: &str) {
        if let Some(last) = &mut self.last_place {
            last.is_adjacent = false;
        }
        if let Some(place) = place.filter(Place::is_of_project) {
            let is_of_traceback = text.contains("File \"");
            self.last_place = Some(SeenPlace { place, is_of_traceback, is_adjacent: true });
        }
    }

    /// What the burst is. `recent` are the raw lines before it.
    pub(super) fn end(self, recent: &VecDeque<Vec<u8>>) -> EndedBurst {
        let Self { kind, at, first_time, best, new_kinds, has_message, has_new_summary, .. } = self;
        let (line, time, place) = match best {
            Some(best) => {
                let place = best.place().or_else(|| place_in(recent));
                (best.text, best.time, place)
            }
            None => (String::new(), first_time, None),
        };
        let line = without_time(&line).chars().take(MAX_LINE).collect();
        let more = (new_kinds.len() as u32).saturating_sub(1);
        EndedBurst {
            finding: Finding { kind, at, time, line, place, more, cause: None },
            is_new: !new_kinds.is_empty(),
            is_new_summary: !has_message && has_new_summary,
            has_message,
        }
    }
}

impl BestLine {
    fn place(&self) -> Option<Place> {
        let before = |condition: fn(&SeenPlace) -> bool| {
            self.place_before.as_ref().filter(|seen| condition(seen)).map(|seen| &seen.place)
        };
        let place = self
            .own_place
            .as_ref()
            .or_else(|| before(|seen| seen.is_adjacent || seen.is_of_traceback))
            .or(self.place_after.as_ref())
            .or_else(|| before(|_| true));
        place.cloned()
    }
}

/// A line without the ruler around it, and without the time at its start, which a finding has apart.
pub(super) fn without_time(line: &str) -> &str {
    let line = if line.starts_with("==") { line.trim_matches(['=', ' ']) } else { line };
    let is_time = |c: char| c.is_ascii_digit() || ":.,-+/TZ ".contains(c);
    let inner = line.strip_prefix('[').unwrap_or(line);
    let rest = inner.trim_start_matches(is_time);
    let time = &inner[..inner.len() - rest.len()];
    if time.matches(':').count() < 2 {
        return line;
    }
    let rest = rest.strip_prefix("AM").or(rest.strip_prefix("PM")).unwrap_or(rest);
    let rest = if inner.len() < line.len() { rest.trim_start_matches(']') } else { rest };
    rest.trim_start_matches([' ', '-'])
}

/// Whether a message goes on in the next line: it ends with a colon, or is a place alone.
fn ends_open(text: &str) -> bool {
    text.ends_with(':') || text.starts_with(['⨯', '✘', '✖']) && text.split_whitespace().count() == 2
}

/// The last place of the project in raw lines.
fn place_in(lines: &VecDeque<Vec<u8>>) -> Option<Place> {
    let mut newest_first = lines.iter().rev();
    newest_first.find_map(|line| Place::find(&text::plain(line)).filter(Place::is_of_project))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_at_the_start_is_left_out() {
        for (line, rest) in [
            ("5:37:24 PM [vite] Internal server error", "[vite] Internal server error"),
            ("5:35:24 PM - Found 1 error.", "Found 1 error."),
            ("[10:00:00.123] ERROR db", "ERROR db"),
            ("2026-11-29T10:00:00.123Z ERROR db", "ERROR db"),
            ("2026-11-29 10:00:00,123 ERROR db", "ERROR db"),
            ("src/a.ts:3:5 error", "src/a.ts:3:5 error"),
            ("12 errors", "12 errors"),
            ("==== 2 passed in 0.01s ====", "2 passed in 0.01s"),
            ("", ""),
        ] {
            assert_eq!(without_time(line), rest, "{line}");
        }
    }
}
