//! Options that several commands share.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::base::functions::Function;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A function's code.
    Function(Function),
    /// The site's files.
    Site,
    /// Templates and parameters, with the code that is deployed.
    Infra,
}

static PARTS: LazyLock<Vec<Part>> =
    LazyLock::new(|| Function::ALL.into_iter().map(Part::Function).chain([Part::Site, Part::Infra]).collect());

impl ValueEnum for Part {
    fn value_variants<'a>() -> &'a [Self] {
        &PARTS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Function(function) => (function.name(), format!("The {} function's code", function.noun())),
            Self::Site => ("site", "The site's files".to_owned()),
            Self::Infra => ("infra", "Templates and parameters, with the code that is deployed".to_owned()),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
