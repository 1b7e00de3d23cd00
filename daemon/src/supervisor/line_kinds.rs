//! Kinds of lines: what makes two lines of output the same message, and what a line says about errors,
//! rebuilds and places in source files. Pure functions of one line.
//!
//! | module | what it holds |
//! |---|---|
//! | [`kind`] | the kind of a line, as a hash |
//! | [`known`] | the kinds that a process has printed |
//! | [`error_lines`] | lines that report errors |
//! | [`rebuilds`] | lines that report a rebuild without errors |
//! | [`place`] | the file and line that a line names |

pub(crate) mod error_lines;
pub(crate) mod kind;
pub(crate) mod known;
pub(crate) mod place;
pub(crate) mod rebuilds;
