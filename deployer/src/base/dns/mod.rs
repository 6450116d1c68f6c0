//! What the public DNS says, asked of public resolvers: a home network's own may know other answers.

mod caa;
mod delegation;
#[cfg(any(test, feature = "testing"))]
#[doc(hidden)]
pub mod fake;
mod public;

use std::fmt;

use async_trait::async_trait;

pub use caa::{CertificateRule, certificate_rule};
pub use delegation::Delegation;
pub use public::PublicDns;

/// Kinds of records that are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// Addresses, version 4.
    A,
    /// Which name a name stands for.
    Cname,
    /// The name servers of a zone.
    Ns,
    /// Who may issue certificates.
    Caa,
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::Cname => "CNAME",
            Self::Ns => "NS",
            Self::Caa => "CAA",
        })
    }
}

/// Why nothing is known: no resolver answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the DNS could not be asked for {kind} records of {name}: {reason}")]
pub struct DnsError {
    /// The name that was asked for.
    pub name: String,
    /// The kind of records.
    pub kind: RecordKind,
    /// The resolver's words.
    pub reason: String,
}

/// Looks records up.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// The values of a name's records of one kind; none when there are no such records. Names come in lower case without
    /// their final dot, CAA records as `flags tag value`.
    async fn look_up(&self, name: &str, kind: RecordKind) -> Result<Vec<String>, DnsError>;
}

/// Returns a name as it is compared: in lower case, without its final dot.
#[must_use]
pub fn plain_name(name: &str) -> String {
    name.trim().trim_end_matches('.').to_lowercase()
}
