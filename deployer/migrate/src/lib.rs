//! Reads the Terraform deployment that stellarr takes over, and decides what becomes of each of its resources.
//!
//! Pure: nothing here reads a file or calls AWS. The command imports, copies and writes what this decides.

mod error;
mod inventory;
mod state;
mod steps;
mod variables;

pub use error::MigrateError;
pub use inventory::{OwningStack, TerraformResource, Treatment, inventory};
pub use state::{Managed, State};
pub use steps::steps;
pub use variables::{Settings, Variables};
