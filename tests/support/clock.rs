//! A clock that can be moved, for a test and everything it starts. The machine's own stays as it is:
//! the test goes on in a world whose loader puts ours before it.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;

/// Says that we are in such a world, and where the file is that says how far the clock is moved.
const MARK: &str = "PERSISTPROC_TEST_CLOCK";

/// `/etc` as it is, and a file in it that the loader reads for every program.
const ENTER: &str = "cp -a /etc/. \"$0\" 2>/dev/null; echo \"$1\" >\"$0/ld.so.preload\" && \
                     mount --bind \"$0\" /etc && shift && exec \"$@\"";

/// Whether this test may move the clock. If not, it was passed where it may, and is done.
pub(crate) fn is_movable(test: &str) -> bool {
    if env::var_os(MARK).is_some() {
        return true;
    }
    let folder = tempfile::Builder::new().prefix("pp-clock-").tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/clock.c");
    let (library, moved) = (at("clock.so"), at("moved"));
    fs::write(&moved, 0_i64.to_ne_bytes()).unwrap();
    fs::create_dir(at("etc")).unwrap();
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(source);
    cc.arg(format!("-DMOVED=\"{}\"", moved.display()));
    let built = cc.status().expect("the tests need `cc`: apt-get install gcc");
    assert!(built.success(), "{source} cannot be built");

    let mut unshare = Command::new("unshare");
    unshare.arg("--mount");
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["sh", "-c", ENTER]).arg(at("etc")).arg(&library);
    unshare.arg(env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    let passed = unshare.env(MARK, &moved).status();
    let passed = passed.expect("the tests need `unshare`: apt-get install util-linux");
    assert!(
        passed.success(),
        "see above; this test mounts: run it as root with CAP_SYS_ADMIN (docker: --cap-add \
         SYS_ADMIN), or as a user who may call `unshare --user --mount`"
    );
    false
}

/// Moves it so many seconds away from the machine's.
pub(crate) fn move_to(seconds: i64) {
    let moved = PathBuf::from(env::var_os(MARK).expect("is_ours was asked"));
    let file = File::options().write(true).open(moved).unwrap();
    file.write_all_at(&seconds.to_ne_bytes(), 0).unwrap();
}
