//! `pp`: replaces itself with the `persistproc` installed beside it. The first word of the command
//! line stays `pp`, from which `persistproc` knows its short name.
//!
//! It has no Rust runtime, which would ignore SIGPIPE and open closed descriptors: `persistproc` gets
//! everything as `pp` got it, and takes note of it.
#![no_main]
#![expect(unsafe_code, reason = "without the runtime, `main` is a C function")]

use std::env;
use std::ffi::{CString, c_char, c_int};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The exit code of a failure of `pp` itself.
const FAILURE: c_int = 1;

/// Executes `persistproc` with the same words, environment, signals and descriptors.
#[unsafe(no_mangle)]
pub extern "C" fn main(_count: c_int, words: *const *const c_char) -> c_int {
    let program = match env::current_exe() {
        Ok(own) => own.with_file_name("persistproc"),
        Err(error) => {
            return fail(&format!(
                "Error: The path of pp is unknown: {error}.\nRun `persistproc` instead."
            ));
        }
    };
    let error = execute(&program, words);
    fail(&format!(
        "Error: {} could not be executed: {error}.\nInstall `pp` and `persistproc` in the same \
         directory.",
        program.display()
    ))
}

/// Returns only when the program could not be executed.
fn execute(program: &Path, words: *const *const c_char) -> io::Error {
    match CString::new(program.as_os_str().as_bytes()) {
        Ok(path) => {
            // SAFETY: `words` is the list of strings that the kernel passed to this program, which
            // ends with a null pointer.
            unsafe { libc::execv(path.as_ptr(), words) };
            io::Error::last_os_error()
        }
        Err(error) => error.into(),
    }
}

fn fail(message: &str) -> c_int {
    // Fails if standard error is closed; the exit code still says it.
    writeln!(io::stderr(), "{message}").ok();
    FAILURE
}
