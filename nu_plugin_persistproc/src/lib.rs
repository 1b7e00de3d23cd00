//! The Nushell plugin for persistproc: commands that show processes and their output as typed tables.
//!
//! The plugin defines only subcommands and no bare `persistproc`. So `persistproc ps` is a table,
//! while `persistproc npm run dev --port 3000` reaches the executable unchanged.
//!
//! | module | contents |
//! |---|---|
//! | `plugin` | the type `Persistproc` |
//! | `commands` | one file per command, and their shared responses |
//! | `verb` | the trait that commands implement, and its adapter to Nushell |
//! | `flags` | flags that several commands share: declaring and reading them |
//! | `choices` | words that a flag accepts, with their descriptions |
//! | `targets` | the processes named by arguments or pipeline input |
//! | `stream` | output of one or several processes as rows or bytes |
//! | `completion` | Tab completion of arguments and flag values |
//! | `call` | one call: its arguments, its shell, its client |
//! | `shell`, `settings` | the calling shell's directory, environment and configuration |
//! | `interrupt` | cancels a call on Ctrl+C and when the shell has exited |
//! | `value` | conversion to Nushell values, table columns, errors |

mod call;
mod choices;
mod commands;
mod completion;
mod flags;
mod interrupt;
mod plugin;
mod settings;
mod shell;
mod stream;
mod targets;
mod value;
mod verb;

use nu_plugin::{Plugin, PluginCommand};

pub use plugin::Persistproc;

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
    fn all_commands_are_subcommands_of_persistproc() {
        for command in Persistproc.commands() {
            assert!(command.name().starts_with("persistproc "), "{}", command.name());
        }
    }

    #[test]
    fn every_command_has_help_examples_and_search_terms() {
        for command in Persistproc.commands() {
            let name = command.name();
            assert!(command.examples().len() >= 3, "{name} has too few examples");
            assert!(!command.search_terms().is_empty(), "{name} has no search terms");
            let description = command.description();
            assert!(description.ends_with('.') && description.len() < 80, "{name}: {description}");
        }
    }
}
