//! persistproc for Nushell: what the daemon knows as tables of real Nushell values.
//!
//! It defines no bare `persistproc`, so `persistproc npm run dev --port 3000` reaches the
//! executable untouched, while `persistproc ps` is a table.
//!
//! | file | what it holds |
//! |---|---|
//! | `commands` | one file per command |
//! | `command` | what all of them have in common: their place in Nushell |
//! | `flags` | the flags that several of them have |
//! | `call` | one call: its arguments, its shell, its daemon |
//! | `shell` | the shell that asks: its directory, its variables, its settings for us |
//! | `watch` | Ctrl+C, and a shell that is gone |
//! | `targets` | which processes are meant, from arguments or from a pipeline |
//! | `stream` | output of one or more processes as rows, in order of time |
//! | `complete` | what Tab offers |
//! | `value` | the only place that makes values |

mod call;
mod command;
mod commands;
mod complete;
mod flags;
mod shell;
mod stream;
mod targets;
mod value;
mod watch;

use nu_plugin::{Plugin, PluginCommand};

/// The plugin. It keeps nothing between calls: each shell has a process of its own.
pub struct Persistproc;

impl Plugin for Persistproc {
    fn version(&self) -> String {
        env!("CARGO_PKG_VERSION").into()
    }

    fn commands(&self) -> Vec<Box<dyn PluginCommand<Plugin = Self>>> {
        commands::all()
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

    #[test]
    fn help_is_complete() {
        for command in Persistproc.commands() {
            let name = command.name();
            assert!(command.examples().len() >= 3, "{name} has too few examples");
            assert!(!command.search_terms().is_empty(), "{name} has no search terms");
            let about = command.description();
            assert!(about.ends_with('.') && about.len() < 80, "{name}: {about}");
        }
    }
}
