//! The generated pages of `docs/`, and the manual pages. A test keeps what is committed true.

mod commands;
mod costs;

use std::io;
use std::path::Path;

use clap::CommandFactory;

use crate::base::failures;
use crate::cli::Cli;
use crate::config;

pub use commands::markdown as commands_markdown;
pub use costs::markdown as costs_markdown;

/// Every generated page with its file in `docs/`.
#[must_use]
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("commands.md", commands_markdown()),
        ("configuration.md", config::reference_markdown()),
        ("costs.md", costs_markdown()),
        ("errors.md", failures::markdown()),
    ]
}

/// Writes a manual page for each command.
///
/// # Errors
/// When the folder can't be written.
pub fn write_manual(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
}
