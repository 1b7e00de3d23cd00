//! `Deferred<T>`: the flags of a verb, built only when clap needs them. A command line names one
//! of some twenty verbs; building the flags of all of them would slow every start.

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

/// The flags of one verb, registered with [`Command::defer`].
#[derive(Debug)]
pub(crate) struct Deferred<T>(pub(crate) T);

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| with_underscore_aliases(T::augment_args(command)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// Accepts `--working_directory` as well as `--working-directory`, for every flag.
pub(crate) fn with_underscore_aliases(command: Command) -> Command {
    command.mut_args(with_underscore_alias).mut_subcommands(with_underscore_aliases)
}

fn with_underscore_alias(arg: Arg) -> Arg {
    let Some(long) = arg.get_long().filter(|long| long.contains('-')) else { return arg };
    let alias = long.replace('-', "_");
    arg.alias(alias)
}
