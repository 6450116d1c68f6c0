//! `stellarr render`

use std::path::PathBuf;

use clap::Args;

use crate::base::error::CommandError;
use crate::base::files;
use crate::options::Global;
use crate::stacks::render::{RenderOptions, render};
use crate::ui::Printer;

/// Options of `stellarr render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// Write one file a stack into this folder instead of printing them
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Renders the templates; needs no credentials.
///
/// # Errors
/// When the configuration is wrong or a file cannot be written.
pub fn run(global: &Global, arguments: &RenderArgs, printer: &Printer) -> Result<(), CommandError> {
    let config = crate::deployment::load_config(global)?;
    let rendered = render(&config, RenderOptions { sandbox: global.sandbox })?;
    for (kind, text) in &rendered.stacks {
        let name = format!("{}.yaml", kind.as_str());
        match &arguments.out {
            Some(folder) => {
                let path = folder.join(&name);
                files::write_atomically(&path, text.as_bytes())
                    .map_err(|error| CommandError::unwritable(&path, &error))?;
                printer.line(&format!("wrote {}", path.display()));
            }
            None => printer.data(&format!("# {name}\n{}---", text)),
        }
    }
    Ok(())
}
