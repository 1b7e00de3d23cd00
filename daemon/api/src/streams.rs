//! [`Streams`] and [`StandardStream`]: how the standard streams of a child are connected.

use serde::{Deserialize, Serialize};

/// Whether standard output and standard error of a child are one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Streams {
    /// One stream for both: a terminal, or a pipe. Its bytes are in exact order and belong to
    /// standard output.
    Merged,
    /// A stream for each: two terminals, or two pipes. The order between the two is that of arrival.
    #[default]
    Split,
}

impl Streams {
    /// The streams of a start request that does not choose.
    pub fn default_for(has_terminal: bool) -> Self {
        if has_terminal { Self::Merged } else { Self::Split }
    }

    /// Whether each has a stream of its own.
    pub fn is_split(&self) -> bool {
        *self == Self::Split
    }

    /// The name, as in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Split => "split",
        }
    }
}

/// A standard stream of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StandardStream {
    Stdin,
    Stdout,
    Stderr,
}
