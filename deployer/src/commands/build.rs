//! `stellarr build`

use clap::Args;

use crate::base::error::CommandError;
use crate::base::functions::Function;
use crate::build::{self, Source, Target};
use crate::options::Global;
use crate::ui::{Printer, human_bytes, table};

/// Options of `stellarr build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Only these functions
    #[arg(value_name = "FUNCTIONS")]
    pub functions: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Builds and packages the functions; needs no credentials.
///
/// # Errors
/// When a tool is missing or fails, or what came out is not what Lambda runs.
pub fn run(global: &Global, arguments: &BuildArgs, printer: &Printer) -> Result<(), CommandError> {
    let source = Source::find(global.config.parent().unwrap_or(&global.config))
        .or_else(|_| Source::find(std::path::Path::new(".")))?;
    let target = if global.sandbox { Target::Host } else { Target::Lambda };
    let wanted = |function: Function| {
        arguments.functions.is_empty() || arguments.functions.iter().any(|name| name == function.name())
    };
    let built = build::build_functions(&source, target, wanted, printer)?;
    if arguments.json {
        printer.data(&serde_json::to_string_pretty(&built.artifacts).unwrap_or_default());
        return Ok(());
    }
    let rows = built.artifacts.iter().map(|artifact| {
        [
            artifact.function.clone(),
            human_bytes(artifact.size),
            artifact.sha256[..16].to_owned(),
            artifact.path.display().to_string(),
        ]
    });
    printer.data(&table(&["function", "size", "sha256", "zip"], rows));
    Ok(())
}
