//! [`Program`]: an executable with its arguments and its environment, prepared before the fork and
//! executed in the child. [`find`] looks it up as a shell does.

use std::ffi::{CString, OsStr, OsString, c_char};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use persistproc_api::environment::Environment;
use persistproc_api::launch::Launch;
use persistproc_api::{ErrorCode, Problem};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// Where programs are looked up if the child's environment has no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The shell that runs scripts without `#!`, as the C library's `execvp` does.
const SHELL: &std::ffi::CStr = c"/bin/sh";

/// As many bytes as shells look at to tell a script from a binary.
const INSPECTED_BYTES: usize = 80;

/// A program to execute.
pub(super) struct Program {
    path: CString,
    arguments: StringList,
    /// The arguments of the shell, if the file turns out to be a script without `#!`.
    shell_arguments: StringList,
    environment: StringList,
}

impl Program {
    /// The program at `path`, with all words of its command and the variables of the child.
    pub(super) fn new(
        path: &Path,
        words: &[OsString],
        environment: &Environment,
    ) -> io::Result<Self> {
        let words = words.iter().map(|word| CString::new(word.as_bytes()));
        let words = words.collect::<Result<Vec<_>, _>>()?;
        let path = CString::new(path.as_os_str().as_bytes())?;
        let variables = environment.to_entries().into_iter().map(CString::new);
        let mut shell_words = vec![SHELL.to_owned(), path.clone()];
        shell_words.extend(words.iter().skip(1).cloned());
        Ok(Self {
            path,
            arguments: StringList::new(words),
            shell_arguments: StringList::new(shell_words),
            environment: StringList::new(variables.collect::<Result<Vec<_>, _>>()?),
        })
    }

    /// Replaces this process, the forked child. Returns only on an error. Async-signal-safe.
    pub(super) fn execute(&self) -> io::Error {
        let error = execve(&self.path, &self.arguments, &self.environment);
        if error.raw_os_error() != Some(Errno::NOEXEC.raw_os_error()) || !self.is_script() {
            return error;
        }
        execve(SHELL, &self.shell_arguments, &self.environment);
        error
    }

    /// Whether the first line of the file is text. Async-signal-safe.
    fn is_script(&self) -> bool {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let Ok(file) = rustix::fs::open(&*self.path, flags, Mode::empty()) else { return true };
        let mut buffer = [0; INSPECTED_BYTES];
        let length = rustix::io::read(file, &mut buffer).unwrap_or(0);
        let read = &buffer[..length];
        let line = read.iter().position(|byte| *byte == b'\n').map_or(read, |end| &read[..end]);
        !line.contains(&0)
    }
}

/// Strings, and the list of pointers to them that `execve` takes.
struct StringList {
    // Held for the pointers, which lead into their buffers on the heap.
    _strings: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl StringList {
    fn new(strings: Vec<CString>) -> Self {
        let pointers = strings.iter().map(|string| string.as_ptr());
        let pointers = pointers.chain([std::ptr::null()]).collect();
        Self { _strings: strings, pointers }
    }
}

#[expect(unsafe_code, reason = "raw pointers are not `Send`, although these own what they lead to")]
mod shared {
    use super::StringList;

    // SAFETY: the strings are never changed, and live as long as the pointers.
    unsafe impl Send for StringList {}
    // SAFETY: as above.
    unsafe impl Sync for StringList {}
}

#[expect(unsafe_code, reason = "the standard library cannot pass entries without `=`")]
fn execve(path: &std::ffi::CStr, arguments: &StringList, environment: &StringList) -> io::Error {
    // SAFETY: all three are strings and lists that end with NUL and a null pointer.
    unsafe {
        libc::execve(path.as_ptr(), arguments.pointers.as_ptr(), environment.pointers.as_ptr());
    }
    io::Error::last_os_error()
}

/// The program that a shell would run: looked up in the child's directory and on its PATH.
pub(super) fn find(word: &OsStr, directory: &Path, launch: &Launch) -> Result<PathBuf, Problem> {
    if word.as_bytes().contains(&b'/') {
        return Ok(directory.join(word));
    }
    let path = launch.environment.get("PATH").unwrap_or(OsStr::new(DEFAULT_PATH));
    std::env::split_paths(path)
        .map(|folder| directory.join(folder).join(word))
        .find(|candidate| is_executable(candidate))
        .ok_or_else(|| {
            let path = path.to_string_lossy();
            let hint = format!("It is not on the PATH of this process: {path}");
            not_found(word, hint)
        })
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// The problem of a program that does not exist.
pub(super) fn not_found(word: &OsStr, hint: String) -> Problem {
    let word = word.to_string_lossy();
    Problem::new(ErrorCode::CommandNotFound, format!("Command not found: `{word}`.")).hint(hint)
}
