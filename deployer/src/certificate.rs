//! The certificate of a domain whose DNS is kept elsewhere.
//!
//! It is requested outside CloudFormation, because a certificate in a template would keep its stack waiting until somebody
//! has entered a DNS record. No stack starts before it is issued.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::aws::Certificate;
use crate::context::Context;
use crate::domains::{self, Record, Standing, paste_table};
use crate::error::{CommandError, ExitKind};
use crate::failures::Code;
use crate::ui::Progress;

const PAUSE: Duration = Duration::from_secs(15);
/// Half an hour.
const LOOKS: u32 = 120;

/// Requests the certificate, or finds the earlier one, and waits until it is issued; returns its ARN.
///
/// # Errors
/// When it is not issued within half an hour, with the record that has to be entered; a later run goes on waiting.
pub async fn issued(context: Context<'_>, domain: &str) -> Result<String, CommandError> {
    let certificates = context.cloud.certificates();
    let arn = match certificates.find(domain).await?.into_iter().next() {
        Some(arn) => arn,
        None => certificates.request(domain, &hex::encode(Sha256::digest(domain))[..32]).await?,
    };
    let progress = Progress::start(context.printer, format!("waiting for the certificate of {domain}"));
    let mut watch = Watch::new(context, domain);
    for _ in 0..LOOKS {
        let certificate = certificates.describe(&arn).await?;
        match certificate.status.as_str() {
            "ISSUED" => return Ok(arn),
            "PENDING_VALIDATION" => watch.look(&certificate).await,
            other => {
                return Err(CommandError::failed(format!("the certificate of {domain} is {other}"))
                    .hint("delete it in the AWS console under Certificate Manager (us-east-1) and deploy again")
                    .hint("`stellarr doctor` tells whether CAA records keep Amazon from certifying the domain")
                    .code(Code::CertificateRefused));
            }
        }
        context.clock.sleep(PAUSE).await;
    }
    drop(progress);
    Err(watch.gave_up())
}

/// Shows the record to enter, and then what the DNS says of it whenever that changes.
struct Watch<'a> {
    context: Context<'a>,
    domain: &'a str,
    last: Option<Record>,
}

impl<'a> Watch<'a> {
    fn new(context: Context<'a>, domain: &'a str) -> Self {
        Self { context, domain, last: None }
    }

    async fn look(&mut self, certificate: &Certificate) {
        let (Some(name), Some(value)) = (&certificate.record_name, &certificate.record_value) else { return };
        let record = domains::proof(self.context, name, value).await;
        let printer = self.context.printer;
        if self.last.is_none() {
            printer
                .line(&format!("  Enter this record where the DNS of {} is kept, and leave it there:\n", self.domain));
            printer.line(&paste_table([&record]));
            printer.line("\n  It is looked for every 15 seconds; Ctrl-C is fine, the next deploy goes on from here.");
        }
        if self.last.as_ref().map(|last| &last.standing) != Some(&record.standing) {
            printer.line(&match record.standing {
                Standing::Right => {
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
            Some(record) if record.standing == Standing::Right => error
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
