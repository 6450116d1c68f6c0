//! The three stacks: what they are, what their templates say, and how they change.

pub mod adoption;
pub mod apply;
pub mod edge;
pub mod environment;
pub mod parameters;
pub mod plan;
pub mod render;
pub mod teardown;
