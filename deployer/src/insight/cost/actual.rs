//! What the deployment has cost this month, by Cost Explorer.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::dollars;
use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::DEPLOYMENT_TAG;
use crate::deployment::Context;
use crate::ui::table;
use stellarr_aws::{AwsErrorKind, ServiceCost};

/// The cost of a month so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Actual {
    /// The first day that counts.
    pub from: Date,
    /// The day before which it ends.
    pub until: Date,
    /// By service, the dearest first.
    pub services: Vec<ServiceCost>,
    /// All together, in US dollars without tax.
    pub total: f64,
    /// Whether AWS tells costs apart by the deployment's tag; none when there are costs, which answers it.
    pub tag_is_active: Option<bool>,
}

/// Asks what everything with the deployment's tag has cost this month.
///
/// # Errors
/// AWS's, with what to do when Cost Explorer was never switched on.
pub async fn actual(context: Context<'_>, deployment: &str) -> Result<Actual, CommandError> {
    let (from, until) = month_so_far(context.clock.now());
    let costs = context.cloud.costs();
    let answer = costs.by_service((DEPLOYMENT_TAG, deployment), &from.to_string(), &until.to_string()).await;
    let mut services = answer.map_err(|error| {
        let code = match error.kind {
            AwsErrorKind::AccessDenied | AwsErrorKind::Validation => Code::CostExplorerClosed,
            kind => Code::from(kind),
        };
        CommandError::from(error).code(code).hint(
            "Cost Explorer has to be opened once in the AWS console (Billing and Cost Management, Cost Explorer), and \
             the user needs `ce:GetCostAndUsage`",
        )
    })?;
    services.sort_by(|a, b| b.usd.total_cmp(&a.usd).then_with(|| a.service.cmp(&b.service)));
    let tag_is_active = if services.is_empty() { Some(costs.counts_tag(DEPLOYMENT_TAG).await?) } else { None };
    let total = services.iter().map(|service| service.usd).sum();
    Ok(Actual { from, until, services, total, tag_is_active })
}

/// The first day of the month, and tomorrow: the end of a period is not part of it.
fn month_so_far(now: Timestamp) -> (Date, Date) {
    let today = now.to_zoned(TimeZone::UTC).date();
    (today.first_of_month(), today.tomorrow().unwrap_or(today))
}

impl Actual {
    /// Lays it out for people.
    #[must_use]
    pub fn text(&self, deployment: &str) -> String {
        match (self.services.is_empty(), self.tag_is_active) {
            (true, Some(false)) => format!(
                "AWS does not tell the costs of {deployment} apart yet: the tag {DEPLOYMENT_TAG} is not active.\n\
                 Activate it in the AWS console: Billing and Cost Management, Cost allocation tags, {DEPLOYMENT_TAG}, \
                 Activate.\nThe first costs show within a day of that; earlier ones are not told apart."
            ),
            (true, _) => format!(
                "{deployment} has cost nothing from {} to today. A new cost takes up to a day to show.",
                self.from
            ),
            (false, _) => {
                let rows = self.services.iter().map(|one| [one.service.clone(), dollars(one.usd)]);
                let all = [["all together".to_owned(), dollars(self.total)]];
                format!(
                    "{deployment} from {} to today, without tax; today's costs may still be missing\n\n{}",
                    self.from,
                    table(&["service", "so far"], rows.chain(all))
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Clock;
    use crate::ui::{Printer, Verbosity};
    use stellarr_testing::FakeCloud;

    struct Noon;

    #[async_trait::async_trait]
    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            "2026-03-31T12:00:00Z".parse().unwrap()
        }

        async fn sleep(&self, _: std::time::Duration) {}
    }

    async fn ask(cloud: &FakeCloud) -> Actual {
        let printer = Printer::captured(Verbosity::Default);
        let dns = crate::base::dns::fake::FakeDns::default();
        actual(Context { cloud, clock: &Noon, dns: &dns, printer: &printer }, "home-prod").await.unwrap()
    }

    #[tokio::test]
    async fn a_month_ends_tomorrow_and_the_dearest_comes_first() {
        let cloud = FakeCloud::strict("eu-central-1");
        cloud.allow(&["ce:GetCostAndUsage"]).count_tag(DEPLOYMENT_TAG);
        cloud.add_cost((DEPLOYMENT_TAG, "home-prod"), "AWS Lambda", 0.02);
        cloud.add_cost((DEPLOYMENT_TAG, "home-prod"), "AWS Secrets Manager", 0.4);
        cloud.add_cost((DEPLOYMENT_TAG, "other-prod"), "AWS Lambda", 7.0);
        let found = ask(&cloud).await;
        assert_eq!(cloud.calls(), ["ce:GetCostAndUsage 2026-03-01 2026-04-01"]);
        assert_eq!(found.services[0].service, "AWS Secrets Manager");
        assert!((found.total - 0.42).abs() < 1e-9);
        assert!(found.text("home-prod").contains("$0.42"), "{}", found.text("home-prod"));
    }

    #[tokio::test]
    async fn a_tag_that_is_not_active_is_told_from_costs_of_nothing() {
        let cloud = FakeCloud::permissive("eu-central-1");
        cloud.add_cost((DEPLOYMENT_TAG, "home-prod"), "AWS Lambda", 0.02);
        assert!(ask(&cloud).await.text("home-prod").contains("is not active"));
        let cloud = FakeCloud::permissive("eu-central-1");
        cloud.count_tag(DEPLOYMENT_TAG);
        assert!(ask(&cloud).await.text("home-prod").contains("has cost nothing"));
    }
}
