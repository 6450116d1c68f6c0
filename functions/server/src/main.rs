//! Starts the self-hosted process.

use std::process::ExitCode;

use clap::Parser as _;
use stellarr_server::args::Args;

fn main() -> ExitCode {
    stellarr_server::folder::keep_files_private();
    let args = Args::parse();
    let run = || -> Result<bool, stellarr_server::error::ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        match args.task.clone() {
            Some(task) => runtime.block_on(stellarr_server::once::run(&args, task)),
            None => runtime.block_on(stellarr_server::serve::serve(args)).map(|()| true),
        }
    };
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the process ends with it")]
            {
                eprintln!("error: {error}");
            }
            ExitCode::FAILURE
        }
    }
}
