//! The daemon's own log. It records what the daemon does, and contains no output or input of
//! processes.

use std::fs;
use std::io::ErrorKind;
use std::sync::Mutex;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{Problem, private_file};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A larger log is renamed to `daemon.log.old` when a daemon starts.
const MAX_LOG_BYTES: u64 = 4 << 20;

/// Opens `daemon.log` for all `tracing` events. On a read-only file system they go to stderr.
pub(super) fn init(dirs: &DataDirs) -> Result<(), Problem> {
    let path = dirs.daemon_log();
    if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > MAX_LOG_BYTES) {
        // If the rename fails, the log keeps growing.
        fs::rename(&path, path.with_extension("log.old")).ok();
    }
    let writer = match private_file::append(&path) {
        Ok(file) => BoxMakeWriter::new(Mutex::new(file)),
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => {
            BoxMakeWriter::new(std::io::stderr)
        }
        Err(error) => {
            return Err(Problem::storage(format!("Cannot write {}", path.display()), error));
        }
    };
    let lines = layer().with_writer(writer).with_ansi(false).with_target(false);
    // At INFO, rmcp logs the content of sessions and messages, which may be confidential.
    let levels =
        Targets::new().with_default(LevelFilter::INFO).with_target("rmcp", LevelFilter::WARN);
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(levels));
    // Fails for a second daemon in one process, whose events go to the log of the first.
    subscriber.try_init().ok();
    Ok(())
}
