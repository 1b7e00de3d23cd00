//! Garbage for everything that reads what others wrote: the corpus that is kept, and what comes of
//! it by a few changes, the same ones every time. To look for more, with coverage to lead the way:
//!
//! ```sh
//! cargo install cargo-fuzz
//! cargo +nightly fuzz run --fuzz-dir tests/fuzz/libfuzzer any -- tests/fuzz/corpus/text
//! ```
//!
//! with `PERSISTPROC_FUZZ` set to the target, such as `text`. What it finds goes into the corpus.

mod http;
#[path = "../../cli/src/terminal/tame.rs"]
#[allow(dead_code, unreachable_pub, reason = "it belongs to the CLI, which keeps it to itself")]
mod tame;
mod targets;

use std::fs;
use std::path::PathBuf;

use crate::support::tools::{number_from_env, root};
use targets::{TARGETS, Target};

/// Changed inputs of each target; `PERSISTPROC_TEST_ROUNDS` asks for more.
const ROUNDS: u64 = 100;

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = root().join("tests/fuzz/corpus").join(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder:?} is empty");
    let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
    files.into_iter().map(read).collect()
}

/// Numbers that are the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }

    /// One change: a byte, a cut, a piece twice, a piece of another, an edge of the numbers.
    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.roll(bytes.len() + 1);
        match self.roll(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.roll(8),
            1 => bytes.truncate(at),
            2 => {
                let piece = bytes[at..bytes.len().min(at + 16)].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => {
                let from = self.roll(other.len() + 1);
                bytes.splice(at..at, other[from..other.len().min(from + 32)].iter().copied());
            }
            _ => {
                let edge = [&[0; 8][..], &[0xff; 8], b"-1", b"\x1b", b"999999999999999999999"];
                bytes.splice(at..at, edge[self.roll(edge.len())].iter().copied());
            }
        }
    }
}

fn fuzz((name, target): Target) {
    let corpus = corpus(name);
    for (path, bytes) in &corpus {
        let outcome = std::panic::catch_unwind(|| target(bytes));
        assert!(outcome.is_ok(), "{} breaks `{name}`", path.display());
    }
    let mut dice = Dice(7);
    for round in 0..number_from_env("PERSISTPROC_TEST_ROUNDS", ROUNDS) {
        let [mut bytes, other] = [(); 2].map(|()| corpus[dice.roll(corpus.len())].1.clone());
        for _ in 0..=dice.roll(6) {
            dice.change(&mut bytes, &other);
        }
        let outcome = std::panic::catch_unwind(|| target(&bytes));
        assert!(outcome.is_ok(), "round {round} breaks `{name}`: {bytes:?}");
    }
}

#[test]
fn garbage_is_refused_and_breaks_nothing() {
    TARGETS.into_iter().for_each(fuzz);
}
