//! Whatever is killed, filled, locked or damaged at whatever moment: no process, no byte, no exit
//! code is lost, nothing is repeated or out of order, nobody survives a stop.
//!
//! ```sh
//! tests/run --chaos 1000 7        # so many rounds, from this seed
//! ```
//!
//! A round is a world of its own with a child of each kind in it. They write down elsewhere what
//! they write (`child.py`); at the end that is compared with what is told of them.
//!
//! | file | what it does |
//! |---|---|
//! | `round` | one round: children, faults, the end |
//! | `faults` | what is done to it |
//! | `check` | what is told, beside what the children wrote down |

pub(crate) mod check;
mod faults;
mod round;

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use crate::support::clock;
use crate::support::tools::number_from_env;

/// Rounds that go on at once: most of a round is waiting.
const AT_ONCE: usize = 4;

/// What came out, of one round or all.
#[derive(Default)]
struct Outcome {
    faults: BTreeMap<&'static str, u32>,
    children: u32,
    bytes: u64,
    losses: Vec<String>,
}

impl Outcome {
    fn add(&mut self, other: Self) {
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        self.children += other.children;
        self.bytes += other.bytes;
        self.losses.extend(other.losses);
    }
}

/// Numbers that only look like chance, so that a round can be had again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len() as u64) as usize) }
    }
}

/// 50 rounds; `tests/run --chaos` does as many as it is told to.
#[test]
fn nothing_is_lost() {
    if !clock::is_movable("chaos::nothing_is_lost") {
        return;
    }
    let rounds = number_from_env("PERSISTPROC_TEST_CHAOS", 50);
    let seed = number_from_env("PERSISTPROC_TEST_SEED", 1);
    let (begin, next, all) = (Instant::now(), AtomicU64::new(0), Mutex::new(Outcome::default()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= rounds {
                        return;
                    }
                    let played = catch_unwind(|| round::play(seed + number)).unwrap_or_else(|_| {
                        let told =
                            format!("seed {}: the round broke off, see above", seed + number);
                        Outcome { losses: vec![told], ..Outcome::default() }
                    });
                    all.lock().unwrap().add(played);
                }
            });
        }
    });
    let Outcome { faults, children, bytes, losses } = all.into_inner().unwrap();
    let faults: Vec<_> = faults.iter().map(|(fault, count)| format!("{count} × {fault}")).collect();
    println!(
        "{rounds} rounds from seed {seed} in {:.0?}: {children} children, {} MB; {}; losses: {}",
        begin.elapsed(),
        bytes / 1_000_000,
        faults.join(", "),
        losses.len()
    );
    assert!(losses.is_empty(), "{}", losses.join("\n"));
}
