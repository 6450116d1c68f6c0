//! Route53: the account's hosted zones.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_route53::Client;

use super::context::Context;
use super::{AwsError, HostedZone, Zones};

/// Route53, which has no region.
#[derive(Debug)]
pub(super) struct Route53 {
    client: Client,
    context: Context,
}

impl Route53 {
    pub(super) fn new(config: &SdkConfig, context: Context) -> Self {
        Self { client: Client::new(config), context }
    }
}

#[async_trait]
impl Zones for Route53 {
    async fn list(&self) -> Result<Vec<HostedZone>, AwsError> {
        let call = self.context.reads("route53:ListHostedZones", None);
        let mut zones = Vec::new();
        let mut marker = None;
        loop {
            let request = self.client.list_hosted_zones().set_marker(marker.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            // The SDK makes an empty list of an answer without one; a list always tells how long it may be.
            if page.max_items == 0 {
                return Err(call.missing("list of hosted zones"));
            }
            zones.extend(page.hosted_zones.into_iter().map(|zone| HostedZone {
                id: zone.id.trim_start_matches("/hostedzone/").to_owned(),
                name: zone.name.trim_end_matches('.').to_owned(),
                private: zone.config.is_some_and(|config| config.private_zone),
            }));
            if !page.is_truncated {
                return Ok(zones);
            }
            marker = Some(page.next_marker.ok_or_else(|| call.missing("next marker"))?);
        }
    }

    async fn name_servers(&self, zone: &str) -> Result<Vec<String>, AwsError> {
        let call = self.context.reads("route53:GetHostedZone", zone.to_owned());
        let answer = self.client.get_hosted_zone().id(zone).send().await.map_err(|error| call.failed(error))?;
        let set = answer.delegation_set.ok_or_else(|| call.missing("delegation set"))?;
        Ok(set.name_servers.iter().map(|name| name.trim_end_matches('.').to_lowercase()).collect())
    }
}
