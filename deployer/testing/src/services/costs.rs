//! Cost Explorer.

use async_trait::async_trait;

use crate::account::Account;
use crate::cloud::{Effect, FakeCloud};
use stellarr_aws::{AwsError, Costs, ServiceCost};

impl FakeCloud {
    /// Lets resources with this tag have cost so much.
    pub fn add_cost(&self, tag: (&str, &str), service: &str, usd: f64) -> &Self {
        let tag = (tag.0.to_owned(), tag.1.to_owned());
        self.account().bill.costs.push((tag, ServiceCost { service: service.to_owned(), usd }));
        self
    }

    /// Makes this tag a cost allocation tag.
    pub fn count_tag(&self, key: &str) -> &Self {
        self.account().bill.counted_tags.push(key.to_owned());
        self
    }
}

#[derive(Debug)]
pub(crate) struct FakeCosts(pub(crate) FakeCloud);

#[async_trait]
impl Costs for FakeCosts {
    async fn by_service(&self, tag: (&str, &str), from: &str, until: &str) -> Result<Vec<ServiceCost>, AwsError> {
        let period = format!("{from} {until}");
        self.0
            .call("ce:GetCostAndUsage", &period, Effect::Read, |account| {
                let bill = &account.bill;
                let counts = bill.counted_tags.iter().any(|counted| counted == tag.0);
                let tagged =
                    bill.costs.iter().filter(|(found, _)| counts && (found.0.as_str(), found.1.as_str()) == tag);
                Ok(tagged.map(|(_, cost)| cost.clone()).collect())
            })
            .await
    }

    async fn counts_tag(&self, key: &str) -> Result<bool, AwsError> {
        let run = |account: &mut Account| Ok(account.bill.counted_tags.iter().any(|tag| tag == key));
        self.0.call("ce:ListCostAllocationTags", key, Effect::Read, run).await
    }
}
