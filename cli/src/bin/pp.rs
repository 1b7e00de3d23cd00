//! `pp`: replaces itself with the `persistproc` installed beside it. The first word of the command
//! line stays `pp`, from which `persistproc` knows its short name.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut words = env::args_os();
    let name = words.next().unwrap_or_else(|| "pp".into());
    let program = match env::current_exe() {
        Ok(own) => own.with_file_name("persistproc"),
        Err(error) => {
            eprintln!("Error: The path of pp is unknown: {error}.\nRun `persistproc` instead.");
            return ExitCode::FAILURE;
        }
    };
    // Returns only when the program could not be executed.
    let error = Command::new(&program).arg0(name).args(words).exec();
    eprintln!(
        "Error: {} could not be executed: {error}.\nInstall `pp` and `persistproc` in the same directory.",
        program.display()
    );
    ExitCode::FAILURE
}
