//! The chaos test: daemons, shims, children and followers are killed, disks fill up, files are
//! damaged, all at random moments. No process, no byte and no exit code may be lost; no byte may be
//! repeated or out of order; no process may survive a stop.
//!
//! ```sh
//! tests/run --chaos 1000 7        # 1000 rounds, starting from seed 7
//! ```
//!
//! Each round has its own world with one child of each kind. The children (`child.py`) record their
//! output and exit codes in files. At the end of the round these records are compared with the reports
//! of persistproc.
//!
//! | file | contents |
//! |---|---|
//! | `round` | plays one round: children, faults, the end |
//! | `faults` | the faults |
//! | `check` | compares reports with records |
//! | `news` | news that are read between faults |

pub(crate) mod check;
mod faults;
mod news;
mod round;

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use crate::support::clock;
use crate::support::tools::number_from_env;

/// Rounds that run at a time. Most of a round is waiting.
const PARALLEL_ROUNDS: usize = 4;

/// The result of one round or of all.
#[derive(Default)]
struct ChaosResult {
    /// How often each fault happened.
    faults: BTreeMap<&'static str, u32>,
    children: u32,
    /// Bytes that the children wrote.
    bytes: u64,
    losses: Vec<String>,
}

impl ChaosResult {
    fn add(&mut self, other: Self) {
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        self.children += other.children;
        self.bytes += other.bytes;
        self.losses.extend(other.losses);
    }
}

/// A generator of pseudo-random numbers. The same seed plays the same round again.
struct Random(u64);

impl Random {
    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// A random element; `None` if there are none.
    fn choose<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() {
            return None;
        }
        all.get(self.below(all.len() as u64) as usize)
    }
}

/// 50 rounds. `tests/run --chaos` plays any number.
#[test]
fn nothing_is_lost() {
    if !clock::is_movable("chaos::nothing_is_lost") {
        return;
    }
    let rounds = number_from_env("PERSISTPROC_TEST_CHAOS", 50);
    let first_seed = number_from_env("PERSISTPROC_TEST_SEED", 1);
    let start = Instant::now();
    let next_round = AtomicU64::new(0);
    let total = Mutex::new(ChaosResult::default());
    thread::scope(|scope| {
        for _ in 0..PARALLEL_ROUNDS {
            scope.spawn(|| {
                loop {
                    let round = next_round.fetch_add(1, Ordering::Relaxed);
                    if round >= rounds {
                        return;
                    }
                    let result = play_caught(first_seed + round);
                    // A long run may be cut before its end.
                    result.losses.iter().for_each(|loss| println!("{loss}"));
                    total.lock().unwrap().add(result);
                }
            });
        }
    });
    let ChaosResult { faults, children, bytes, losses } = total.into_inner().unwrap();
    let faults: Vec<_> = faults.iter().map(|(fault, count)| format!("{count} × {fault}")).collect();
    println!(
        "{rounds} rounds from seed {first_seed} in {:.0?}: {children} children, {} MB; {}; losses: {}",
        start.elapsed(),
        bytes / 1_000_000,
        faults.join(", "),
        losses.len()
    );
    assert!(losses.is_empty(), "{}", losses.join("\n"));
}

/// Plays a round. A panic is a loss, so that the other rounds go on.
fn play_caught(seed: u64) -> ChaosResult {
    catch_unwind(|| round::play(seed)).unwrap_or_else(|_| {
        let loss = format!("seed {seed}: the round panicked, see above");
        ChaosResult { losses: vec![loss], ..ChaosResult::default() }
    })
}
