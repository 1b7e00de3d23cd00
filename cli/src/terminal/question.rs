//! [`confirm`]: a question with the answers yes and no.

use std::io::{self, IsTerminal, Write, stderr, stdin};

/// Whether a question can be asked: the answer is typed, and the question is seen.
pub(crate) fn can_ask() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks on standard error. Only `y` and `yes` are a yes.
pub(crate) fn confirm(question: &str) -> io::Result<bool> {
    let mut output = stderr().lock();
    write!(output, "{question} [y/N] ")?;
    output.flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    if !answer.ends_with('\n') {
        // Ctrl+D leaves the cursor behind the question.
        writeln!(output)?;
    }
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_is_the_default() {
        assert_eq!(["y\n", "Yes\n", " y \n"].map(is_yes), [true; 3]);
        assert_eq!(["", "\n", "n\n", "yeah\n", "no\n"].map(is_yes), [false; 5]);
    }
}
