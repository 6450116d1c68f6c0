//! Limits of the account.

use super::{Finding, Level};
use crate::base::failures::Code;
use crate::config::Config;
use stellarr_aws::{Cloud, FunctionLimits};

/// What Lambda keeps for functions without a reservation of their own.
/// Source: "Configuring reserved concurrency" in the AWS Lambda developer guide.
const KEPT_UNRESERVED: u32 = 100;
/// What new accounts begin with.
const NEW_ACCOUNT: u32 = 10;

const QUOTA: &str = "ask for more in the AWS console under Service Quotas, AWS Lambda, Concurrent executions (1,000 is usual \
                     and free)";

/// Compares the account's limit with what the configuration reserves.
pub(super) async fn check(cloud: &dyn Cloud, config: &Config) -> Finding {
    match cloud.functions().limits().await {
        Ok(limits) => judge(limits, config.provisioned_concurrency),
        Err(error) => Finding::of_error("concurrency", Level::Warning, error.into()),
    }
}

fn judge(limits: FunctionLimits, wanted: u32) -> Finding {
    const CHECK: &str = "concurrency";
    let free = limits.unreserved.saturating_sub(KEPT_UNRESERVED);
    if wanted > free {
        return Finding::failure(
            CHECK,
            Code::ConcurrencyLimit,
            format!(
                "stellarr.yaml keeps {wanted} API functions started (`provisioned_concurrency`), but of the {} that this \
                 account may run at once {free} can be set aside",
                limits.concurrent
            ),
            format!("remove `provisioned_concurrency`, or {QUOTA}"),
        );
    }
    if limits.concurrent <= NEW_ACCOUNT {
        return Finding::warning(
            CHECK,
            format!(
                "this account may run {} functions at once, as new accounts do: enough for a household",
                limits.concurrent
            ),
            format!("nothing; if visitors see errors, {QUOTA}"),
        );
    }
    Finding::ok(CHECK, format!("{} functions may run at once", limits.concurrent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_account_can_set_nothing_aside() {
        let new = FunctionLimits { concurrent: 10, unreserved: 10 };
        assert_eq!(judge(new, 0).level, Level::Warning);
        let refused = judge(new, 1);
        assert_eq!(refused.level, Level::Failure);
        assert!(
            refused.sentence.contains("of the 10 that this account may run at once 0 can be set aside"),
            "{refused:?}"
        );
    }

    #[test]
    fn a_hundred_stay_free() {
        let usual = FunctionLimits { concurrent: 1_000, unreserved: 150 };
        assert_eq!(judge(usual, 50).level, Level::Ok);
        assert_eq!(judge(usual, 51).level, Level::Failure);
    }
}
