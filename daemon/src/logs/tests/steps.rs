//! What can happen to the logs of a process, made up at random.

use persistproc_api::output::Stream;
use proptest::prelude::*;
use proptest::sample::Index;

use super::crash::Crash;
use super::history::Text;
use super::streams;

/// The longest read of a case.
pub(super) const LONGEST: usize = 24 << 10;

#[derive(Clone, Debug)]
pub(super) enum Step {
    Write { stderr: bool, text: Text, later: i64 },
    NewRun,
    Crash(Crash),
    Last(Asked),
    After { asked: Asked, cursor: Index },
    Follow { feed: Index },
    Search { stream: Stream, pattern: Index, since: Index, before: Index, most: usize },
}

/// A question whose times are those of some reads.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) stream: Stream,
    pub(super) lines: Option<u64>,
    pub(super) since: Option<Index>,
    pub(super) before: Option<Index>,
    pub(super) grep: Option<(Index, usize)>,
}

pub(super) const PATTERNS: [&str; 6] = ["a", "b+c?", "^a", "c$", "é|B", "ab"];

fn texts() -> impl Strategy<Value = Text> {
    let part = prop_oneof![
        6 => proptest::sample::select(&b"abc A"[..]).prop_map(|byte| vec![byte]),
        5 => Just(b"\n".to_vec()),
        1 => proptest::sample::select(&["\r", "\r\n", "\x1b[1m", "\x08", "é", "\0", "\x7f"][..])
            .prop_map(|part| part.as_bytes().to_vec()),
        1 => proptest::sample::select(&b"\xff\xc3\xa9"[..]).prop_map(|byte| vec![byte]),
    ];
    let short = proptest::collection::vec(part, 0..8).prop_map(|parts| Text::Short(parts.concat()));
    let long = (1..LONGEST, 1..LONGEST, any::<bool>())
        .prop_map(|(length, line, ended)| Text::Long { length, line, ended });
    prop_oneof![3 => short, 2 => long]
}

fn crashes() -> impl Strategy<Value = Crash> {
    prop_oneof![
        prop_oneof![0_u64..50, 0_u64..3000].prop_map(|lost| Crash::Index { lost }),
        (any::<bool>(), texts(), any::<Index>()).prop_map(|(stderr, text, at)| {
            let written = at.index(2 * text.bytes().len() + 40);
            Crash::Store { stderr, text, written }
        }),
        Just(Crash::Part),
        (0_usize..10).prop_map(|steps| Crash::Roll { steps }),
        (any::<bool>(), 0_u64..5000).prop_map(|(stderr, lost)| Crash::Machine { stderr, lost }),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let time = || proptest::option::weighted(0.3, any::<Index>());
    let lines = proptest::option::weighted(0.8, 0_u64..9);
    // To ask for no matching line is to ask for nothing.
    let grep = proptest::option::weighted(0.3, (any::<Index>(), 0_usize..3));
    (streams(), lines, time(), time(), grep).prop_map(|(stream, lines, since, before, grep)| {
        let least = u64::from(grep.is_some());
        let lines = lines.map(|lines: u64| lines.max(least));
        Asked { stream, lines, since, before, grep }
    })
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let write = (any::<bool>(), texts(), -2_i64..5).prop_map(|(stderr, text, later)| Step::Write {
        stderr,
        text,
        later,
    });
    let search = (streams(), any::<Index>(), any::<Index>(), any::<Index>(), 1_usize..9).prop_map(
        |(stream, pattern, since, before, most)| Step::Search {
            stream,
            pattern,
            since,
            before,
            most,
        },
    );
    let step = prop_oneof![
        24 => write,
        1 => Just(Step::NewRun),
        2 => crashes().prop_map(Step::Crash),
        5 => asked().prop_map(Step::Last),
        8 => (asked(), any::<Index>()).prop_map(|(asked, cursor)| Step::After { asked, cursor }),
        4 => any::<Index>().prop_map(|feed| Step::Follow { feed }),
        4 => search,
    ];
    proptest::collection::vec(step, 1..120)
}
