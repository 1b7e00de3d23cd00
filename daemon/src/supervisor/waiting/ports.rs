//! The ports of one process's own tree, looked for as cheaply as possible: whose a socket is, is
//! asked only when the machine's list of listening sockets has changed.

use crate::platform::sockets::{self, ListeningSocket};
use crate::supervisor::facts::tree_of;
use crate::supervisor::runs::view::ProcessView;

/// What was seen last.
#[derive(Default)]
pub(super) struct OpenPorts {
    /// Open ports of the tree.
    pub open: Vec<u16>,
    seen: Option<Vec<ListeningSocket>>,
}

impl OpenPorts {
    /// Looks again.
    pub(super) fn look(&mut self, view: &ProcessView) {
        let mut now = sockets::listening();
        now.sort_unstable();
        if self.seen.as_ref() == Some(&now) {
            return;
        }
        self.open = sockets::ports_of(&tree_of(view), &now);
        self.seen = Some(now);
    }
}
