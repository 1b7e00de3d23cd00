//! The daemon's own log: what it did itself, and no word of what passes through it.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Mutex;

use persistproc_api::Problem;
use persistproc_api::data_dirs::DataDirs;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The daemon's own log; begun anew when it has become large. On a disk that can only be read it
/// goes to whoever started the daemon, if they listen.
pub(super) fn write_to(dirs: &DataDirs) -> Result<(), Problem> {
    let path = dirs.daemon_log();
    if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > 4 << 20) {
        fs::rename(&path, path.with_extension("log.old")).ok();
    }
    let open = fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
    let writer = match open {
        Ok(file) => BoxMakeWriter::new(Mutex::new(file)),
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => {
            BoxMakeWriter::new(std::io::stderr)
        }
        Err(error) => {
            return Err(Problem::storage(format!("Cannot write {}", path.display()), error));
        }
    };
    let lines = layer().with_writer(writer).with_ansi(false).with_target(false);
    // What it says of every session and message is nobody's business, least of all a file's.
    let levels =
        Targets::new().with_default(LevelFilter::INFO).with_target("rmcp", LevelFilter::WARN);
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(levels));
    // A second daemon in one process, as in tests, writes where the first one did.
    subscriber.try_init().ok();
    Ok(())
}
