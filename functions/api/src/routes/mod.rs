//! One file a group of routes.

pub(crate) mod health;
