//! The alternate screen of the terminal: [`enter`] and [`leave`]. The text and the scrollback of the
//! terminal stay as they are meanwhile.

use std::io::{self, Write, stdout};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

/// Switches to the alternate screen and hides the cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[2J";

/// Shows the cursor and switches back.
const LEAVE: &[u8] = b"\x1b[?25h\x1b[?1049l";

/// Gives the mouse back to the terminal, and lets it paste as if the text was typed.
const RELEASE_INPUT: &[u8] = b"\x1b[?1006l\x1b[?1000l\x1b[?2004l";

static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// Switches to the alternate screen.
pub(crate) fn enter() -> io::Result<()> {
    IS_SHOWN.store(true, Ordering::Relaxed);
    write(ENTER)
}

/// Switches back, if it is shown.
pub(crate) fn leave() {
    if IS_SHOWN.swap(false, Ordering::Relaxed) {
        // Both fail if the terminal has hung up.
        write(RELEASE_INPUT).ok();
        write(LEAVE).ok();
    }
}

/// Makes a panic leave the alternate screen before its message is printed.
pub(crate) fn leave_on_panic() {
    let previous_hook = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        leave();
        previous_hook(panic);
    }));
}

/// Writes to the terminal on standard output.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}
