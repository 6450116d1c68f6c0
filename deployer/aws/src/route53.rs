//! Route53: the account's hosted zones, and the records of a name.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_route53::Client;
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};

use super::context::AdapterContext;
use super::{AwsError, AwsErrorKind, HostedZone, RecordAlias, RecordSet, Zones};

/// Route53, which has no region.
#[derive(Debug)]
pub(super) struct Route53 {
    client: Client,
    context: AdapterContext,
}

impl Route53 {
    pub(super) fn new(config: &SdkConfig, context: AdapterContext) -> Self {
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

    async fn records(&self, zone: &str, name: &str) -> Result<Vec<RecordSet>, AwsError> {
        let call = self.context.reads("route53:ListResourceRecordSets", zone.to_owned());
        let mut found = Vec::new();
        let (mut start, mut kind, mut identifier) = (name.to_owned(), None, None);
        loop {
            let request = self.client.list_resource_record_sets().hosted_zone_id(zone).start_record_name(&start);
            let request = request.set_start_record_type(kind.take()).set_start_record_identifier(identifier.take());
            let page = request.send().await.map_err(|error| call.failed(error))?;
            if page.max_items == 0 {
                return Err(call.missing("list of record sets"));
            }
            found.extend(page.resource_record_sets.iter().map(record_set_from_sdk).filter(|one| one.name == name));
            // The zone is listed in order of the names, beginning with the one that was asked for.
            let next = page.next_record_name.as_deref().map(normalized_name);
            if !page.is_truncated || next.as_deref() != Some(name) {
                return Ok(found);
            }
            start = name.to_owned();
            (kind, identifier) = (page.next_record_type, page.next_record_identifier);
        }
    }

    async fn change_records(&self, zone: &str, delete: &[RecordSet], create: &[RecordSet]) -> Result<(), AwsError> {
        let call = self.context.writes("route53:ChangeResourceRecordSets", zone.to_owned());
        let batch =
            change_batch(delete, create).map_err(|error| call.error(AwsErrorKind::Validation, error.to_string()))?;
        let request = self.client.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
        request.send().await.map_err(|error| call.failed(error))?;
        Ok(())
    }
}

/// A name as people write it.
fn normalized_name(name: &str) -> String {
    name.trim_end_matches('.').to_lowercase()
}

fn record_set_from_sdk(set: &ResourceRecordSet) -> RecordSet {
    RecordSet {
        name: normalized_name(&set.name),
        kind: set.r#type.as_str().to_owned(),
        ttl: set.ttl,
        values: set.resource_records().iter().map(|record| record.value.clone()).collect(),
        alias: set.alias_target.as_ref().map(|alias| RecordAlias {
            zone: alias.hosted_zone_id.clone(),
            target: normalized_name(&alias.dns_name),
            evaluates_health: alias.evaluate_target_health,
        }),
        routed: set.set_identifier.is_some()
            || set.health_check_id.is_some()
            || set.traffic_policy_instance_id.is_some(),
    }
}

fn change_batch(delete: &[RecordSet], create: &[RecordSet]) -> Result<ChangeBatch, BuildError> {
    let deletions = delete.iter().map(|set| (ChangeAction::Delete, set));
    let all = deletions.chain(create.iter().map(|set| (ChangeAction::Create, set)));
    let changes: Result<Vec<Change>, BuildError> = all
        .map(|(action, set)| Change::builder().action(action).resource_record_set(record_set_to_sdk(set)?).build())
        .collect();
    ChangeBatch::builder().set_changes(Some(changes?)).build()
}

fn record_set_to_sdk(set: &RecordSet) -> Result<ResourceRecordSet, BuildError> {
    let values: Result<Vec<ResourceRecord>, BuildError> =
        set.values.iter().map(|value| ResourceRecord::builder().value(value).build()).collect();
    let alias = set.alias.as_ref().map(|alias| {
        AliasTarget::builder()
            .hosted_zone_id(&alias.zone)
            .dns_name(&alias.target)
            .evaluate_target_health(alias.evaluates_health)
            .build()
    });
    ResourceRecordSet::builder()
        .name(&set.name)
        .r#type(RrType::from(set.kind.as_str()))
        .set_ttl(set.ttl)
        .set_resource_records(Some(values?).filter(|values| !values.is_empty()))
        .set_alias_target(alias.transpose()?)
        .build()
}
