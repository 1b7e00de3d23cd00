//! The daemon of a world as the tests ask about it: through REST, through `pp list`, and in
//! the kernel's list of processes.

use std::path::PathBuf;

use serde_json::Value;

use super::http::Http;
use super::procs::Proc;
use super::wait::until;
use super::world::World;

impl World {
    /// Starts a daemon unless there is one, and answers its Unix socket as a door for REST.
    #[track_caller]
    pub(crate) fn rest(&self) -> Http {
        self.pp(["list"]).ok();
        self.unix()
    }

    /// The daemon's Unix socket, whether anybody listens or not.
    #[track_caller]
    pub(crate) fn unix(&self) -> Http {
        let folder = until("a runtime directory", || self.sockets().ok_or("there is none".into()));
        Http::unix(folder.join("daemon.sock"), self.normalizer())
    }

    /// The daemon's TCP listener.
    pub(crate) fn tcp(&self) -> Http {
        Http::tcp("127.0.0.1", self.port, self.normalizer())
    }

    /// All processes as JSON.
    #[track_caller]
    pub(crate) fn list(&self) -> Vec<Value> {
        let mut answer = self.pp(["--format", "json", "list"]).ok().json();
        serde_json::from_value(answer["processes"].take()).unwrap()
    }

    /// The process of this label, or else the one whose JSON holds this.
    #[track_caller]
    pub(crate) fn process(&self, part: &str) -> Value {
        let all = self.list();
        if let Some(labelled) = all.iter().find(|found| found["label"] == part) {
            return labelled.clone();
        }
        let hits: Vec<_> = all.iter().filter(|found| found.to_string().contains(part)).collect();
        let [one] = hits[..] else { panic!("{part} names {} of {all:#?}", hits.len()) };
        one.clone()
    }

    /// Returns the process when it has this status.
    #[track_caller]
    pub(crate) fn until_status(&self, part: &str, status: &str) -> Value {
        until(&format!("{part} to be {status}"), || {
            let found = self.process(part);
            if found["status"] == status { Ok(found) } else { Err(format!("{found:#}")) }
        })
    }

    /// The folder of a process's runs.
    pub(crate) fn runs_folder(&self, process: &Value) -> PathBuf {
        let id = process["id"].as_str().expect("a process has an id");
        self.folder("data").join("processes").join(id).join("runs")
    }

    /// The shim of a process's present run, alive or not.
    #[track_caller]
    pub(crate) fn shim_pid(&self, process: &Value) -> u32 {
        let run = self.runs_folder(process).join(process["run"].to_string()).join("run.json");
        let record: Value = serde_json::from_slice(&std::fs::read(run).unwrap()).unwrap();
        pid(&record["shim"])
    }

    /// The processes of this world that are not persistproc's own.
    pub(crate) fn children(&self) -> Vec<Proc> {
        self.processes().into_iter().filter(|found| !found.is_persistproc()).collect()
    }

    /// The daemons: one, if all is well.
    pub(crate) fn daemons(&self) -> Vec<Proc> {
        let serves = |found: &Proc| found.is_persistproc() && found.has_argument("serve");
        self.processes().into_iter().filter(serves).collect()
    }
}

/// The pid in a process's JSON.
#[track_caller]
pub(crate) fn pid(process: &Value) -> u32 {
    process["pid"].as_u64().unwrap_or_else(|| panic!("no pid in {process:#}")) as u32
}
