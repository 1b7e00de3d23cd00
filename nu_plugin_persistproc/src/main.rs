//! The plugin's executable: all it does is in the library.

use nu_plugin::{MsgPackSerializer, serve_plugin};
use nu_plugin_persistproc::Persistproc;

fn main() {
    serve_plugin(&Persistproc, MsgPackSerializer);
}
