//! The flags of a verb, put together only when that verb is the one that was typed: a command
//! line names one of twenty, and every start would pay for all of them.

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

/// The flags of one verb. What they are is only known once they are needed.
#[derive(Debug)]
pub(crate) struct Late<T>(pub(crate) T);

impl<T: Args> Args for Late<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| both_spellings(T::augment_args(command)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: FromArgMatches> FromArgMatches for Late<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// `--working_directory` beside `--working-directory`.
pub(crate) fn both_spellings(command: Command) -> Command {
    let snake = |arg: Arg| match arg.get_long().filter(|long| long.contains('-')) {
        Some(long) => {
            let alias = long.replace('-', "_");
            arg.alias(alias)
        }
        None => arg,
    };
    command.mut_args(snake).mut_subcommands(both_spellings)
}
