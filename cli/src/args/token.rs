//! The arguments of `token`: none of its own.

use clap::Args;

/// Print the token that other users' HTTP clients need
#[derive(Debug, Args)]
#[command(
    after_help = "Your own programs need no token on Linux; on macOS every HTTP client needs \
                        it. Send it in the header `Authorization: Bearer <token>`."
)]
pub(crate) struct TokenArgs {}
