//! The domain: its zone, who the world asks about it, who may certify it, and whether another site has it.

use super::{Finding, Level};
use crate::base::dns::{self, CertificateRule, Delegation};
use crate::base::failures::Code;
use crate::config::{Config, DnsProvider};
use crate::deployment::{Context, Live};
use crate::domain::{existing_records, zone};
use stellarr_aws::HostedZone;

/// How thoroughly to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// All of it.
    Full,
    /// What a deploy could not go on without.
    BeforeDeploy,
}

/// Checks the domain of a configuration; nothing without one.
pub(super) async fn check(context: Context<'_>, config: &Config, live: &Live, depth: Depth) -> Vec<Finding> {
    let Some(domain) = &config.domain else {
        let leaving = match live.main.as_ref().and_then(|stack| stack.parameters.get("BaseUrl")) {
            Some(base) if depth == Depth::Full && !base.is_empty() => format!("none any more; it was {base}"),
            _ if depth == Depth::Full => "none: the site gets a cloudfront.net address".to_owned(),
            _ => return Vec::new(),
        };
        return vec![Finding::ok("domain", leaving)];
    };
    // A certificate that is there already needs no more proof.
    let proven = depth == Depth::BeforeDeploy && serves(live, domain);
    let (zone, alias, rule, records) = tokio::join!(
        zone_checks(context, config, domain, live, proven),
        alias(context, domain, live),
        async { if proven { None } else { certificate_rule(context, domain, depth).await } },
        // A deploy shows them itself, and asks.
        async { if depth == Depth::Full { records(context, config, live).await } else { None } },
    );
    let all = zone.into_iter().chain(alias).chain(rule).chain(records);
    all.filter(|finding| depth == Depth::Full || finding.level != Level::Ok).collect()
}

/// Whether the deployed site answers for the domain already.
fn serves(live: &Live, domain: &str) -> bool {
    let base = live.main.as_ref().and_then(|stack| stack.parameters.get("BaseUrl"));
    base.is_some_and(|base| *base == format!("https://{domain}"))
}

async fn zone_checks(context: Context<'_>, config: &Config, domain: &str, live: &Live, proven: bool) -> Vec<Finding> {
    match config.dns.provider {
        DnsProvider::Route53 => {
            let zone = match zone::find(context, domain, config.dns.hosted_zone_id.as_deref()).await {
                Ok(zone) => zone,
                Err(error) => return vec![Finding::of_error("hosted zone", Level::Failure, error)],
            };
            let mut findings =
                vec![Finding::ok("hosted zone", format!("{} ({}) is public and holds {domain}", zone.name, zone.id))];
            if !proven {
                let found = delegation(context, &zone).await;
                findings
                    .extend(found.map(|finding| if serves(live, domain) { after_deploy(finding) } else { finding }));
            }
            findings
        }
        DnsProvider::External => still_in_route53(context, domain, live).await.into_iter().collect(),
    }
}

/// A site that answers for the domain already may move into the zone before the world asks there: its certificate's record
/// stays with the other provider, and nothing is missing when the name servers change.
fn after_deploy(finding: Finding) -> Finding {
    if finding.level != Level::Failure {
        return finding;
    }
    let remedy =
        finding.remedy.map(|remedy| format!("deploy first, so that the zone has the site's records; then {remedy}"));
    Finding { level: Level::Warning, code: None, remedy, ..finding }
}

/// Whether the world asks the zone. If not, the certificate's record is never seen and the stack waits for hours.
async fn delegation(context: Context<'_>, zone: &HostedZone) -> Option<Finding> {
    const CHECK: &str = "delegation";
    let own = match context.cloud.zones().name_servers(&zone.id).await {
        Ok(own) => own,
        Err(error) => return Some(Finding::of_error(CHECK, Level::Warning, error.into())),
    };
    let enter = format!("enter these name servers where {} was registered: {}", zone.name, own.join(", "));
    Some(match Delegation::of(context.dns, &zone.name, &own).await {
        Ok(Delegation::Here) => Finding::ok(CHECK, format!("the public DNS asks the name servers of {}", zone.name)),
        Ok(Delegation::Missing) => Finding::failure(
            CHECK,
            Code::ZoneNotDelegated,
            format!("the public DNS does not know {}: no name servers are entered for it", zone.name),
            enter,
        ),
        Ok(Delegation::Elsewhere(seen)) => Finding::failure(
            CHECK,
            Code::ZoneNotDelegated,
            format!(
                "the public DNS asks {} about {}, not the zone {} in this account",
                seen.join(", "),
                zone.name,
                zone.id
            ),
            format!("{enter}; or set `dns: external` in stellarr.yaml and keep the DNS where it is"),
        ),
        Err(error) => Finding::warning(CHECK, format!("not checked: {error}"), "nothing, if the domain works already"),
    })
}

/// Moving to another DNS provider drops the records in Route53: the world must have stopped asking there.
async fn still_in_route53(context: Context<'_>, domain: &str, live: &Live) -> Option<Finding> {
    const CHECK: &str = "moving";
    let main = live.main.as_ref()?;
    let id = main.parameters.get("HostedZoneId").filter(|id| !id.is_empty())?;
    let zones = context.cloud.zones().list().await.ok()?;
    let zone = zones.into_iter().find(|zone| zone.id == *id)?;
    if zone::pick(std::slice::from_ref(&zone), domain).is_err() {
        return None;
    }
    let own = context.cloud.zones().name_servers(&zone.id).await.ok()?;
    match Delegation::of(context.dns, &zone.name, &own).await {
        Ok(Delegation::Here) => Some(Finding::failure(
            CHECK,
            Code::DnsNotMoved,
            format!(
                "stellarr.yaml says `dns: external`, but the public DNS still asks the Route53 zone {} ({id}) about \
                     {domain}: without its records there the site would be gone",
                zone.name
            ),
            format!(
                "set up {} with the other provider first, {domain} included, enter its name servers at the \
                     registrar, and deploy once the public DNS has them",
                zone.name
            ),
        )),
        Ok(_) => None,
        Err(error) => {
            Some(Finding::warning(CHECK, format!("not checked: {error}"), "make sure that the move is through"))
        }
    }
}

/// Two distributions can't have one name.
async fn alias(context: Context<'_>, domain: &str, live: &Live) -> Option<Finding> {
    const CHECK: &str = "alias";
    let ours = live.output("DistributionId");
    match context.cloud.cdn().distribution_of(domain).await {
        Ok(Some(other)) if Some(other.id.as_str()) != ours => Some(Finding::failure(
            CHECK,
            Code::DomainTaken,
            format!("the CloudFront distribution {} ({}) has the name {domain} already", other.id, other.domain_name),
            format!("take {domain} off that distribution in the AWS console, or choose another `domain`"),
        )),
        Ok(_) => Some(Finding::ok(CHECK, format!("no other distribution of this account has {domain}"))),
        Err(error) => Some(Finding::of_error(CHECK, Level::Warning, error.into())),
    }
}

/// Records of the domain that the main stack did not make.
async fn records(context: Context<'_>, config: &Config, live: &Live) -> Option<Finding> {
    const CHECK: &str = "records";
    if config.dns.provider == DnsProvider::External {
        return None;
    }
    let found = async {
        let zone = zone::of(context, config).await?;
        existing_records::look(context, config, live, zone.as_deref()).await
    };
    Some(match found.await {
        Ok(found) if !found.foreign.is_empty() => Finding::warning(
            CHECK,
            format!("DNS records lead elsewhere:\n{}", existing_records::lines(&found.foreign)),
            "nothing yet: `stellarr deploy` shows them and asks before it replaces them",
        ),
        Ok(found) if !found.adopted.is_empty() => Finding::ok(
            CHECK,
            format!(
                "DNS records lead to this site already; a deploy takes them over, and `stellarr destroy` deletes \
                 them:\n{}",
                existing_records::lines(&found.adopted)
            ),
        ),
        Ok(_) => Finding::ok(CHECK, "no DNS record is in the way of the site's"),
        // The look at the zone has said why there is none.
        Err(error) if error.code == Code::ZoneNotFound || error.code == Code::ZonePrivate => return None,
        Err(error) => Finding::of_error(CHECK, Level::Warning, error),
    })
}

async fn certificate_rule(context: Context<'_>, domain: &str, depth: Depth) -> Option<Finding> {
    const CHECK: &str = "CAA";
    Some(match dns::certificate_rule(context.dns, domain).await {
        Ok(CertificateRule::Open) => Finding::ok(CHECK, "nothing limits who may issue certificates"),
        Ok(CertificateRule::Allowed) => Finding::ok(CHECK, "Amazon may issue certificates"),
        Ok(CertificateRule::Refused { at, issuers }) => {
            let who = if issuers.is_empty() { "nobody".to_owned() } else { format!("only {}", issuers.join(", ")) };
            Finding::failure(
                CHECK,
                Code::CaaRefusesAmazon,
                format!("the CAA records of {at} let {who} issue certificates, so Amazon will not certify {domain}"),
                format!("add the record `{at} CAA 0 issue \"amazon.com\"`"),
            )
        }
        // The look at the name servers has said that the DNS can't be asked.
        Err(_) if depth == Depth::BeforeDeploy => return None,
        Err(error) => {
            Finding::warning(CHECK, format!("not checked: {error}"), "look at the network, and run this again")
        }
    })
}
