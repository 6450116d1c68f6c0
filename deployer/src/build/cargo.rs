//! Runs cargo once for all functions and packages what it built.

use crate::base::artifact::FunctionBuild;
use std::process::Stdio;

use super::{BuildError, Requirements, Source, Target, Toolchain, child, package, target_directory};
use crate::base::functions::Function;
use crate::ui::{Printer, Progress};

/// Builds the functions that `wanted` accepts, and zips each.
///
/// # Errors
/// When a tool is missing or fails, or what came out is not what Lambda runs.
pub fn build_functions(
    source: &Source,
    target: Target,
    wanted: impl Fn(Function) -> bool,
    printer: &Printer,
) -> Result<FunctionBuild, BuildError> {
    let toolchain = Toolchain::find(target)?;
    let target_directory = target_directory(source)?;
    let mut functions: Vec<Function> = Function::ALL.into_iter().filter(|function| wanted(*function)).collect();
    functions.sort_by_key(|function| function.name());
    let packages: Vec<String> = functions.iter().map(|function| function.package()).collect();
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    run_cargo(source, &toolchain, target, &packages, printer)?;

    let output = target.output(&target_directory);
    let cache = source.cache().join("build").join(target.architecture()).join(target.profile());
    let requirements = match target {
        Target::Lambda => Requirements::lambda(),
        Target::Host => Requirements::sandbox(),
    };
    let artifacts = functions
        .iter()
        .map(|function| package(function.name(), &output.join(function.package()), &cache, &requirements))
        .collect::<Result<_, _>>()?;
    Ok(FunctionBuild { architecture: target.architecture(), artifacts })
}

fn run_cargo(
    source: &Source,
    toolchain: &Toolchain,
    target: Target,
    packages: &[&str],
    printer: &Printer,
) -> Result<(), BuildError> {
    let mut command = toolchain.command(target, packages);
    command.current_dir(&source.root).stdin(Stdio::null()).stdout(Stdio::null());
    let what = format!("cargo build of {}", packages.join(", "));
    let failed = |output: String| BuildError::ToolFailed { what: what.clone(), output };
    if printer.interactive() || printer.verbose() {
        // Cargo's own progress is the best there is; it writes to the same terminal.
        let status = child::status(&mut command).map_err(|error| failed(error.to_string()))?;
        return if status.success() { Ok(()) } else { Err(failed("cargo's messages are above".to_owned())) };
    }
    let _progress = Progress::start(printer, "building the functions");
    let output = child::output(command.arg("--quiet")).map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(last_lines(&String::from_utf8_lossy(&output.stderr), 40)))
}

/// The last `number` lines of a tool's output.
pub(super) fn last_lines(text: &str, number: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(number)..].join("\n")
}
