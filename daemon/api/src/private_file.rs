//! Files of this user alone: [`open`] and [`read`] for reading, [`append`] and [`lock_file`] for writing. A
//! FIFO blocks its reader, a device has no end, and a symbolic link may lead to either, or to a file of
//! another user; so only a regular file of this user is opened.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// The flags for files that another program may have replaced: a symbolic link is not followed, and
/// the open does not wait for the other end of a FIFO.
pub const SAFE_FLAGS: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits() as i32;

/// The largest file that is read for a token or a PID, in bytes.
pub const MAX_SHORT_FILE_BYTES: u64 = 4096;

/// Opens a regular file of this user for reading.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(OpenOptions::new().read(true), path)
}

/// Opens a file for appending; creates it if it does not exist. Others lose their rights to it.
pub fn append(path: &Path) -> io::Result<File> {
    make_private(open_with(OpenOptions::new().append(true).create(true), path)?)
}

/// Opens a file that is locked by `flock`, for reading and writing; creates it if it does not exist.
/// Others lose their rights to it.
pub fn lock_file(path: &Path) -> io::Result<File> {
    make_private(open_with(OpenOptions::new().read(true).write(true).create(true), path)?)
}

fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let opened = options.mode(0o600).custom_flags(SAFE_FLAGS).open(path);
    let file = opened.map_err(|error| match rustix::io::Errno::from_io_error(&error) {
        // What O_NOFOLLOW answers for a link, and an open for a socket.
        Some(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => no_regular_file(),
        _ => error,
    })?;
    check(&file)?;
    Ok(file)
}

fn make_private(file: File) -> io::Result<File> {
    if file.metadata()?.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Fails unless an open file is a regular file of this user.
pub fn check(file: &File) -> io::Result<()> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(no_regular_file());
    }
    if metadata.uid() != rustix::process::getuid().as_raw() {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    Ok(())
}

/// Reads a regular file of this user. One with more than `max_bytes` is an error, and is not read.
pub fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    read_open(&open(path)?, max_bytes)
}

/// [`read`], for a file that is open.
pub fn read_open(file: &File, max_bytes: u64) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    if length <= max_bytes {
        bytes.reserve_exact(length as usize);
        // The file may grow while it is read.
        file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    }
    if length > max_bytes || bytes.len() as u64 > max_bytes {
        let message = format!("it has more than {max_bytes} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

fn no_regular_file() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "it is not a regular file")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn only_a_regular_file_of_bounded_size_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let refusal = |name: &str| read(&at(name), 10).unwrap_err().to_string();

        fs::write(at("file"), "0123456789").unwrap();
        assert_eq!(read(&at("file"), 10).unwrap(), b"0123456789");
        fs::write(at("empty"), "").unwrap();
        assert_eq!(read(&at("empty"), 10).unwrap(), b"");

        fs::write(at("large"), "0123456789a").unwrap();
        assert_eq!(refusal("large"), "it has more than 10 bytes");
        File::create(at("sparse")).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(refusal("sparse"), "it has more than 10 bytes");

        symlink(at("file"), at("link")).unwrap();
        symlink("/dev/zero", at("zero")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        let fifo = Command::new("mkfifo").arg(at("fifo")).status().unwrap();
        assert!(fifo.success());
        let _listener = UnixListener::bind(at("socket")).unwrap();
        for name in ["link", "zero", "folder", "fifo", "socket"] {
            assert_eq!(refusal(name), "it is not a regular file", "{name}");
        }
        assert_eq!(read(&at("missing"), 10).unwrap_err().kind(), ErrorKind::NotFound);
        let proc_stat = read(Path::new("/proc/1/stat"), 1 << 20);
        if rustix::process::getuid().as_raw() != 0 {
            assert_eq!(proc_stat.unwrap_err().to_string(), "it belongs to another user");
        }
    }

    #[test]
    fn others_lose_their_rights_to_a_file_that_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("open"), "old ").unwrap();
        fs::set_permissions(at("open"), Permissions::from_mode(0o666)).unwrap();
        append(&at("open")).unwrap().write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(at("open")).unwrap(), "old new");
        assert_eq!(fs::metadata(at("open")).unwrap().mode() & 0o777, 0o600);
        symlink(at("open"), at("link")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        for name in ["link", "folder"] {
            assert!(append(&at(name)).is_err() && lock_file(&at(name)).is_err(), "{name}");
        }
    }
}
