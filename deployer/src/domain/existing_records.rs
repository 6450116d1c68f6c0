//! Records of the domain that are in its zone before the main stack makes its own.
//!
//! CloudFormation refuses to make a record of a name and type that is there, or beside a CNAME of that name, and takes over
//! one of exactly the content that it would write.

use bytes::Bytes;
use serde_json::Value;

use crate::base::error::CommandError;
use crate::config::Config;
use crate::deployment::{Context, Live};
use crate::stacks::apply::RECORD;
use stellarr_aws::{PutCondition, PutObject, RecordSet, template};

/// CloudFront's own zone, the same for every distribution.
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";
/// Types that are in the way of the site's A and AAAA.
const IN_THE_WAY: [&str; 3] = ["A", "AAAA", "CNAME"];

/// The records of the domain that no stack of the deployment made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Existing {
    /// The id of their zone.
    pub zone: String,
    /// Those that lead to the site already: the stack takes them over.
    pub adopted: Vec<RecordSet>,
    /// Those that CloudFormation would stumble over.
    pub foreign: Vec<RecordSet>,
}

/// Looks for records of the domain in its hosted zone; finds none where the main stack made them, or where the DNS is not
/// in Route53, and there is no zone.
///
/// # Errors
/// AWS's.
pub async fn look(
    context: Context<'_>,
    config: &Config,
    live: &Live,
    zone: Option<&str>,
) -> Result<Existing, CommandError> {
    let Some(zone) = zone else { return Ok(Existing::default()) };
    let domain = config.domain.as_deref().unwrap_or_default();
    if owns(context, config, live, zone, domain).await? {
        return Ok(Existing::default());
    }
    let all = context.cloud.zones().records(zone, domain).await?;
    let distribution = live.output("DistributionDomainName");
    let of_interest = all.into_iter().filter(|set| IN_THE_WAY.contains(&set.kind.as_str()));
    let (adopted, foreign) = of_interest.partition(|set| is_ours(set, distribution));
    Ok(Existing { zone: zone.to_owned(), adopted, foreign })
}

/// Says whether the main stack made the domain's records in this zone.
async fn owns(
    context: Context<'_>,
    config: &Config,
    live: &Live,
    zone: &str,
    domain: &str,
) -> Result<bool, CommandError> {
    let in_zone = live.main.as_ref().filter(|main| main.parameters.get("HostedZoneId").is_some_and(|id| id == zone));
    let Some(main) = in_zone else { return Ok(false) };
    let resources = context.cloud.stacks(&config.region).resources(&main.name).await?;
    // A record's physical id is its name.
    let is_record = |name: &str| name.trim_end_matches('.').eq_ignore_ascii_case(domain);
    Ok(resources.iter().any(|one| one.resource_type == RECORD && one.physical_id.as_deref().is_some_and(is_record)))
}

/// Says whether a record is just what the stack would write.
fn is_ours(set: &RecordSet, distribution: Option<&str>) -> bool {
    let leads_here = set.alias.as_ref().is_some_and(|alias| {
        alias.zone == CLOUDFRONT_ZONE
            && !alias.evaluates_health
            && distribution.is_some_and(|name| alias.target.eq_ignore_ascii_case(name))
    });
    leads_here && set.kind != "CNAME" && !set.routed
}

/// Record sets, a line each.
#[must_use]
pub fn lines(sets: &[RecordSet]) -> String {
    sets.iter().map(|set| format!("  {set}")).collect::<Vec<_>>().join("\n")
}

/// A template without its records; none when it cannot be read.
#[must_use]
pub fn without(text: &str) -> Option<String> {
    let mut parsed = template::parse(text).ok()?;
    let resources = parsed.get_mut("Resources").and_then(Value::as_object_mut)?;
    resources.retain(|_, resource| resource.get("Type").and_then(Value::as_str) != Some(RECORD));
    serde_json::to_string_pretty(&parsed).ok()
}

/// Keeps record sets in the artifact bucket before they are deleted; returns their key.
///
/// # Errors
/// S3's.
pub async fn keep(context: Context<'_>, bucket: &str, sets: &[RecordSet]) -> Result<String, CommandError> {
    let seconds = context.clock.now().as_second();
    let key = format!("replaced-records/{}-{seconds}.json", sets.first().map_or("none", |set| set.name.as_str()));
    let object = PutObject {
        key: key.clone(),
        body: Bytes::from(serde_json::to_vec_pretty(sets).unwrap_or_default()),
        content_type: "application/json".to_owned(),
        cache_control: None,
        content_encoding: None,
        metadata: std::collections::BTreeMap::new(),
        condition: PutCondition::Any,
    };
    context.cloud.objects().put(bucket, object).await?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stellarr_aws::RecordAlias;

    fn alias(kind: &str, target: &str) -> RecordSet {
        RecordSet {
            name: "tv.example.org".to_owned(),
            kind: kind.to_owned(),
            ttl: None,
            values: Vec::new(),
            alias: Some(RecordAlias {
                zone: CLOUDFRONT_ZONE.to_owned(),
                target: target.to_owned(),
                evaluates_health: false,
            }),
            routed: false,
        }
    }

    #[test]
    fn row_42_only_an_equal_record_is_taken_over() {
        let here = Some("d1.cloudfront.net");
        assert!(is_ours(&alias("AAAA", "D1.cloudfront.net"), here));
        assert!(!is_ours(&alias("A", "d2.cloudfront.net"), here));
        assert!(!is_ours(&alias("A", "d1.cloudfront.net"), None));
        assert!(!is_ours(&RecordSet { routed: true, ..alias("A", "d1.cloudfront.net") }, here));
        let cname = RecordSet { alias: None, values: vec!["d1.cloudfront.net".to_owned()], ..alias("CNAME", "") };
        assert!(!is_ours(&cname, here));
        assert_eq!(lines(&[cname]), "  tv.example.org CNAME d1.cloudfront.net");
    }

    #[test]
    fn row_42_a_template_without_its_records_keeps_everything_else() {
        let text = "Resources:\n  A:\n    Type: AWS::Route53::RecordSet\n  B:\n    Type: AWS::SQS::Queue\n";
        let rest = template::parse(&without(text).unwrap()).unwrap();
        assert_eq!(rest["Resources"].as_object().unwrap().keys().collect::<Vec<_>>(), ["B"]);
    }
}
