//! Which AWS account it will be, and who is asking.

use std::sync::Arc;

use async_trait::async_trait;

use super::profiles::Candidate;
use crate::base::error::CommandError;
use crate::ui::{Asker, Printer};
use stellarr_aws::{AwsCloud, Caller, Cloud, ConnectOptions, Notify};

/// What to do where there are no credentials.
const HOW_TO_SIGN_IN: &str = "\
  No AWS credentials were found on this computer. That is fine for now: everything can be tried on this computer
  first, with `stellarr deploy --sandbox`. For the real thing:
    1. Have an AWS account: https://aws.amazon.com, “Create an AWS Account”.
    2. Install the AWS CLI, version 2.32 or newer (`aws --version` shows yours):
       https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html; on a Mac `brew install awscli`.
    3. Run `aws login`. It opens the browser, where you sign in to the AWS console; no user and no access key has to be
       made. Then run `stellarr init` again: your answers are kept.
  If your company uses a single sign-on: `aws configure sso`, then `aws sso login`. Only where neither works: an access key
  of a user with administrator rights (in the console under IAM), stored with `aws configure`.";

/// An account that answered.
pub struct Account {
    /// The profile that leads there.
    pub profile: Option<String>,
    /// Who asks.
    pub caller: Caller,
    /// Its services.
    pub cloud: Arc<dyn Cloud>,
}

/// Reaches AWS with some credentials.
#[async_trait]
pub trait Connect: Send + Sync {
    /// Connects, and waits for the credentials.
    async fn connect(&self, profile: Option<&str>, region: &str) -> Result<Arc<dyn Cloud>, CommandError>;
}

/// Reaches AWS through its SDK.
#[derive(Debug)]
pub struct Connector {
    /// Told what the person waits for.
    pub notify: Notify,
}

#[async_trait]
impl Connect for Connector {
    async fn connect(&self, profile: Option<&str>, region: &str) -> Result<Arc<dyn Cloud>, CommandError> {
        let mut options = ConnectOptions { profile: profile.map(str::to_owned), ..ConnectOptions::new(region) };
        options.use_short_timeouts();
        options.notify = Some(self.notify.clone());
        let cloud = AwsCloud::connect(options).await?;
        cloud.sign_in().await;
        Ok(Arc::new(cloud))
    }
}

/// Which profile it shall be, as far as that is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted<'a> {
    /// The command line's: nothing is asked then.
    pub(super) given: Option<&'a str>,
    /// The last run's: offered first.
    pub(super) last: Option<&'a str>,
}

/// Finds the account to work in; none where there are no credentials or the person goes on without.
///
/// # Errors
/// When the person breaks off.
pub(super) async fn choose(
    ask: &mut dyn Asker,
    printer: &Printer,
    connect: &dyn Connect,
    candidates: &[Candidate],
    wanted: Wanted<'_>,
    region: &str,
) -> Result<Option<Account>, CommandError> {
    if let Some(profile) = wanted.given {
        return Ok(try_out(printer, connect, Some(profile), region).await);
    }
    let picked = match candidates {
        [] => {
            printer.line(HOW_TO_SIGN_IN);
            return Ok(None);
        }
        [only] => only,
        several => {
            let mut options: Vec<String> = several.iter().map(Candidate::label).collect();
            options.push("none of these: go on without AWS for now".to_owned());
            let help = "the site will live in the account that these credentials lead to";
            let last = several.iter().position(|one| wanted.last.is_some() && one.profile.as_deref() == wanted.last);
            let first = last.unwrap_or_default();
            match several.get(ask.choose("Which AWS credentials shall be used?", help, &options, first)?) {
                Some(picked) => picked,
                None => return Ok(None),
            }
        }
    };
    Ok(try_out(printer, connect, picked.profile.as_deref(), region).await)
}

/// Asks AWS who these credentials are, and shows it.
async fn try_out(printer: &Printer, connect: &dyn Connect, profile: Option<&str>, region: &str) -> Option<Account> {
    let answer = async {
        let cloud = connect.connect(profile, region).await?;
        let caller = cloud.identity().caller().await?;
        Ok::<_, CommandError>(Account { profile: profile.map(str::to_owned), caller, cloud })
    };
    match answer.await {
        Ok(account) => {
            printer.line(&format!("  AWS account {} as {}", account.caller.account, account.caller.arn));
            Some(account)
        }
        Err(error) => {
            printer.warn(&format!("these credentials do not work yet: {error}"));
            for hint in &error.hints {
                printer.hint(hint);
            }
            printer.line("  The configuration can be written all the same.");
            None
        }
    }
}
