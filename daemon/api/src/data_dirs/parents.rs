//! [`check_parents`]: whether another user can replace a directory because of what is above it. The
//! user who can write to a directory can rename what is in it, and put something else there.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// The mode bit that lets all users write.
pub(super) const OTHERS_WRITE: u32 = 0o002;

/// The mode bit that lets the group write.
const GROUP_WRITES: u32 = 0o020;

/// The mode bit that lets users delete only their own files.
const STICKY: u32 = 0o1000;

/// The user id that stands for the users who do not exist in this user namespace.
const OVERFLOW_UID: u32 = 65_534;

/// A directory, as far as it matters who can change it.
struct Folder {
    owner: u32,
    group: u32,
    mode: u32,
}

/// Who can be trusted with the directories above ours.
struct Trust {
    user: u32,
    /// The group that has no other member, if the user has one.
    private_group: Option<u32>,
    /// Whether [`OVERFLOW_UID`] stands for the owners of a host, and not for a user of its own.
    has_unmapped_users: bool,
}

/// Fails if a user other than root and this one could replace the directory, which may not exist yet.
/// The folders that contain symbolic links of the path count, and those that the links lead to.
pub(super) fn check_parents(path: &Path) -> io::Result<()> {
    let trust = Trust::of_this_process();
    // What does not exist is created by this user.
    let Some(nearest) = path.ancestors().skip(1).find(|above| above.exists()) else {
        return Ok(());
    };
    let canonical = fs::canonicalize(nearest)?;
    for above in nearest.ancestors().chain(canonical.ancestors()) {
        let found = fs::metadata(above)?;
        let mode = found.permissions().mode();
        let folder = Folder { owner: found.uid(), group: found.gid(), mode };
        if let Some(who) = trust.stranger_with_write_access(&folder) {
            let message = format!("{who} can replace the files in {}", above.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
    }
    Ok(())
}

impl Trust {
    fn of_this_process() -> Self {
        let user = rustix::process::getuid().as_raw();
        let group = rustix::process::getgid().as_raw();
        Self {
            user,
            private_group: is_private_group(group, user).then_some(group),
            has_unmapped_users: has_unmapped_users(),
        }
    }

    /// Who else can replace what is in a folder.
    fn stranger_with_write_access(&self, folder: &Folder) -> Option<&'static str> {
        let is_unmapped = folder.owner == OVERFLOW_UID && self.has_unmapped_users;
        if folder.owner != 0 && folder.owner != self.user && !is_unmapped {
            return Some("another user");
        }
        if folder.mode & STICKY != 0 {
            return None;
        }
        if folder.mode & OTHERS_WRITE != 0 {
            return Some("all users");
        }
        let trusts_group = folder.group == 0 || Some(folder.group) == self.private_group;
        (folder.mode & GROUP_WRITES != 0 && !trusts_group).then_some("the users of its group")
    }
}

/// Whether the group has no member but this user. Many systems give each user such a group and let it
/// write to the home directory.
fn is_private_group(group: u32, user: u32) -> bool {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    has_no_other_member(&read("/etc/passwd"), &read("/etc/group"), group, user)
}

/// [`is_private_group`] by the content of `/etc/passwd` and `/etc/group`. A group that is in neither
/// file may have members elsewhere.
fn has_no_other_member(passwd: &str, groups: &str, group: u32, user: u32) -> bool {
    let number = |field: Option<&str>| field?.parse::<u32>().ok();
    let mut name = None;
    for line in passwd.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        if number(fields.get(2).copied()) == Some(user) {
            name = fields.first().copied();
        } else if number(fields.get(3).copied()) == Some(group) {
            return false;
        }
    }
    let entry = groups
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| number(fields.get(2).copied()) == Some(group));
    let (Some(name), Some(entry)) = (name, entry) else { return false };
    let mut members = entry.get(3).copied().unwrap_or_default().split(',');
    members.all(|member| member.is_empty() || member == name)
}

/// Whether this user namespace lacks some users of the machine.
fn has_unmapped_users() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    !map.is_empty() && !maps_all_users(&map)
}

/// Whether a line such as `0 0 4294967295` maps each user to itself.
fn maps_all_users(map: &str) -> bool {
    map.lines().any(|line| line.split_whitespace().eq(["0", "0", "4294967295"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_replace_what_is_in_a_folder() {
        let trust = |private_group, has_unmapped_users| Trust {
            user: 1000,
            private_group,
            has_unmapped_users,
        };
        let plain = trust(None, false);
        let stranger = |trust: &Trust, owner, group, mode| {
            trust.stranger_with_write_access(&Folder { owner, group, mode })
        };
        for (owner, group, mode) in
            [(0, 0, 0o755), (1000, 50, 0o755), (0, 0, 0o775), (0, 50, 0o1777), (1000, 50, 0o1770)]
        {
            assert_eq!(stranger(&plain, owner, group, mode), None, "{owner} {mode:o}");
        }
        assert_eq!(stranger(&plain, 1001, 50, 0o700), Some("another user"));
        assert_eq!(stranger(&plain, 1001, 50, 0o1777), Some("another user"));
        assert_eq!(stranger(&plain, 1000, 50, 0o777), Some("all users"));
        assert_eq!(stranger(&plain, 1000, 50, 0o775), Some("the users of its group"));
        assert_eq!(stranger(&trust(Some(50), false), 1000, 50, 0o775), None);
        assert_eq!(stranger(&plain, OVERFLOW_UID, 50, 0o755), Some("another user"));
        assert_eq!(stranger(&trust(None, true), OVERFLOW_UID, 50, 0o755), None);
    }

    #[test]
    fn a_private_group_has_one_member() {
        let passwd = "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n\
                      bob:x:1001:100::/home/bob:/bin/sh\neve:x:1002:1003::/home/eve:/bin/sh\n";
        let groups = "ann:x:1000:\nusers:x:100:\nshared:x:1003:ann\nown:x:1004:ann,\n";
        let is_private = |group| has_no_other_member(passwd, groups, group, 1000);
        assert!(is_private(1000) && is_private(1004));
        assert!(!is_private(100), "the group of another user");
        assert!(!is_private(1003) && !is_private(1005), "of another user; unknown");
        assert!(!has_no_other_member(passwd, groups, 1004, 1001), "ann is a member");
        assert!(!has_no_other_member(passwd, groups, 1000, 77), "an unknown user");
    }

    #[test]
    fn a_namespace_with_one_user_lacks_the_others() {
        assert!(maps_all_users("         0          0 4294967295\n"));
        assert!(!maps_all_users("      1000       1000          1\n"));
    }
}
