//! `stellarr outputs`

use std::collections::BTreeMap;

use clap::Args;

use crate::base::error::CommandError;
use crate::base::functions::Function;
use crate::deployment::Deployment;
use crate::options::Global;
use crate::ui::{Printer, table};

/// Options of `stellarr outputs`.
#[derive(Debug, Args)]
pub struct OutputsArgs {
    /// Print only this one's value
    pub name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Our names beside those of the Terraform system that scripts may still use.
const NAMES: &[(&str, &str)] = &[
    ("website_url", "WebsiteUrl"),
    ("cloudfront_distribution_id", "DistributionId"),
    ("cloudfront_domain_name", "DistributionDomainName"),
    ("frontend_bucket_name", "FrontendBucketName"),
    ("trending_bucket_name", "TrendingBucketName"),
    ("lambda_function_url", "ApiFunctionUrl"),
    ("lambda_deployment_bucket", "ArtifactBucketName"),
    ("dynamodb_table_name", "RequestsTableName"),
    ("catalogue_table_name", "CatalogueTableName"),
    ("app_secret_arn", "AppSecretArn"),
    ("dead_letter_queue_url", "DeadLetterQueueUrl"),
];

/// Shows names and addresses.
///
/// # Errors
/// When nothing is deployed, or the asked-for output does not exist.
pub async fn run(global: &Global, arguments: &OutputsArgs, printer: &Printer) -> Result<(), CommandError> {
    let deployment = Deployment::open(global, printer, false).await?;
    let live = deployment.deployed().await?;
    let keys = NAMES.iter().map(|(name, key)| (*name, (*key).to_owned()));
    let keys = keys.chain(Function::ALL.map(|function| (function.output_word(), function.output())));
    let mut outputs: BTreeMap<&str, String> =
        keys.filter_map(|(name, key)| live.output(&key).map(|value| (name, value.to_owned()))).collect();
    if deployment.sandbox.is_some() {
        outputs.insert("website_url", deployment.site_url(&live.outputs()));
    }
    if let Some(name) = &arguments.name {
        let Some(value) = outputs.get(name.as_str()) else {
            let known = outputs.keys().copied().collect::<Vec<_>>().join(", ");
            return Err(CommandError::usage(format!("there is no output {name}")).hint(format!("there are: {known}")));
        };
        printer.data(value);
    } else if arguments.json {
        printer.data(&serde_json::to_string_pretty(&outputs).unwrap_or_default());
    } else {
        printer.data(&table(&["output", "value"], outputs.into_iter().map(|(name, value)| [name.to_owned(), value])));
    }
    Ok(())
}
