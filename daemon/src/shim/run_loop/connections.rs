//! The connections of a shim: accepting and greeting clients, and binding the socket again when its
//! file was deleted.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use persistproc_api::record::{self, RunRecord};
use persistproc_api::shim::{ShimMessage, SpareHandle};

use super::RunLoop;
use crate::shim::child_streams::ChildStreams;

impl RunLoop {
    pub(super) fn accept_clients(&mut self) {
        for key in self.clients.accept(&self.listener) {
            self.greet(key);
        }
    }

    pub(super) fn serve_clients(&mut self, writable: Vec<u64>, readable: Vec<u64>) {
        for key in writable {
            self.clients.flush(key);
        }
        for key in readable {
            for frame in self.clients.receive(key) {
                self.handle_frame(key, &frame);
            }
        }
        self.remove_viewers();
    }

    /// Sends a new client the state of the run, and the handles that another shim would need.
    pub(super) fn greet(&mut self, key: u64) {
        let mut handles = Vec::new();
        let mut fds = Vec::new();
        if self.child.is_some() {
            let stdin = self.stdin.spare_handle().map(|fd| (SpareHandle::Stdin, fd));
            let output = self.streams.iter().flat_map(ChildStreams::spare_handles);
            let buffer = self.read_buffer.fd().map(|fd| (SpareHandle::Held, fd));
            let child = self.child_pidfd.as_ref().map(|fd| (SpareHandle::Child, fd.as_fd()));
            for (handle, fd) in stdin.into_iter().chain(output).chain(buffer).chain(child) {
                // Without a duplicate this handle can't be taken over. The run goes on.
                if let Ok(duplicate) = fd.try_clone_to_owned() {
                    handles.push(handle);
                    fds.push(duplicate);
                }
            }
        }
        let state = ShimMessage::State { record: Box::new(self.record.clone()), handles };
        self.clients.send_with_fds(key, &state, fds);
    }

    /// Sends a client the process of the run.
    pub(super) fn describe(&mut self, key: u64) {
        self.clients.send(key, &ShimMessage::Process { process: self.process.clone() });
    }

    /// Binds the socket again if its file is gone, unless another shim has taken the place of this one.
    /// The clients that are connected stay so.
    pub(super) fn bind_again(&mut self) {
        let Some(path) = self.socket_path() else { return };
        if fs::symlink_metadata(&path).is_ok() || !self.is_current() {
            return;
        }
        let bound = UnixListener::bind(&path).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        match bound {
            Ok(listener) => {
                // Those that connected before the file was deleted.
                self.accept_clients();
                self.listener = listener;
            }
            Err(error) => eprintln!("cannot bind {} again: {error}", path.display()),
        }
    }

    pub(super) fn socket_path(&self) -> Option<PathBuf> {
        Some(self.listener.local_addr().ok()?.as_pathname()?.to_owned())
    }

    /// Whether `run.json` names this shim. If the file is gone it is written again: the next daemon
    /// finds the run by it.
    fn is_current(&self) -> bool {
        let path = self.folder.join(record::RUN_FILE);
        match record::read::<RunRecord>(&path) {
            Ok(found) => found.shim == self.record.shim,
            Err(error) if error.kind() == ErrorKind::NotFound => self.write_folder().is_ok(),
            // It names none.
            Err(_) => self.write_record(),
        }
    }

    fn write_folder(&self) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        record::write(&self.folder.join(record::RUN_FILE), &self.record)
    }
}
