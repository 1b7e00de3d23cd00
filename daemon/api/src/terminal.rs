//! What programs write to a terminal besides text: modes that they set and questions that the
//! terminal answers. The shim and its viewers scan the same bytes with the same [`OutputScanner`].

mod modes;
mod scanner;

pub use modes::TerminalModes;
pub use scanner::{OutputScanner, TerminalQuestion};
