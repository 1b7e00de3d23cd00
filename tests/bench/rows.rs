//! The rows of the table, in groups that are measured together. Each group is one file.

mod commands;
mod exit_wait;
mod facts;
mod flood;
mod follow;
mod grep;
mod growth;
mod list;
mod load;
mod lost_lines;
mod mcp;
mod nushell;
mod pm2;
mod ready_wait;
mod rest;
mod search;
mod stalled_follower;
mod start;
mod tail;
mod ten_children;

use crate::Fallible;
use crate::bench::Bench;
use crate::row::Row;

/// Rows that are measured together.
pub(crate) struct Group {
    pub(crate) rows: &'static [u8],
    pub(crate) name: &'static str,
    pub(crate) measure: fn(&Bench) -> Fallible<Vec<Row>>,
}

/// All groups.
pub(crate) const ALL: [Group; 22] = [
    Group { rows: &[1, 3], name: "throughput of 64 KiB writes", measure: flood::blocks },
    Group { rows: &[2, 3], name: "throughput of one write per line", measure: flood::lines },
    Group { rows: &[4], name: "lost lines", measure: lost_lines::measure },
    Group { rows: &[5], name: "throughput of ten children", measure: ten_children::measure },
    Group { rows: &[6], name: "latency of a follower", measure: follow::measure },
    Group { rows: &[7], name: "latency of a start", measure: start::start },
    Group { rows: &[8, 14], name: "list and idle processes", measure: list::measure },
    Group { rows: &[9], name: "--version", measure: start::version },
    Group { rows: &[10], name: "latency of a wait for the exit", measure: exit_wait::measure },
    Group { rows: &[11], name: "the last 100 lines", measure: tail::measure },
    Group { rows: &[12], name: "search by regular expression", measure: search::measure },
    Group { rows: &[13], name: "REST requests", measure: rest::measure },
    Group { rows: &[13], name: "MCP requests", measure: mcp::measure },
    Group { rows: &[15], name: "a stalled follower", measure: stalled_follower::measure },
    Group { rows: &[16], name: "latency of a wait for a port", measure: ready_wait::measure },
    Group { rows: &[18], name: "many processes and followers", measure: load::measure },
    Group { rows: &[17], name: "pm2", measure: pm2::measure },
    Group { rows: &[19], name: "the Nushell plugin", measure: nushell::measure },
    Group { rows: &[20], name: "lists with facts", measure: facts::measure },
    Group { rows: &[21, 22], name: "output with a pattern", measure: grep::measure },
    Group { rows: &[23], name: "commands that do little", measure: commands::start_up },
    Group { rows: &[24], name: "a list that is watched", measure: commands::watch },
];

/// Groups that are only measured with `--growth`.
pub(crate) const GROWTH: [Group; 3] = [
    Group { rows: &[25], name: "more running processes", measure: growth::processes },
    Group { rows: &[26], name: "more processes on record", measure: growth::records },
    Group { rows: &[27], name: "more output", measure: growth::output },
];
