//! Coming from the Terraform tree that stellarr replaces.
//!
//! Reading the two files is pure, and so is deciding what becomes of each resource; `import` and `copy` are what
//! changes something.

mod import;
mod inventory;
mod secret;
mod state;
mod steps;
mod variables;

pub use import::{ImportPlan, plan, run};
pub use inventory::{Entry, Fate, inventory};
pub use secret::{Copied, copy};
pub use state::State;
pub use steps::steps;
pub use variables::{Translated, Variables};
