//! persistproc for Nushell: what the daemon knows as tables of real Nushell values.
//!
//! It defines no bare `persistproc`, so `persistproc npm run dev --port 3000` reaches the
//! executable untouched, while `persistproc ps` is a table.
//!
//! | file | what it holds |
//! |---|---|
//! | `commands` | one file per command |
//! | `daemon` | the daemon of the shell that asks, started if there is none |
//! | `value` | the only place that makes values |

mod commands;
mod daemon;
mod value;

use nu_plugin::{Plugin, PluginCommand};

/// The plugin. It keeps nothing between calls: each shell has a process of its own.
pub struct Persistproc;

impl Plugin for Persistproc {
    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    fn commands(&self) -> Vec<Box<dyn PluginCommand<Plugin = Self>>> {
        vec![Box::new(commands::Ps)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_takes_the_place_of_the_executable() {
        for command in Persistproc.commands() {
            assert!(command.name().starts_with("persistproc "), "{}", command.name());
        }
    }
}
