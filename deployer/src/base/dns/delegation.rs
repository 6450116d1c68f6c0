//! Whether the world asks a zone's own name servers.

use std::collections::BTreeSet;

use super::{DnsError, RecordKind, Resolver, plain_name};

/// How the public DNS delegates a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delegation {
    /// To the zone's own name servers.
    Here,
    /// To nobody: the name has no NS records.
    Missing,
    /// To other name servers.
    Elsewhere(Vec<String>),
}

impl Delegation {
    /// Asks the public DNS who answers for `zone`, and compares that with its name servers.
    ///
    /// # Errors
    /// When the DNS could not be asked.
    pub async fn of(dns: &dyn Resolver, zone: &str, name_servers: &[String]) -> Result<Self, DnsError> {
        let public = dns.look_up(zone, RecordKind::Ns).await?;
        let own: BTreeSet<String> = name_servers.iter().map(|name| plain_name(name)).collect();
        Ok(if public.is_empty() {
            Self::Missing
        } else if public.iter().any(|name| own.contains(&plain_name(name))) {
            Self::Here
        } else {
            Self::Elsewhere(public)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::dns::fake::FakeDns;

    #[tokio::test]
    async fn case_and_final_dots_do_not_matter() {
        let dns = FakeDns::default();
        dns.set("example.org", RecordKind::Ns, &["ns-1.awsdns.net", "ns-2.awsdns.org"]);
        let own = ["NS-1.awsdns.net.".to_owned()];
        assert_eq!(Delegation::of(&dns, "example.org", &own).await, Ok(Delegation::Here));
        assert_eq!(Delegation::of(&dns, "tv.example.org", &own).await, Ok(Delegation::Missing));
        let other = ["ns.other.net".to_owned()];
        assert!(
            matches!(Delegation::of(&dns, "example.org", &other).await, Ok(Delegation::Elsewhere(seen)) if seen.len() == 2)
        );
    }
}
