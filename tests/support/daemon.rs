//! Queries about the daemon of a [`World`]: through REST, through `pp list`, and through the
//! kernel's process table.

use std::path::PathBuf;

use serde_json::Value;

use super::http::Http;
use super::procs::{Proc, Signal, alive, kill};
use super::wait::until;
use super::world::World;

impl World {
    /// A REST client on the daemon's Unix socket; starts the daemon if it does not run.
    #[track_caller]
    pub(crate) fn rest(&self) -> Http {
        self.pp(["list"]).ok();
        self.unix()
    }

    /// A REST client on the daemon's Unix socket. The daemon may not be running.
    #[track_caller]
    pub(crate) fn unix(&self) -> Http {
        let folder =
            until("a runtime directory", || self.sockets().ok_or("it does not exist".into()));
        Http::unix(folder.join("daemon.sock"), self.normalizer())
    }

    /// A REST client on the daemon's TCP listener.
    pub(crate) fn tcp(&self) -> Http {
        Http::tcp("127.0.0.1", self.port, self.normalizer())
    }

    /// All processes as JSON.
    #[track_caller]
    pub(crate) fn list(&self) -> Vec<Value> {
        let mut answer = self.pp(["--format", "json", "list"]).ok().json();
        serde_json::from_value(answer["processes"].take()).unwrap()
    }

    /// The process with the label `part`, else the only one whose JSON contains `part`.
    #[track_caller]
    pub(crate) fn process(&self, part: &str) -> Value {
        let all = self.list();
        if let Some(labelled) = all.iter().find(|found| found["label"] == part) {
            return labelled.clone();
        }
        let hits: Vec<_> = all.iter().filter(|found| found.to_string().contains(part)).collect();
        let [hit] = hits[..] else { panic!("{part} matches {} of {all:#?}", hits.len()) };
        hit.clone()
    }

    /// Waits until the process has this status and returns it.
    #[track_caller]
    pub(crate) fn until_status(&self, part: &str, status: &str) -> Value {
        until(&format!("{part} to be {status}"), || {
            let found = self.process(part);
            if found["status"] == status { Ok(found) } else { Err(format!("{found:#}")) }
        })
    }

    /// Waits until a process with this label is running.
    #[track_caller]
    pub(crate) fn until_running(&self, label: &str) {
        until(&format!("{label} to run"), || {
            let all = self.list();
            let is_it = |found: &&Value| found["label"] == label && found["status"] == "running";
            if all.iter().any(|found| is_it(&found)) { Ok(()) } else { Err(format!("{all:#?}")) }
        });
    }

    /// The folder that holds the run folders of a process.
    pub(crate) fn runs_folder(&self, process: &Value) -> PathBuf {
        let id = process["id"].as_str().expect("a process has an id");
        self.folder("data").join("processes").join(id).join("runs")
    }

    /// The pid of the shim of a process's current run, as recorded in `run.json`. The shim may be
    /// dead.
    #[track_caller]
    pub(crate) fn shim_pid(&self, process: &Value) -> u32 {
        let run = self.runs_folder(process).join(process["run"].to_string()).join("run.json");
        let record: Value = serde_json::from_slice(&std::fs::read(run).unwrap()).unwrap();
        pid(&record["shim"])
    }

    /// The processes of this world other than `persistproc` and `pp`.
    pub(crate) fn children(&self) -> Vec<Proc> {
        self.processes().into_iter().filter(|found| !found.is_persistproc()).collect()
    }

    /// The running daemons. More than one is a bug.
    pub(crate) fn daemons(&self) -> Vec<Proc> {
        let serves = |found: &Proc| found.is_persistproc() && found.has_argument("serve");
        self.processes().into_iter().filter(serves).collect()
    }

    /// Kills the daemon with SIGKILL and waits until it is gone.
    #[track_caller]
    pub(crate) fn kill_daemon(&self) {
        let daemon = self.daemons()[0].pid;
        kill(daemon, Signal::KILL);
        until("the daemon to be gone", || {
            if alive(daemon) { Err(format!("{daemon} runs")) } else { Ok(()) }
        });
    }
}

/// The `pid` field of a process's JSON.
#[track_caller]
pub(crate) fn pid(process: &Value) -> u32 {
    process["pid"].as_u64().unwrap_or_else(|| panic!("no pid in {process:#}")) as u32
}
