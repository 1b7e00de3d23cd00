//! [`OpenPorts`]: the ports of one process's tree. The owners of sockets are looked up only when
//! the machine's list of listening sockets has changed, because that look-up is expensive.

use crate::platform::sockets::{self, ListeningSocket};
use crate::supervisor::runs::view::ProcessView;

/// The ports of a tree, as of the last update.
#[derive(Default)]
pub(super) struct OpenPorts {
    pub(super) open: Vec<u16>,
    /// The listening sockets of the machine at that time.
    listening: Option<Vec<ListeningSocket>>,
}

impl OpenPorts {
    pub(super) fn update(&mut self, view: &ProcessView) {
        let mut listening = sockets::listening();
        listening.sort_unstable();
        if self.listening.as_ref() == Some(&listening) {
            return;
        }
        self.open = sockets::ports_of(&view.live_tree(), &listening);
        self.listening = Some(listening);
    }
}
