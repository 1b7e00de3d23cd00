//! A disk that is really full: the child runs on, the log says how much is missing, and what
//! comes when there is room again is all there.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{World, until};

/// Writes exactly as many bytes as it is told to, and leaves a file for each time it did.
const WRITES: &str = "while read much; do [ $much = quit ] && exit 3; \
                      head -c $much /dev/zero | tr '\\0' x; n=$((n + 1)); touch done-$n; done";

/// A page of the file system: a file that ends with one has no room left.
const PAGE: u64 = 4096;

/// A file system of 2 MiB in place of a folder.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn at(folder: PathBuf) -> Self {
        fs::create_dir(&folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs"]).arg(&folder);
        let mounted = mount.status().expect("the tests need `mount`: apt-get install mount");
        assert!(
            mounted.success(),
            "this test mounts a small file system: run it as root with CAP_SYS_ADMIN (docker: \
             --cap-add SYS_ADMIN), or as a user who may call `unshare --user --mount`"
        );
        Self(folder)
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut file = File::create(self.0.join("filling")).unwrap();
        while file.write_all(&[0; PAGE as usize]).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("filling")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What still uses it keeps it until it ends.
        let unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(std::thread::panicking() || unmounted.is_ok_and(|status| status.success()));
    }
}

/// Whoever is not root is root in a world of its own. Whether this is left to be done here.
fn is_root(test: &str) -> bool {
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

/// Has the child write so much, and returns when it has.
fn write(world: &World, much: u64, time: u32) {
    world.pp(["send", "it", &much.to_string()]).ok();
    until("the child to have written", || {
        let there = world.work().join(format!("done-{time}")).exists();
        if there { Ok(()) } else { Err("it is at it".into()) }
    });
}

fn size(log: &Path) -> u64 {
    fs::metadata(log).unwrap().len()
}

#[test]
fn the_child_runs_on_and_the_gap_is_told() {
    if !is_root("full_disk::the_child_runs_on_and_the_gap_is_told") {
        return;
    }
    let world = World::new();
    let disk = SmallDisk::at(world.folder("data"));
    world.pp(["start", "--label", "it", "sh", "-c", WRITES]).ok();
    let log = PathBuf::from(world.process("it")["log_combined"].as_str().unwrap());
    let until_size = |wanted: u64| {
        until("the log to be written", || match size(&log) {
            size if size == wanted => Ok(()),
            size => Err(format!("{size} bytes")),
        });
    };

    write(&world, PAGE, 1);
    until_size(PAGE);
    disk.fill();
    write(&world, 500_000, 2);
    disk.make_room();
    let told = "[persistproc: 500000 bytes of output are missing here, the disk was full]";
    let marker = told.len() as u64 + 2;
    write(&world, 2 * PAGE - marker, 3);
    until_size(3 * PAGE);
    let page = world.pp(["output", "it"]).ok().out();
    let lines: Vec<_> = page.lines().map(|line| line.trim_matches('x')).collect();
    assert_eq!(lines, ["", told, ""]);
    for name in ["stdout.log", "combined.log"] {
        let bytes = fs::read(log.with_file_name(name)).unwrap();
        let stored = bytes.iter().filter(|byte| **byte == b'x').count() as u64;
        assert_eq!(stored, PAGE + 2 * PAGE - marker, "{name}");
    }
    assert_eq!(world.process("it")["status"], "running");

    // What is missing at the very end is told by everyone who knows the process.
    disk.fill();
    write(&world, 300_000, 4);
    world.pp(["send", "it", "quit"]).ok();
    world.until_status("it", "exited");
    let process = world.process("it");
    assert_eq!((&process["exit_code"], &process["lost_bytes"]), (&3.into(), &300_000.into()));
    let list = world.pp(["list", "--long"]).ok().out();
    assert!(list.contains("293 KiB lost to a full disk"), "{list}");
    let page = world.pp(["--format", "json", "output", "it"]).ok().json();
    let note = page["note"].as_str().unwrap();
    assert!(note.contains("300000 bytes at the end of run 1 found no room on the disk."), "{note}");

    // With room again the same process runs again.
    disk.make_room();
    world.pp(["restart", "it"]).ok();
    assert!(world.process("it").get("lost_bytes").is_none());
    world.persistproc(["shutdown"]).ok();
}
