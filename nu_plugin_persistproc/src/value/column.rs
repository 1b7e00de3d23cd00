//! `Columns`: the names and types of table columns, as a declared Nushell type and for display.

use nu_protocol::{PipelineMetadata, Span, Type};

/// Names and types of columns, in order.
pub(crate) type Columns = &'static [(&'static str, Kind)];

/// The type of a column's values other than null.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Int,
    Duration,
    Date,
    Bool,
    Ints,
}

impl Kind {
    fn to_type(self) -> Type {
        match self {
            Self::Text => Type::String,
            Self::Int => Type::Int,
            Self::Duration => Type::Duration,
            Self::Date => Type::Date,
            Self::Bool => Type::Bool,
            Self::Ints => Type::List(Box::new(Type::Int)),
        }
    }
}

/// The type of a table that has at least these columns. Nushell checks values against it when they
/// are assigned to a variable, so every column has to allow null.
pub(crate) fn table_type(columns: &[Columns]) -> Type {
    let columns = columns.iter().flat_map(|part| part.iter());
    let types = columns.map(|(name, kind)| {
        let nullable = Type::one_of([kind.to_type(), Type::Nothing]);
        ((*name).to_owned(), nullable)
    });
    Type::Table(types.collect())
}

/// How to display a table: which columns keep their width, and which contain paths.
pub(super) fn display_metadata(
    span: Span,
    wide_columns: &[&str],
    path_columns: &[&str],
) -> PipelineMetadata {
    PipelineMetadata::default()
        .with_path_columns(path_columns.iter().map(|name| (*name).to_owned()).collect())
        .with_table_width_priority_columns(span, wide_columns)
}
