//! Random sequences of what can happen to the logs of a process.

use persistproc_api::output::Stream;
use proptest::prelude::*;
use proptest::sample::Index;

use super::crash::Crash;
use super::model::Text;
use super::streams;

/// The longest read.
const MAX_READ_BYTES: usize = 24 << 10;

/// The most steps of a case.
const MAX_STEPS: usize = 120;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// The shim reads `text`, `delay` after the read before. The delay may be negative.
    Write { is_stderr: bool, text: Text, delay: i64 },
    /// The run ends and the next one starts.
    NextRun,
    /// The writer is killed, the log is repaired, and the next run starts.
    Crash(Crash),
    /// A client asks for the last lines.
    LastPage(QueryPlan),
    /// A client continues from an earlier cursor.
    PageAfter { query: QueryPlan, cursor: Index },
    /// A follower reads the new output.
    Follow { feed: Index },
    /// A client searches.
    Search { stream: Stream, pattern: Index, since: Index, before: Index, max_hits: usize },
}

/// A page query whose times are chosen among those of the reads.
#[derive(Clone, Debug)]
pub(super) struct QueryPlan {
    pub(super) stream: Stream,
    pub(super) lines: Option<u64>,
    pub(super) since: Option<Index>,
    pub(super) before: Option<Index>,
    /// A pattern and the lines of context.
    pub(super) grep: Option<(Index, usize)>,
}

pub(super) const PATTERNS: [&str; 6] = ["a", "b+c?", "^a", "c$", "é|B", "ab"];

fn texts() -> impl Strategy<Value = Text> {
    let special = ["\r", "\r\n", "\x1b[1m", "\x08", "é", "\0", "\x7f"];
    let part = prop_oneof![
        6 => proptest::sample::select(&b"abc A"[..]).prop_map(|byte| vec![byte]),
        5 => Just(b"\n".to_vec()),
        1 => proptest::sample::select(special.to_vec()).prop_map(|part| part.as_bytes().to_vec()),
        1 => proptest::sample::select(&b"\xff\xc3\xa9"[..]).prop_map(|byte| vec![byte]),
    ];
    let short = proptest::collection::vec(part, 0..8).prop_map(|parts| Text::Short(parts.concat()));
    let long = (1..MAX_READ_BYTES, 1..MAX_READ_BYTES, any::<bool>())
        .prop_map(|(length, line, ended)| Text::Long { length, line, ended });
    prop_oneof![3 => short, 2 => long]
}

fn crashes() -> impl Strategy<Value = Crash> {
    let truncated_index =
        prop_oneof![0_u64..50, 0_u64..3000].prop_map(|lost| Crash::TruncatedIndex { lost });
    let during_store =
        (any::<bool>(), texts(), any::<Index>()).prop_map(|(is_stderr, text, at)| {
            let written = at.index(2 * text.bytes().len() + 40);
            Crash::DuringStore { is_stderr, text, written }
        });
    let power_failure = (any::<bool>(), 0_u64..5000)
        .prop_map(|(is_stderr, lost)| Crash::PowerFailure { is_stderr, lost });
    prop_oneof![
        truncated_index,
        during_store,
        Just(Crash::DuringSplit),
        (0_usize..10).prop_map(|steps| Crash::DuringRoll { steps }),
        power_failure,
    ]
}

fn query_plans() -> impl Strategy<Value = QueryPlan> {
    let time = || proptest::option::weighted(0.3, any::<Index>());
    let lines = proptest::option::weighted(0.8, 0_u64..9);
    let grep = proptest::option::weighted(0.3, (any::<Index>(), 0_usize..3));
    (streams(), lines, time(), time(), grep).prop_map(|(stream, lines, since, before, grep)| {
        // The model doesn't cover a query for at most zero matching lines.
        let min_lines = u64::from(grep.is_some());
        let lines = lines.map(|lines: u64| lines.max(min_lines));
        QueryPlan { stream, lines, since, before, grep }
    })
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let write = (any::<bool>(), texts(), -2_i64..5)
        .prop_map(|(is_stderr, text, delay)| Step::Write { is_stderr, text, delay });
    let page_after = (query_plans(), any::<Index>())
        .prop_map(|(query, cursor)| Step::PageAfter { query, cursor });
    let search = (streams(), any::<Index>(), any::<Index>(), any::<Index>(), 1_usize..9).prop_map(
        |(stream, pattern, since, before, max_hits)| Step::Search {
            stream,
            pattern,
            since,
            before,
            max_hits,
        },
    );
    let step = prop_oneof![
        24 => write,
        1 => Just(Step::NextRun),
        2 => crashes().prop_map(Step::Crash),
        5 => query_plans().prop_map(Step::LastPage),
        8 => page_after,
        4 => any::<Index>().prop_map(|feed| Step::Follow { feed }),
        4 => search,
    ];
    proptest::collection::vec(step, 1..MAX_STEPS)
}
