//! Runs the command, prints an error once, exits with its code.

use std::process::ExitCode;

fn main() -> ExitCode {
    stellarr::run::main()
}
