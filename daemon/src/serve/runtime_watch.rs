//! [`RuntimeWatch`]: what happens to the files of the runtime directory, as the kernel reports it. Cleaners
//! of temporary files delete sockets, or the whole directory, while their owners are alive.
//!
//! A daemon has one inotify instance, since the kernel allows 128 of a user; shims have none. Platforms
//! without inotify report nothing.

use std::future::pending;
use std::io;

use persistproc_api::data_dirs::DataDirs;
#[cfg(target_os = "linux")]
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};

#[cfg(target_os = "linux")]
use crate::platform::readable::{Readable, readable};

/// A change in the runtime directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RuntimeChange {
    /// A file of this name was created.
    Appeared(String),
    /// A file of this name was deleted or moved away.
    Gone(String),
    /// The directory itself is gone, or changes were missed.
    DirectoryGone,
}

/// A watch of the runtime directory and the directory above it. On platforms without inotify it reports
/// nothing.
pub(super) struct RuntimeWatch {
    #[cfg(target_os = "linux")]
    instance: Readable,
    #[cfg(target_os = "linux")]
    directory: i32,
    /// The name of the directory in the one above.
    #[cfg(target_os = "linux")]
    name: String,
}

#[cfg(target_os = "linux")]
impl RuntimeWatch {
    /// Watches the directory, which exists.
    pub(super) fn new(dirs: &DataDirs) -> io::Result<Self> {
        let instance = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let gone = WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF;
        let files = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVE;
        let directory = inotify::add_watch(&instance, dirs.runtime(), gone | files)?;
        if let Some(above) = dirs.runtime().parent() {
            let renamed = WatchFlags::DELETE | WatchFlags::MOVED_FROM;
            inotify::add_watch(&instance, above, gone | renamed)?;
        }
        let name = dirs.runtime().file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { instance: readable(instance)?, directory, name })
    }

    /// The next changes. Cancellation-safe.
    pub(super) async fn next(&mut self) -> io::Result<Vec<RuntimeChange>> {
        loop {
            let mut ready = self.instance.readable().await?;
            let changes = self.read();
            ready.clear_ready();
            let changes = changes?;
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
    }

    /// Reads all events that are waiting.
    fn read(&self) -> io::Result<Vec<RuntimeChange>> {
        let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(self.instance.get_ref(), &mut buffer);
        let mut changes = Vec::new();
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(changes),
                Err(error) => return Err(error.into()),
            };
            let name = event.file_name().map(|name| name.to_string_lossy().into_owned());
            let is_here = event.wd() == self.directory;
            changes.extend(self.change(event.events(), is_here, name));
        }
    }

    /// What an event means.
    fn change(
        &self,
        flags: ReadFlags,
        is_here: bool,
        name: Option<String>,
    ) -> Option<RuntimeChange> {
        let is_any = |wanted: ReadFlags| flags.intersects(wanted);
        let gone = ReadFlags::DELETE | ReadFlags::MOVED_FROM;
        match name {
            _ if is_any(ReadFlags::QUEUE_OVERFLOW) => Some(RuntimeChange::DirectoryGone),
            None => is_any(ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF)
                .then_some(RuntimeChange::DirectoryGone),
            Some(name) if !is_here => {
                (name == self.name && is_any(gone)).then_some(RuntimeChange::DirectoryGone)
            }
            Some(name) if is_any(gone) => Some(RuntimeChange::Gone(name)),
            Some(name) => is_any(ReadFlags::CREATE | ReadFlags::MOVED_TO)
                .then_some(RuntimeChange::Appeared(name)),
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl RuntimeWatch {
    pub(super) fn new(_: &DataDirs) -> io::Result<Self> {
        Ok(Self {})
    }

    pub(super) async fn next(&mut self) -> io::Result<Vec<RuntimeChange>> {
        pending().await
    }
}

/// The changes of a watch; stays pending without one.
pub(super) async fn next_changes(
    watch: &mut Option<RuntimeWatch>,
) -> io::Result<Vec<RuntimeChange>> {
    match watch {
        Some(watch) => watch.next().await,
        None => pending().await,
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[tokio::test]
    async fn files_and_the_directory_itself_are_watched() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("r").into_os_string();
        let dirs = DataDirs::resolve_with(Some(folder.path()), &|name| {
            (name == "PERSISTPROC_RUNTIME_DIR").then(|| base.clone())
        })
        .unwrap();
        dirs.prepare().unwrap();
        let mut watch = RuntimeWatch::new(&dirs).unwrap();
        let write = |path: &Path| fs::write(path, "").unwrap();
        write(&dirs.socket());
        fs::remove_file(dirs.socket()).unwrap();
        fs::create_dir(dirs.runtime().parent().unwrap().join("other")).unwrap();
        let name = "daemon.sock".to_owned();
        assert_eq!(
            watch.next().await.unwrap(),
            [RuntimeChange::Appeared(name.clone()), RuntimeChange::Gone(name)]
        );
        fs::rename(dirs.runtime(), folder.path().join("moved")).unwrap();
        assert!(watch.next().await.unwrap().contains(&RuntimeChange::DirectoryGone));
    }
}
