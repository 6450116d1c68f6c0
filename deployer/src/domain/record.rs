//! One record, and how it is told.

use crate::base::dns::{DnsError, RecordKind, plain_name};
use crate::deployment::Context;
use serde::Serialize;

use crate::ui::table;

/// How the public DNS answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "seen")]
pub enum DnsState {
    /// As it should.
    Right,
    /// With nothing.
    Missing,
    /// With something else.
    Wrong(Vec<String>),
    /// It could not be asked.
    Unknown(String),
}

/// A DNS record that the site needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// What it is for.
    pub purpose: &'static str,
    /// Its name.
    pub name: String,
    /// `CNAME` or `NS`.
    pub kind: &'static str,
    /// What it has to say.
    pub value: String,
    /// Whether the person enters it; else stellarr does.
    pub by_hand: bool,
    /// How the public DNS answers now.
    #[serde(flatten)]
    pub standing: DnsState,
}

impl Record {
    /// Says how it stands, in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.standing {
            DnsState::Right => "is as it should be".to_owned(),
            DnsState::Missing => format!("your DNS says nothing yet, needs {}", self.value),
            DnsState::Wrong(seen) => format!("your DNS still says {}, needs {}", seen.join(", "), self.value),
            DnsState::Unknown(reason) => format!("the DNS could not be asked: {reason}"),
        }
    }
}

/// Lays records out for pasting into a DNS provider's form.
#[must_use]
pub fn paste_table<'a>(records: impl IntoIterator<Item = &'a Record>) -> String {
    let rows = records.into_iter().map(|one| [one.name.clone(), one.kind.to_owned(), one.value.clone()]);
    table(&["name", "type", "value"], rows)
}

impl DnsState {
    pub(super) fn of(seen: Vec<String>) -> Self {
        if seen.is_empty() { Self::Missing } else { Self::Wrong(seen) }
    }

    pub(super) fn unknown(error: &DnsError) -> Self {
        Self::Unknown(error.reason.clone())
    }
}

/// The record that proves a domain, and how it stands.
pub async fn proof(context: Context<'_>, name: &str, value: &str) -> Record {
    let (name, value) = (plain_name(name), plain_name(value));
    let standing = match context.dns.look_up(&name, RecordKind::Cname).await {
        Ok(seen) if seen.contains(&value) => DnsState::Right,
        Ok(seen) => DnsState::of(seen),
        Err(error) => DnsState::unknown(&error),
    };
    Record { purpose: "the certificate", name, kind: "CNAME", value, by_hand: true, standing }
}
