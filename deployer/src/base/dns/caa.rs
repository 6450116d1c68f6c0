//! CAA records: which authorities may issue certificates for a domain (RFC 8659).

use futures::future::try_join_all;

use super::{DnsError, RecordKind, Resolver};

/// The names that Amazon's authority goes by.
/// Source: "Configure a CAA record" in the AWS Certificate Manager user guide.
const AMAZON: [&str; 4] = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

/// What the records say of certificates by Amazon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateRule {
    /// Nothing limits who may issue.
    Open,
    /// Amazon is named.
    Allowed,
    /// Others are named, and Amazon is not.
    Refused {
        /// The name whose records refuse.
        at: String,
        /// Who may issue.
        issuers: Vec<String>,
    },
}

/// Finds the records that count for a domain: those of the closest name above that has any.
///
/// # Errors
/// When the DNS could not be asked.
pub async fn certificate_rule(dns: &dyn Resolver, domain: &str) -> Result<CertificateRule, DnsError> {
    let names: Vec<&str> =
        std::iter::successors(Some(domain), |name| name.split_once('.').map(|(_, rest)| rest)).collect();
    let all = try_join_all(names.iter().map(|name| dns.look_up(name, RecordKind::Caa))).await?;
    let closest = names.iter().zip(all).find(|(_, records)| !records.is_empty());
    Ok(closest.map_or(CertificateRule::Open, |(name, records)| judge(name, &records)))
}

fn judge(name: &str, records: &[String]) -> CertificateRule {
    let issuers: Vec<String> = records.iter().filter_map(|record| issuer(record)).collect();
    if issuers.is_empty() && !records.iter().any(|record| record.split(' ').nth(1) == Some("issue")) {
        return CertificateRule::Open;
    }
    if issuers.iter().any(|issuer| AMAZON.contains(&issuer.as_str())) {
        return CertificateRule::Allowed;
    }
    CertificateRule::Refused { at: name.to_owned(), issuers }
}

/// The authority of an `issue` record; none of other records, and of one that names nobody.
fn issuer(record: &str) -> Option<String> {
    let mut parts = record.splitn(3, ' ');
    let (_, tag, value) = (parts.next()?, parts.next()?, parts.next()?);
    let name = value.trim_matches('"').split(';').next().unwrap_or_default().trim().to_lowercase();
    (tag == "issue" && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dns::fake::FakeDns;

    async fn rule(records: &[(&str, &[&str])]) -> CertificateRule {
        let dns = FakeDns::default();
        for (name, values) in records {
            dns.set(name, RecordKind::Caa, values);
        }
        certificate_rule(&dns, "tv.example.org").await.unwrap()
    }

    #[tokio::test]
    async fn without_records_anybody_may_issue() {
        assert_eq!(rule(&[]).await, CertificateRule::Open);
        assert_eq!(rule(&[("example.org", &["0 iodef \"mailto:a@example.org\""])]).await, CertificateRule::Open);
    }

    #[tokio::test]
    async fn the_closest_records_count() {
        let others: &[&str] = &["0 issue \"letsencrypt.org\""];
        let amazon: &[&str] = &["0 issue \"letsencrypt.org\"", "0 issue \"amazontrust.com; policy=ev\""];
        assert_eq!(rule(&[("tv.example.org", amazon), ("example.org", others)]).await, CertificateRule::Allowed);
        let refused = CertificateRule::Refused { at: "example.org".into(), issuers: vec!["letsencrypt.org".into()] };
        assert_eq!(rule(&[("example.org", others), ("org", amazon)]).await, refused);
    }

    #[tokio::test]
    async fn a_record_that_names_nobody_refuses_everybody() {
        let refused = CertificateRule::Refused { at: "example.org".into(), issuers: vec![] };
        assert_eq!(rule(&[("example.org", &["0 issue \";\""])]).await, refused);
    }
}
