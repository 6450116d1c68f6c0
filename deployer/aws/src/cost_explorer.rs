//! Cost Explorer: what a tag's resources cost. Each call costs $0.01.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_costexplorer::Client;
use aws_sdk_costexplorer::types::{
    CostAllocationTagStatus, DateInterval, Expression, Granularity, Group, GroupDefinition, GroupDefinitionType,
    TagValues,
};

use super::context::{AdapterContext, Call};
use super::{AwsError, AwsErrorKind, Costs, ServiceCost};

const COST_METRIC: &str = "UnblendedCost";

/// Cost Explorer, which lives in us-east-1.
#[derive(Debug)]
pub(super) struct CostExplorer {
    client: Client,
    context: AdapterContext,
}

impl CostExplorer {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
        Self { client: Client::new(config), context }
    }
}

#[async_trait]
impl Costs for CostExplorer {
    async fn by_service(&self, tag: (&str, &str), from: &str, until: &str) -> Result<Vec<ServiceCost>, AwsError> {
        let call = self.context.reads("ce:GetCostAndUsage", None);
        let period = DateInterval::builder().start(from).end(until).build();
        let period = period.map_err(|error| call.error(AwsErrorKind::Validation, error.to_string()))?;
        let tags = TagValues::builder().key(tag.0).values(tag.1).build();
        let services = GroupDefinition::builder().r#type(GroupDefinitionType::Dimension).key("SERVICE").build();
        let mut costs = Vec::new();
        let mut page = None;
        loop {
            let answer = self
                .client
                .get_cost_and_usage()
                .time_period(period.clone())
                .granularity(Granularity::Monthly)
                .metrics(COST_METRIC)
                .filter(Expression::builder().tags(tags.clone()).build())
                .group_by(services.clone())
                .set_next_page_token(page.take())
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            let months = answer.results_by_time.ok_or_else(|| call.missing("list of months"))?;
            for group in months.into_iter().flat_map(|month| month.groups.unwrap_or_default()) {
                costs.push(cost(&call, group)?);
            }
            page = answer.next_page_token;
            if page.is_none() {
                return Ok(costs);
            }
        }
    }

    async fn counts_tag(&self, key: &str) -> Result<bool, AwsError> {
        let call = self.context.reads("ce:ListCostAllocationTags", key.to_owned());
        let answer = self.client.list_cost_allocation_tags().tag_keys(key).send().await;
        let tags = answer.map_err(|error| call.failed(error))?.cost_allocation_tags.unwrap_or_default();
        Ok(tags.iter().any(|tag| tag.tag_key == key && tag.status == CostAllocationTagStatus::Active))
    }
}

fn cost(call: &Call<'_>, group: Group) -> Result<ServiceCost, AwsError> {
    let service = group.keys.and_then(|keys| keys.into_iter().next());
    let amount = group.metrics.and_then(|mut metrics| metrics.remove(COST_METRIC)?.amount);
    let amount = call.required(amount, "amount")?;
    let usd = amount.parse().map_err(|_| call.error(AwsErrorKind::BadAnswer, format!("{amount} is no amount")))?;
    Ok(ServiceCost { service: call.required(service, "service")?, usd })
}
