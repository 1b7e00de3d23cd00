//! `PlainUser`: the user who plays the rows. When the tests run as root, it is a user without
//! privileges who exists only in a mount namespace with its own `/etc/passwd`; otherwise it is the
//! user who runs the tests.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The password of the plain user, `secret`: `openssl passwd -6 -salt persistproc secret`.
const PASSWORD_HASH: &str = "$6$persistproc$4LoAUVV/8GwWdz/Z5.fDY0Vx1nufh1PT0pmtgXpUNJNA1e4P9MW24UavbW30JN3rllIL8uW/KSeS5Q/gjW0Eu.";

const NAME: &str = "tester";

const ID: u32 = 64_321;

/// Mounts each file of the folder `$1` over the file of the same name in `/etc`, then executes the
/// other words.
const WITH_OWN_ACCOUNTS: &str = r#"
folder=$1
shift
for file in "$folder"/*; do
    mount --bind "$file" "/etc/${file##*/}" || exit 1
done
exec "$@"
"#;

pub(super) struct PlainUser {
    /// Whether commands have to become another user.
    is_other: bool,
    accounts: PathBuf,
}

impl PlainUser {
    /// Prepares the accounts in this folder.
    pub(super) fn new(accounts: PathBuf, home: &Path) -> Self {
        let user = Self { is_other: rustix::process::geteuid().is_root(), accounts };
        if user.is_other {
            user.write_accounts(home);
        }
        user
    }

    /// Whether it has a known password and may become root by `sudo`.
    pub(super) fn may_sudo(&self) -> bool {
        self.is_other
    }

    pub(super) fn name(&self) -> String {
        if self.is_other {
            return NAME.to_owned();
        }
        std::env::var("USER").unwrap_or_else(|_| NAME.to_owned())
    }

    /// Gives the user everything in this folder.
    pub(super) fn own(&self, path: &Path) {
        if !self.is_other {
            return;
        }
        chown(path, Some(ID), Some(ID)).unwrap();
        if path.is_dir() && !path.is_symlink() {
            for entry in fs::read_dir(path).unwrap() {
                self.own(&entry.unwrap().path());
            }
        }
    }

    /// A command by this user, with the accounts of the namespace that it creates.
    pub(super) fn first_command(&self, program: impl AsRef<OsStr>) -> Command {
        if !self.is_other {
            return Command::new(program);
        }
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "--"]);
        command.args(["sh", "-c", WITH_OWN_ACCOUNTS, "sh"]).arg(&self.accounts);
        become_user(&mut command);
        command.arg(program);
        command
    }

    /// A command by this user in the namespace of a process.
    pub(super) fn command_beside(&self, pid: u32, program: impl AsRef<OsStr>) -> Command {
        if !self.is_other {
            return Command::new(program);
        }
        let mut command = Command::new("nsenter");
        command.arg(format!("--mount=/proc/{pid}/ns/mnt")).arg("--");
        become_user(&mut command);
        command.arg(program);
        command
    }

    fn write_accounts(&self, home: &Path) {
        fs::create_dir(&self.accounts).unwrap();
        let home = home.display();
        let file = |name: &str, line: &str, mode: u32| {
            let original = Path::new("/etc").join(name);
            let Ok(text) = fs::read_to_string(&original) else { return };
            let path = self.accounts.join(name);
            fs::write(&path, format!("{text}{line}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        file("passwd", &format!("{NAME}:x:{ID}:{ID}::{home}:/bin/bash"), 0o644);
        file("group", &format!("{NAME}:x:{ID}:"), 0o644);
        file("shadow", &format!("{NAME}:{PASSWORD_HASH}:19000:0:99999:7:::"), 0o600);
        let may = "ALL=(ALL:ALL) ALL";
        let sudoers = format!("Defaults timestamp_timeout=0,lecture=never\n{NAME} {may}");
        file("sudoers", &sudoers, 0o440);
    }
}

fn become_user(command: &mut Command) {
    let id = ID.to_string();
    command.args(["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups", "--"]);
}
