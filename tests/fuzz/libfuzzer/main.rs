//! The fuzz targets under libFuzzer, with coverage guidance. `PERSISTPROC_FUZZ` selects the target.

#![no_main]
#![allow(clippy::unwrap_used, reason = "a panic is a finding")]

#[path = "../http.rs"]
mod http;
#[path = "../../../cli/src/terminal/sanitizer.rs"]
#[allow(dead_code, reason = "a private module of the CLI")]
mod sanitizer;
#[path = "../targets.rs"]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("PERSISTPROC_FUZZ").unwrap_or_default();
    let target = targets::TARGETS.into_iter().find(|(known, _)| *known == name);
    let known: Vec<_> = targets::TARGETS.iter().map(|(name, _)| name).collect();
    target.unwrap_or_else(|| panic!("set PERSISTPROC_FUZZ to one of {known:?}")).1
});

fuzz_target!(|data: &[u8]| TARGET(data));
