//! The certificate of a domain whose DNS is kept outside Route53.
//!
//! It is requested outside CloudFormation: a certificate in a template would keep its stack waiting until somebody
//! has entered a DNS record. No stack starts before it is issued.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::error::{CommandError, ExitKind};
use crate::ui::{Progress, table};

const PAUSE: Duration = Duration::from_secs(15);
const TRIES: u32 = 120;

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
    let mut shown = false;
    let progress = Progress::start(context.printer, format!("waiting for the certificate of {domain}"));
    for _ in 0..TRIES {
        let certificate = certificates.describe(&arn).await?;
        match certificate.status.as_str() {
            "ISSUED" => return Ok(arn),
            "PENDING_VALIDATION" => {}
            other => {
                return Err(CommandError::failed(format!("the certificate of {domain} is {other}"))
                    .hint("delete it in the AWS console under Certificate Manager (us-east-1) and deploy again"));
            }
        }
        if let (false, Some(name), Some(value)) = (shown, &certificate.record_name, &certificate.record_value) {
            context
                .printer
                .line(&format!("  enter this record where the DNS of {domain} is kept, and leave it there:"));
            let row =
                vec![name.trim_end_matches('.').to_owned(), "CNAME".to_owned(), value.trim_end_matches('.').to_owned()];
            context.printer.line(&table(&["name", "type", "value"], [row]));
            context
                .printer
                .line("  it is looked for every 15 seconds; Ctrl-C is fine, the next deploy goes on from here");
            shown = true;
        }
        context.clock.sleep(PAUSE).await;
    }
    drop(progress);
    Err(CommandError::new(ExitKind::Failed, format!("the certificate of {domain} is not issued yet, half an hour on"))
        .hint("check the record above with your DNS provider, then run `stellarr deploy` again: it goes on waiting"))
}
