//! [`none_if_missing`]: a file that doesn't exist as `None` instead of an error.

use std::io::{self, ErrorKind};

/// Turns the error "not found" into `None`.
pub fn none_if_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
