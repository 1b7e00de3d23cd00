//! Fuzz tests of everything that parses untrusted input: the stored corpus, and deterministic
//! mutations of it. To search for more inputs with coverage guidance:
//!
//! ```sh
//! cargo install cargo-fuzz
//! cargo +nightly fuzz run --fuzz-dir tests/fuzz/libfuzzer any -- tests/fuzz/corpus/text
//! ```
//!
//! with `PERSISTPROC_FUZZ` set to the target, for example `text`. Add what it finds to the corpus.

mod http;
#[path = "../cli/src/terminal/sanitizer.rs"]
#[allow(dead_code, unreachable_pub, reason = "a private module of the CLI")]
mod sanitizer;
mod targets;

use std::fs;
use std::path::PathBuf;

use crate::support::tools::{number_from_env, root};
use targets::{FuzzTarget, TARGETS};

/// Mutated inputs per target, unless `PERSISTPROC_TEST_ROUNDS` sets another number.
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

/// A linear congruential generator: the same numbers on every machine.
struct Random(u64);

impl Random {
    /// A number from 0 up to, not including, `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end.max(1)
    }

    /// Applies one mutation: flips a bit, truncates, repeats a piece, inserts a piece of another
    /// input, or inserts an extreme value.
    fn mutate(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        match self.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 => bytes.truncate(at),
            2 => {
                let piece = bytes[at..bytes.len().min(at + 16)].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => {
                let from = self.below(other.len() + 1);
                bytes.splice(at..at, other[from..other.len().min(from + 32)].iter().copied());
            }
            _ => {
                let extremes = [&[0; 8][..], &[0xff; 8], b"-1", b"\x1b", b"999999999999999999999"];
                bytes.splice(at..at, extremes[self.below(extremes.len())].iter().copied());
            }
        }
    }
}

fn fuzz((name, target): FuzzTarget) {
    let corpus = corpus(name);
    for (path, bytes) in &corpus {
        let outcome = std::panic::catch_unwind(|| target(bytes));
        assert!(outcome.is_ok(), "{} makes `{name}` panic", path.display());
    }
    let mut random = Random(7);
    for round in 0..number_from_env("PERSISTPROC_TEST_ROUNDS", ROUNDS) {
        let mut bytes = corpus[random.below(corpus.len())].1.clone();
        let other = &corpus[random.below(corpus.len())].1;
        for _ in 0..=random.below(6) {
            random.mutate(&mut bytes, other);
        }
        let outcome = std::panic::catch_unwind(|| target(&bytes));
        assert!(outcome.is_ok(), "round {round} makes `{name}` panic: {bytes:?}");
    }
}

#[test]
fn no_input_makes_a_parser_panic() {
    TARGETS.into_iter().for_each(fuzz);
}
