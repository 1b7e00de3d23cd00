//! The plugin's executable: serves `nu_plugin_persistproc::Persistproc` to Nushell.

use nu_plugin::{MsgPackSerializer, serve_plugin};
use nu_plugin_persistproc::Persistproc;

fn main() {
    serve_plugin(&Persistproc, MsgPackSerializer);
}
