//! `Persistproc`: the plugin type that every command belongs to.

/// The plugin. It keeps no state between calls. Each shell runs a plugin process of its own.
pub struct Persistproc;
