//! Whole-program tests, one file per verb or guarantee. Each test runs a real daemon, real
//! terminals and real programs in its own [`World`](support::World); all traffic stays on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod agents;
mod attach;
mod browser;
mod budgets;
mod chaos;
mod clock;
mod crowded;
mod daemon_death;
mod damage;
mod dashboard;
mod doctor;
mod ends;
mod environment;
mod errors;
mod first_tries;
mod forget;
mod full_disk;
mod fuzz;
mod guard;
mod handover;
mod hook;
mod house_rules;
mod idle;
mod inherited;
mod init;
mod keys;
mod label;
mod limits;
mod list;
mod lossless;
mod mcp;
mod mcp_stdio;
mod merged;
mod names;
mod news;
mod notices;
mod nu;
mod once;
mod output;
mod ports;
mod races;
mod reachability;
mod read_only;
mod ready;
mod ready_truth;
mod rest;
mod restart;
mod run;
mod screen;
mod search;
mod secrets;
mod send;
mod serve;
mod services;
mod settings;
mod setup;
mod several;
mod shared_terminal;
mod shells;
mod shim_death;
mod shutdown;
mod start;
mod stop;
mod strays;
mod streams;
mod support;
mod targets;
mod terminal;
mod token;
mod transparent;
mod trees;
mod tui;
mod two_users;
mod unresponsive;
mod viewers;
mod vite;
mod wait;
mod wrap;

#[test]
fn every_test_file_belongs_to_the_module_tree() {
    let folder = support::tools::root().join("tests");
    let unlisted = support::sources::unlisted_modules(&folder, &folder.join("main.rs"));
    assert!(unlisted.is_empty(), "these files are never compiled: {unlisted:#?}");
}
