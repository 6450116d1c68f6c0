//! Takes over what the Terraform deployment holds: resources by import, the secret's values by copy.

mod configuration;
mod import;
mod secret;

pub use configuration::configuration;
pub use import::{ImportPlan, plan, run};
pub use secret::{Copied, copy};
