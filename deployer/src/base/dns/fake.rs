//! A DNS in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{DnsError, RecordKind, Resolver};

#[derive(Debug, Default)]
struct Records {
    values: BTreeMap<(String, RecordKind), Vec<String>>,
    asked: Vec<String>,
    silent: bool,
}

/// Records by name and kind. Clones are the same DNS.
#[derive(Clone, Debug, Default)]
pub struct FakeDns(Arc<Mutex<Records>>);

impl FakeDns {
    /// Sets a name's records of one kind.
    pub fn set(&self, name: &str, kind: RecordKind, values: &[&str]) -> &Self {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.records().values.insert((name.to_owned(), kind), values);
        self
    }

    /// Lets every look-up fail, as without a network.
    pub fn silence(&self) -> &Self {
        self.records().silent = true;
        self
    }

    /// What was asked for so far, as `name kind`.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.records().asked.clone()
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Resolver for FakeDns {
    async fn look_up(&self, name: &str, kind: RecordKind) -> Result<Vec<String>, DnsError> {
        let mut records = self.records();
        records.asked.push(format!("{name} {kind}"));
        if records.silent {
            return Err(DnsError { name: name.to_owned(), kind, reason: "no answer".to_owned() });
        }
        Ok(records.values.get(&(name.to_owned(), kind)).cloned().unwrap_or_default())
    }
}
