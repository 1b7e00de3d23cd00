//! `Control`: a connection to a tmux server in control mode. A command costs a write and a read
//! instead of a process.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(super) struct Control {
    client: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Control {
    /// Attaches with this command, which is `tmux -C attach`.
    pub(super) fn attach(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut client = command.spawn().expect("the tests need tmux: run tests/run");
        let input = client.stdin.take().unwrap();
        let output = BufReader::new(client.stdout.take().unwrap());
        Self { client, input, output }
    }

    /// Runs a tmux command; returns what it prints, or its error.
    pub(super) fn run(&mut self, words: &[&str]) -> Result<String, String> {
        let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let line = quoted.join(" ") + "\n";
        self.input.write_all(line.as_bytes()).map_err(|error| error.to_string())?;
        let mut printed: Option<String> = None;
        loop {
            let line = self.read_line()?;
            match &mut printed {
                // The last flag is 1 for commands of this client.
                None if line.starts_with("%begin ") && line.ends_with(" 1") => {
                    printed = Some(String::new());
                }
                None => {}
                Some(text) if line.starts_with("%end ") && line.ends_with(" 1") => {
                    return Ok(std::mem::take(text));
                }
                Some(text) if line.starts_with("%error ") && line.ends_with(" 1") => {
                    return Err(format!("tmux {words:?}: {text}"));
                }
                Some(text) => {
                    text.push_str(&line);
                    text.push('\n');
                }
            }
        }
    }

    fn read_line(&mut self) -> Result<String, String> {
        let mut line = Vec::new();
        let read = self.output.read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
        if read == 0 {
            return Err("the tmux server has exited".to_owned());
        }
        line.pop();
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // Both fail if the server has exited before.
        self.run(&["kill-server"]).ok();
        self.client.kill().ok();
        self.client.wait().ok();
    }
}

/// A word in the syntax of tmux's command parser, on one line.
fn quoted(word: &str) -> String {
    let escaped = word.chars().map(|c| match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '"' | '\\' | '$' => format!("\\{c}"),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
