//! A disk so small that it can be filled, and one that can only be read, for whoever may mount
//! them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A page of the file system: a file that ends with one has no room left.
pub(crate) const PAGE: u64 = 4096;

/// A small file system in place of a folder.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Of this size, as `mount` understands it.
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

    /// Takes all the room there is.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.0.join("filling")).unwrap();
        while file.write_all(&[0; PAGE as usize]).is_ok() {}
    }

    /// As it was before.
    pub(crate) fn free_space(&self) {
        // It may not have been filled.
        fs::remove_file(self.0.join("filling")).ok();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

/// A folder that nobody can write to, by way of its own name.
pub(crate) struct ReadOnly(PathBuf);

impl ReadOnly {
    /// Unless somebody has opened something there in this very moment.
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

/// What still uses it keeps it until it ends.
fn unmount(folder: &Path) {
    let unmounted = Command::new("umount").arg("-l").arg(folder).status();
    assert!(std::thread::panicking() || unmounted.is_ok_and(|status| status.success()));
}

/// Whoever is not root is root in a world of its own. Whether this is left to be done here.
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
