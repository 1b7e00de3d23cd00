//! Environments that no client brings: that of the user's login shell, and which variables go from one
//! environment to another.

pub(crate) mod login_environments;
pub(crate) mod variable_tables;
