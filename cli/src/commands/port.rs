//! `port`: the processes that listen on a port.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use persistproc_api::Time;

use crate::args::PortArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, listeners};

pub(crate) fn run(args: &PortArgs, context: &Context) -> Outcome {
    let reply = context.client()?.port(args.number)?;
    if context.json() {
        render::json(&reply)?;
    } else {
        let home = env::var_os("HOME").map(PathBuf::from);
        render::lines(listeners::port(&reply, Time::now(), home.as_deref()))?;
    }
    let is_free = reply.listeners.is_empty();
    Ok(if is_free { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
