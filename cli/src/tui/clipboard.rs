//! [`copy`]: puts a text on the clipboard, by way of the terminal: it works over SSH too.

use std::env;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::terminal::alternate_screen;

/// Copies a text. tmux gets it directly: it ignores the sequence, unless it is configured.
pub(super) fn copy(text: &str) -> io::Result<()> {
    if env::var_os("TMUX").is_some() && copy_in_tmux(text).is_ok() {
        return Ok(());
    }
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    alternate_screen::write(sequence.as_bytes())
}

/// Copies into a buffer of tmux and to the clipboard of its terminal (`-w`).
fn copy_in_tmux(text: &str) -> io::Result<()> {
    let mut tmux = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = tmux.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let status = tmux.wait()?;
    if status.success() { Ok(()) } else { Err(io::ErrorKind::Other.into()) }
}
