//! File systems for tests that run as root or in a user namespace: a tmpfs small enough to fill
//! up, and a read-only bind mount.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The page size of tmpfs, which allocates whole pages: when it is full, only a file that ends
/// inside a page can still grow.
pub(crate) const PAGE: u64 = 4096;

/// A small tmpfs, mounted on a folder.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Creates `folder` and mounts a tmpfs of `size` there, in the syntax of `mount -o size=`.
    pub(crate) fn at(folder: PathBuf, size: &str) -> Self {
        fs::create_dir(&folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size},mode=0700"), "tmpfs"]).arg(&folder);
        let mounted = mount.status().expect("the tests need `mount`: apt-get install mount");
        assert!(
            mounted.success(),
            "this test mounts a small file system: run it as root with CAP_SYS_ADMIN (docker: \
             --cap-add SYS_ADMIN), or as a user who may call `unshare --user --mount`"
        );
        Self(folder)
    }

    /// Writes a file that takes all free space.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.0.join("filling")).unwrap();
        while file.write_all(&[0; PAGE as usize]).is_ok() {}
    }

    /// Removes the file that [`SmallDisk::fill`] wrote.
    pub(crate) fn free_space(&self) {
        // Fails if `fill` was not called before.
        fs::remove_file(self.0.join("filling")).ok();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

/// A read-only bind mount of a folder over itself. The folder stays writable through other mounts.
pub(crate) struct ReadOnly(PathBuf);

impl ReadOnly {
    /// Returns `None` if the remount fails, as it does while a file there is open for writing.
    pub(crate) fn over(folder: PathBuf) -> Option<Self> {
        let name = folder.to_string_lossy().into_owned();
        assert!(Self::mount(&["--bind", &name, &name]), "mount --bind {name}");
        let over = Self(folder);
        Self::mount(&["-o", "remount,bind,ro", &name]).then_some(over)
    }

    fn mount(words: &[&str]) -> bool {
        let mounted = Command::new("mount").args(words).output();
        mounted.is_ok_and(|mounted| mounted.status.success())
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

/// Detaches the mount. Processes that use it keep it until they exit.
fn unmount(folder: &Path) {
    let unmounted = Command::new("umount").arg("-l").arg(folder).status();
    assert!(std::thread::panicking() || unmounted.is_ok_and(|status| status.success()));
}

/// Whether this process is root. If it is not, this runs `test` again as root of a user namespace,
/// asserts that it passes there and returns `false`: the caller returns at once.
pub(crate) fn is_root(test: &str) -> bool {
    if rustix::process::geteuid().is_root() {
        return true;
    }
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount"]).arg(std::env::current_exe().unwrap());
    let run = unshare.args(["--exact", test]).output();
    let run = run.expect("the tests need `unshare`: apt-get install util-linux");
    assert!(
        run.status.success(),
        "run this test as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1):\n{}{}",
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
    false
}
