//! [`port_listeners`]: the processes that listen on a port, and how to stop each.

use std::net::IpAddr;
use std::sync::Arc;

use persistproc_api::ports::{PortListener, PortReply};

use crate::platform::sockets::{self, OwnedSocket};
use crate::platform::tree;
use crate::supervisor::registry::Registry;

/// The processes that listen on a port.
pub(crate) async fn port_listeners(registry: &Arc<Registry>, port: u16) -> PortReply {
    let registry = registry.clone();
    let reply = tokio::task::spawn_blocking(move || find_listeners(&registry, port)).await;
    reply.unwrap_or(PortReply { port, listeners: Vec::new() })
}

/// Reads the descriptors of all processes, once.
fn find_listeners(registry: &Registry, port: u16) -> PortReply {
    let mut listening = sockets::listening();
    listening.retain(|socket| socket.port == port);
    let mut listeners: Vec<PortListener> = Vec::new();
    if listening.is_empty() {
        return PortReply { port, listeners };
    }
    let pids: Vec<u32> = tree::pids().collect();
    let owned = topmost(&sockets::owned_sockets(&pids, &listening));
    for OwnedSocket { socket, pid } in &owned {
        match listeners.iter_mut().find(|listener| listener.pid == Some(*pid)) {
            Some(listener) => listener.addresses.push(socket.address),
            None => listeners.push(described(registry, *pid, socket.user, socket.address)),
        }
    }
    for socket in &listening {
        if !owned.iter().any(|owned| owned.socket == *socket) {
            listeners.push(unknown(socket.user, socket.address));
        }
    }
    PortReply { port, listeners }
}

/// The owners whose parents do not have the same socket: the others have inherited it.
pub(super) fn topmost(owned: &[OwnedSocket]) -> Vec<OwnedSocket> {
    let is_owner =
        |socket, pid| owned.iter().any(|other| other.socket == socket && Some(other.pid) == pid);
    let topmost = owned.iter().filter(|owned| !is_owner(owned.socket, tree::parent(owned.pid)));
    topmost.copied().collect()
}

fn described(registry: &Registry, pid: u32, user: u32, address: IpAddr) -> PortListener {
    let managed = registry.owner_of(pid);
    let stop_command = match &managed {
        Some(process) => format!("persistproc stop {}", process.id),
        None if pid == std::process::id() => "persistproc shutdown".to_owned(),
        None => format!("kill {pid}"),
    };
    PortListener {
        addresses: vec![address],
        user,
        pid: Some(pid),
        command: tree::words_of(pid),
        working_directory: tree::directory(pid),
        start_time: tree::start_time(pid),
        id: managed.as_ref().map(|process| process.id.clone()),
        label: managed.map(|process| process.label),
        stop_command: Some(stop_command),
    }
}

/// A listener whose process belongs to another user.
fn unknown(user: u32, address: IpAddr) -> PortListener {
    PortListener {
        addresses: vec![address],
        user,
        pid: None,
        command: Vec::new(),
        working_directory: None,
        start_time: None,
        id: None,
        label: None,
        stop_command: None,
    }
}
