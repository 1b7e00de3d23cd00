//! The rows of the table. What is measured together is one group in one file.

mod crowd;
mod end;
mod flood;
mod follow;
mod load;
mod loss;
mod many;
mod mcp;
mod nushell;
mod peers;
mod ready;
mod rest;
mod search;
mod stalled;
mod start;
mod tail;

use crate::Fallible;
use crate::bench::Bench;
use crate::row::Row;

/// Rows that are measured together.
pub(crate) struct Group {
    pub(crate) rows: &'static [u8],
    pub(crate) what: &'static str,
    pub(crate) measure: fn(&Bench) -> Fallible<Vec<Row>>,
}

/// Everything there is to measure.
pub(crate) const ALL: [Group; 18] = [
    Group { rows: &[1, 3], what: "a flood of 64 KiB writes", measure: flood::blocks },
    Group { rows: &[2, 3], what: "a flood of lines", measure: flood::lines },
    Group { rows: &[4], what: "floods that end at once", measure: loss::measure },
    Group { rows: &[5], what: "ten children at once", measure: many::measure },
    Group { rows: &[6], what: "write → follower", measure: follow::measure },
    Group { rows: &[7], what: "command → child", measure: start::start },
    Group { rows: &[8, 14], what: "list, and a crowd at rest", measure: crowd::measure },
    Group { rows: &[9], what: "--version", measure: start::version },
    Group { rows: &[10], what: "end → wait", measure: end::measure },
    Group { rows: &[11], what: "the last 100 lines", measure: tail::measure },
    Group { rows: &[12], what: "a regex over the log", measure: search::measure },
    Group { rows: &[13], what: "REST calls", measure: rest::measure },
    Group { rows: &[13], what: "MCP calls", measure: mcp::measure },
    Group { rows: &[15], what: "a follower that reads nothing", measure: stalled::measure },
    Group { rows: &[16], what: "port → answer", measure: ready::measure },
    Group { rows: &[18], what: "a machine in use", measure: load::measure },
    Group { rows: &[17], what: "a peer", measure: peers::measure },
    Group { rows: &[19], what: "Nushell", measure: nushell::measure },
];
