//! Looks at a deployment: how it differs, how it stands, what it costs.

pub mod change_summary;
pub mod comparison;
pub mod cost;
pub mod deployment_status;
pub mod differences;
pub mod doctor;
pub mod drift;
pub mod snapshot;
pub mod stack_comparison;
