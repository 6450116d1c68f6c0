//! Looks at a deployment: how it differs, how it stands, what it costs.

pub mod cost;
pub mod deployment_status;
pub mod difference;
pub mod doctor;
pub mod drift;
pub mod outlook;
pub mod stack_comparison;
pub mod survey;
