//! Options that several commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE", default_value = "stellarr.yaml", env = "STELLARR_CONFIG")]
    pub config: PathBuf,
    /// The AWS profile to use, as in ~/.aws/config
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The AWS region, instead of the configuration's
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Say only errors and data
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say everything
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Work against the local AWS of `stellarr sandbox`
    #[arg(long, global = true, env = "STELLARR_SANDBOX", value_parser = clap::builder::FalseyValueParser::new())]
    pub sandbox: bool,
}

/// Parts of a deployment that can be deployed alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The API function's code
    Api,
    /// The warmer function's code
    Warmer,
    /// The fetcher function's code
    Fetcher,
    /// The site's files
    Site,
    /// Templates and parameters, with the code that is deployed
    Infra,
}
