//! A movable wall clock for a test and every process it starts. The machine's clock is untouched:
//! the test binary runs again in a mount namespace where `/etc/ld.so.preload` loads `clock.c`.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// Set inside that namespace, to the path of the file that holds the clock's offset in seconds.
const OFFSET_FILE: &str = "PERSISTPROC_TEST_CLOCK";

/// Mounts a copy of `/etc` with an `ld.so.preload`, which the dynamic loader reads for every
/// program, then runs the given command.
const ENTER_NAMESPACE: &str = "cp -a /etc/. \"$0\" 2>/dev/null; echo \"$1\" >\"$0/ld.so.preload\" && \
                     mount --bind \"$0\" /etc && shift && exec \"$@\"";

/// Whether this process can move the clock. If it cannot, this runs `test` again in a namespace
/// where it can, asserts that it passes there and returns `false`: the caller returns at once.
pub(crate) fn is_movable(test: &str) -> bool {
    if env::var_os(OFFSET_FILE).is_some() {
        return true;
    }
    let folder = tempfile::Builder::new().prefix("pp-clock-").tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/clock.c");
    let library = at("clock.so");
    let offset = at("offset");
    fs::write(&offset, 0_i64.to_ne_bytes()).unwrap();
    fs::create_dir(at("etc")).unwrap();
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(source);
    cc.arg(format!("-DOFFSET_FILE=\"{}\"", offset.display()));
    let built = cc.status().expect("the tests need `cc`: apt-get install gcc");
    assert!(built.success(), "cannot compile {source}");

    let mut unshare = Command::new("unshare");
    unshare.arg("--mount");
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["sh", "-c", ENTER_NAMESPACE]).arg(at("etc")).arg(&library);
    unshare.arg(env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    let passed = unshare.env(OFFSET_FILE, &offset).status();
    let passed = passed.expect("the tests need `unshare`: apt-get install util-linux");
    assert!(
        passed.success(),
        "the test failed in its mount namespace, see above. It needs to mount: run it as root with \
         CAP_SYS_ADMIN (docker: --cap-add SYS_ADMIN), or as a user who may call `unshare --user \
         --mount`"
    );
    false
}

/// How often this test has moved the clock.
static MOVES: AtomicU64 = AtomicU64::new(0);

/// How often this test has moved the clock.
pub(crate) fn moves() -> u64 {
    MOVES.load(Ordering::SeqCst)
}

/// Sets the clock's offset from the machine's, in seconds.
pub(crate) fn move_to(seconds: i64) {
    MOVES.fetch_add(1, Ordering::SeqCst);
    let offset = env::var_os(OFFSET_FILE).expect("`is_movable` returned true");
    let file = File::options().write(true).open(PathBuf::from(offset)).unwrap();
    file.write_all_at(&seconds.to_ne_bytes(), 0).unwrap();
}
