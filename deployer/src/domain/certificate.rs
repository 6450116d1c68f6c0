//! The certificate of a domain whose DNS is kept elsewhere.
//!
//! It is requested outside CloudFormation, because a certificate in a template would keep its stack waiting until somebody
//! has entered a DNS record. No stack starts before it is issued.

use crate::config;
use crate::domain::record::proof;
use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::base::error::CommandError;
use crate::base::exit::ExitKind;
use crate::base::failures::Code;
use crate::config::Config;
use crate::deployment::Context;
use crate::domain::record::{DnsState, Record, paste_table};
use crate::ui::Progress;
use stellarr_aws::{Certificate, ListedCertificate};

const POLL_INTERVAL: Duration = Duration::from_secs(15);
/// Half an hour.
const MAX_POLLS: u32 = 120;

/// Tells certificates that were requested here from those of the edge stack, which goes with the stack, and of others.
const TAG: &str = "stellarr:certificate";
const REQUESTED: &str = "requested";

/// Finds the certificates of a domain that stellarr requested outside CloudFormation: issued ones first.
///
/// # Errors
/// AWS's.
pub async fn find(context: Context<'_>, domain: &str) -> Result<Vec<String>, CommandError> {
    let certificates = context.cloud.certificates();
    let mut all = certificates.find(domain).await?;
    all.sort_by_key(|one| !one.issued);
    let mut ours = Vec::new();
    for ListedCertificate { arn, .. } in all {
        if certificates.tags(&arn).await?.get(TAG).is_some_and(|value| value == REQUESTED) {
            ours.push(arn);
        }
    }
    Ok(ours)
}

/// The deployment's tags, and our own.
fn tags(config: &Config) -> BTreeMap<String, String> {
    let mut tags = config::tags(config);
    tags.insert(TAG.to_owned(), REQUESTED.to_owned());
    tags
}

/// Requests the certificate, or finds the earlier one, and waits until it is issued; returns its ARN.
///
/// # Errors
/// When it is not issued within half an hour, with the record that has to be entered; a later run goes on waiting.
pub async fn issued(context: Context<'_>, config: &Config, domain: &str) -> Result<String, CommandError> {
    let certificates = context.cloud.certificates();
    let tags = tags(config);
    let mut arn = match find(context, domain).await?.into_iter().next() {
        Some(arn) => arn,
        None => certificates.request(domain, &token(domain, None), &tags).await?,
    };
    let progress = Progress::start(context.printer, format!("waiting for the certificate of {domain}"));
    let mut watch = ValidationProgress::new(context, domain);
    for _ in 0..MAX_POLLS {
        let certificate = certificates.describe(&arn).await?;
        match certificate.status.as_str() {
            "ISSUED" => return Ok(arn),
            "PENDING_VALIDATION" => watch.look(&certificate).await,
            // For an hour, the same token brings an earlier run's refused certificate back: this run asks anew.
            _ if !watch.has_waited() => {
                arn = certificates.request(domain, &token(domain, Some(&arn)), &tags).await?;
                continue;
            }
            other => return Err(refused(domain, &arn, other, certificate.failure.as_deref())),
        }
        context.clock.sleep(POLL_INTERVAL).await;
    }
    drop(progress);
    Err(watch.gave_up())
}

/// The same for the same wish, so that a repeated request has one effect; another one after a refused certificate.
fn token(domain: &str, refused: Option<&str>) -> String {
    let wish = format!("{domain}{}", refused.unwrap_or_default());
    hex::encode(Sha256::digest(wish))[..32].to_owned()
}

/// Why a certificate will never be issued, and what leads to one that will.
fn refused(domain: &str, arn: &str, status: &str, failure: Option<&str>) -> CommandError {
    let because = match (status, failure) {
        (_, Some("CAA_ERROR")) => "its CAA records do not let Amazon issue one".to_owned(),
        (_, Some("DOMAIN_NOT_ALLOWED" | "INVALID_PUBLIC_DOMAIN")) => {
            "Amazon does not certify such a domain (it is reserved, or not public)".to_owned()
        }
        (_, Some("DOMAIN_VALIDATION_DENIED")) => "a later check did not find the domain's record".to_owned(),
        (_, Some("ADDITIONAL_VERIFICATION_REQUIRED")) => "Amazon wants to know more about the domain first".to_owned(),
        (_, Some(reason)) => format!("Amazon gives the reason {reason}"),
        ("VALIDATION_TIMED_OUT", None) => "nobody entered its DNS record within 72 hours".to_owned(),
        (_, None) => format!("it is {status}"),
    };
    let error = CommandError::failed(format!("the certificate of {domain} was not issued: {because}"))
        .code(Code::CertificateRefused)
        .details(format!("certificate {arn} ({status}), which costs nothing and serves nothing"));
    let again = "then run `stellarr deploy` again: it asks for a new certificate";
    match failure {
        Some("CAA_ERROR") => error.hint(format!(
            "add the record `{domain} CAA 0 issue \"amazon.com\"` where the domain's DNS is kept, {again}"
        )),
        Some("ADDITIONAL_VERIFICATION_REQUIRED") => error.hint(
            "open a support case (AWS console, Support, Account and billing: it is free) and ask to verify the domain",
        ),
        None if status == "VALIDATION_TIMED_OUT" => {
            error.hint("run `stellarr deploy` again: it asks for a new certificate and shows the record to enter")
        }
        _ => error
            .hint("`stellarr doctor` tells whether the domain's DNS can prove it")
            .hint(format!("delete it in the AWS console under Certificate Manager (us-east-1), {again}")),
    }
}

/// Shows the record to enter, and then what the DNS says of it whenever that changes.
struct ValidationProgress<'a> {
    context: Context<'a>,
    domain: &'a str,
    last: Option<Record>,
    waited: bool,
}

impl<'a> ValidationProgress<'a> {
    fn new(context: Context<'a>, domain: &'a str) -> Self {
        Self { context, domain, last: None, waited: false }
    }

    /// Whether the certificate was seen waiting in this run.
    fn has_waited(&self) -> bool {
        self.waited
    }

    async fn look(&mut self, certificate: &Certificate) {
        self.waited = true;
        let (Some(name), Some(value)) = (&certificate.record_name, &certificate.record_value) else { return };
        let record = proof(self.context, name, value).await;
        let printer = self.context.printer;
        if self.last.is_none() {
            printer
                .line(&format!("  Enter this record where the DNS of {} is kept, and leave it there:\n", self.domain));
            printer.line(&paste_table([&record]));
            printer.line("\n  It is looked for every 15 seconds; Ctrl-C is fine, the next deploy goes on from here.");
        }
        if self.last.as_ref().map(|last| &last.standing) != Some(&record.standing) {
            printer.line(&match record.standing {
                DnsState::Right => {
                    "  Your DNS has the record; the certificate is issued within some minutes.".to_owned()
                }
                _ => format!("  {}", record.sentence()),
            });
        }
        self.last = Some(record);
    }

    fn gave_up(self) -> CommandError {
        let error = CommandError::new(
            ExitKind::Waiting,
            format!("the certificate of {} is not issued yet, half an hour on", self.domain),
        )
        .code(Code::CertificatePending);
        let again = "then run `stellarr deploy` again: it goes on waiting where this run stopped";
        match self.last {
            Some(record) if record.standing == DnsState::Right => error
                .details(paste_table([&record]))
                .hint("your DNS has the record: give Amazon some more time")
                .hint(again),
            Some(record) => error
                .details(paste_table([&record]))
                .hint(format!("{}: {}", record.name, record.sentence()))
                .hint(format!("enter the record with your DNS provider, {again}")),
            None => error.hint("run `stellarr deploy` again: it goes on waiting"),
        }
    }
}
