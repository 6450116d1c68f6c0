//! The DNS records that the site needs, and how the public DNS answers now.

use crate::base::dns::{Delegation, RecordKind, plain_name};
use crate::base::error::CommandError;
use crate::config::{Config, DnsProvider};
use crate::deployment::{Context, Live};
use crate::domain::record::{DnsState, Record, proof};
use crate::domain::{certificate, zone};

/// Finds the records of a deployment; none without a domain of its own.
///
/// # Errors
/// AWS's. That the DNS can't be asked is part of the answer.
pub async fn records(context: Context<'_>, config: &Config, live: &Live) -> Result<Vec<Record>, CommandError> {
    let Some(domain) = &config.domain else { return Ok(Vec::new()) };
    let mut found = match config.dns.provider {
        DnsProvider::Route53 => vec![delegation(context, config, domain).await?],
        DnsProvider::External => proof_of_certificate(context, domain).await?.into_iter().collect(),
    };
    if let Some(distribution) = live.output("DistributionDomainName") {
        found.push(site(context, config, domain, distribution).await);
    }
    Ok(found)
}

/// The record that points the domain at the site.
pub async fn site(context: Context<'_>, config: &Config, domain: &str, distribution: &str) -> Record {
    let (alias, ours, theirs) = tokio::join!(
        context.dns.look_up(domain, RecordKind::Cname),
        context.dns.look_up(domain, RecordKind::A),
        context.dns.look_up(distribution, RecordKind::A),
    );
    let wanted = plain_name(distribution);
    let standing = match (alias, ours, theirs) {
        (Ok(alias), _, _) if alias.contains(&wanted) => DnsState::Right,
        // An alias at the top of a domain (ALIAS, ANAME, CNAME flattening, Route53's own) shows as addresses.
        (Ok(_), Ok(ours), Ok(theirs)) if ours.iter().any(|address| theirs.contains(address)) => DnsState::Right,
        (Ok(alias), Ok(ours), _) => DnsState::of(if alias.is_empty() { ours } else { alias }),
        (Err(error), _, _) | (_, Err(error), _) => DnsState::unknown(&error),
    };
    Record {
        purpose: "the site",
        name: domain.to_owned(),
        kind: "CNAME",
        value: wanted,
        by_hand: config.dns.provider == DnsProvider::External,
        standing,
    }
}

/// The record that proves the domain to Certificate Manager; none before a certificate was requested.
async fn proof_of_certificate(context: Context<'_>, domain: &str) -> Result<Option<Record>, CommandError> {
    let Some(arn) = certificate::find(context, domain).await?.into_iter().next() else { return Ok(None) };
    let certificate = context.cloud.certificates().describe(&arn).await?;
    let (Some(name), Some(value)) = (certificate.record_name, certificate.record_value) else { return Ok(None) };
    Ok(Some(proof(context, &name, &value).await))
}

async fn delegation(context: Context<'_>, config: &Config, domain: &str) -> Result<Record, CommandError> {
    let zone = zone::find(context, domain, config.dns.hosted_zone_id.as_deref()).await?;
    let own = context.cloud.zones().name_servers(&zone.id).await?;
    let standing = match Delegation::of(context.dns, &zone.name, &own).await {
        Ok(Delegation::Here) => DnsState::Right,
        Ok(Delegation::Missing) => DnsState::Missing,
        Ok(Delegation::Elsewhere(seen)) => DnsState::Wrong(seen),
        Err(error) => DnsState::unknown(&error),
    };
    let value = own.join(" ");
    Ok(Record { purpose: "the zone, at the registrar", name: zone.name, kind: "NS", value, by_hand: true, standing })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SystemClock;
    use crate::base::dns::fake::FakeDns;
    use crate::ui::{Printer, Verbosity};
    use stellarr_testing::FakeCloud;

    async fn standing(dns: &FakeDns) -> DnsState {
        let cloud = FakeCloud::permissive("eu-west-1");
        let printer = Printer::captured(Verbosity::Default);
        let context = Context { cloud: &cloud, clock: &SystemClock, dns, printer: &printer };
        site(context, &Config::named("home"), "tv.example.org", "D1.cloudfront.net").await.standing
    }

    #[tokio::test]
    async fn an_alias_or_its_addresses_are_right_and_all_else_is_told() {
        let dns = FakeDns::default();
        assert_eq!(standing(&dns).await, DnsState::Missing);
        dns.set("tv.example.org", RecordKind::A, &["192.0.2.1"]);
        assert_eq!(standing(&dns).await, DnsState::Wrong(vec!["192.0.2.1".to_owned()]));
        dns.set("D1.cloudfront.net", RecordKind::A, &["192.0.2.1", "192.0.2.2"]);
        assert_eq!(standing(&dns).await, DnsState::Right);
        dns.set("D1.cloudfront.net", RecordKind::A, &[]);
        dns.set("tv.example.org", RecordKind::Cname, &["d2.cloudfront.net"]);
        assert_eq!(standing(&dns).await, DnsState::Wrong(vec!["d2.cloudfront.net".to_owned()]));
        dns.set("tv.example.org", RecordKind::Cname, &["d1.cloudfront.net"]);
        assert_eq!(standing(&dns).await, DnsState::Right);
        assert_eq!(standing(dns.silence()).await, DnsState::Unknown("no answer".to_owned()));
    }
}
