//! Finds the hosted zone that a domain's records belong in.

use crate::base::error::CommandError;
use crate::base::failures::Code;
use crate::config::{Config, DnsProvider};
use crate::deployment::Context;
use stellarr_aws::HostedZone;

/// Picks the public zone with the longest name that the domain lies in.
///
/// # Errors
/// When there is none, naming the zones that were looked at.
pub fn pick(zones: &[HostedZone], domain: &str) -> Result<HostedZone, CommandError> {
    let mut matching: Vec<&HostedZone> = zones.iter().filter(|zone| lies_in(domain, &zone.name)).collect();
    matching.sort_by_key(|zone| zone.name.len());
    if let Some(zone) = matching.iter().rev().find(|zone| !zone.private) {
        return Ok((*zone).clone());
    }
    if let Some(private) = matching.last() {
        return Err(CommandError::usage(format!(
            "the hosted zone {} ({}) for {domain} is private: only machines inside a VPC see its records",
            private.name, private.id
        ))
        .code(Code::ZonePrivate)
        .hint(format!(
            "create a public hosted zone for {} in Route53, or set `dns: external` in stellarr.yaml",
            private.name
        )));
    }
    let names: Vec<&str> = zones.iter().map(|zone| zone.name.as_str()).collect();
    let seen = if names.is_empty() { "there are none".to_owned() } else { format!("there are: {}", names.join(", ")) };
    Err(CommandError::usage(format!("no hosted zone in this account's Route53 holds {domain} ({seen})"))
        .code(Code::ZoneNotFound)
        .hint("if the domain's DNS is kept elsewhere, set `dns: external` in stellarr.yaml")
        .hint("else create the zone in Route53 and enter its name servers at your registrar"))
}

/// Checks an explicitly named zone.
///
/// # Errors
/// When it is not there, private, or not a zone of the domain.
pub fn check(zones: &[HostedZone], id: &str, domain: &str) -> Result<HostedZone, CommandError> {
    let Some(zone) = zones.iter().find(|zone| zone.id == id) else {
        return Err(CommandError::usage(format!("this account has no hosted zone {id}"))
            .code(Code::ZoneNotFound)
            .hint("remove `hosted_zone_id` from stellarr.yaml: the zone is then looked up by the domain"));
    };
    if !lies_in(domain, &zone.name) {
        return Err(CommandError::usage(format!("{domain} does not lie in the hosted zone {} ({id})", zone.name))
            .code(Code::ZoneNotFound)
            .hint("remove `hosted_zone_id` from stellarr.yaml, or name the zone of the domain"));
    }
    pick(std::slice::from_ref(zone), domain)
}

/// The id of the zone that a configuration's records belong in; none where there are none, or not in Route53.
///
/// # Errors
/// As [`find`].
pub async fn of(context: Context<'_>, config: &Config) -> Result<Option<String>, CommandError> {
    match (&config.domain, config.dns.provider) {
        (Some(domain), DnsProvider::Route53) => {
            find(context, domain, config.dns.hosted_zone_id.as_deref()).await.map(|zone| Some(zone.id))
        }
        _ => Ok(None),
    }
}

/// Finds the zone of a deployment.
///
/// # Errors
/// As [`pick`] and [`check`], and Route53's.
pub async fn find(context: Context<'_>, domain: &str, id: Option<&str>) -> Result<HostedZone, CommandError> {
    let zones = context.cloud.zones().list().await?;
    match id {
        Some(id) => check(&zones, id, domain),
        None => pick(&zones, domain),
    }
}

fn lies_in(domain: &str, zone: &str) -> bool {
    domain == zone || domain.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str, private: bool) -> HostedZone {
        HostedZone { id: format!("Z{}", name.to_uppercase()), name: name.to_owned(), private }
    }

    #[test]
    fn the_longest_public_zone_wins() {
        let zones = [zone("org", false), zone("example.org", false), zone("tv.example.org", true)];
        assert_eq!(pick(&zones, "tv.example.org").unwrap().name, "example.org");
        assert_eq!(pick(&zones, "example.org").unwrap().name, "example.org");
    }

    #[test]
    fn a_name_that_only_ends_alike_is_another_domain() {
        let error = pick(&[zone("ample.org", false)], "example.org").unwrap_err();
        assert!(error.message.contains("no hosted zone") && error.message.contains("ample.org"), "{error}");
    }

    #[test]
    fn a_private_or_foreign_zone_is_refused_by_name() {
        let private = pick(&[zone("example.org", true)], "tv.example.org").unwrap_err();
        assert!(private.message.contains("is private") && private.message.contains("example.org"), "{private}");
        let foreign = check(&[zone("other.net", false)], "ZOTHER.NET", "tv.example.org").unwrap_err();
        assert!(foreign.message.contains("tv.example.org does not lie in the hosted zone other.net"), "{foreign}");
    }
}
