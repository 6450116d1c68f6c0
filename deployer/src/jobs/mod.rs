//! The scheduled functions: when they run, and running them now.

pub mod fetch;
pub mod invoke;
pub mod schedules;
pub mod warm;
