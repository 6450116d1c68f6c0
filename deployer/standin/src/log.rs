//! Remembers what was asked, and what was pushed.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

/// How many of the latest requests are kept.
const MAX_LATEST: usize = 1_000;

/// What the stand-in was asked since it started, or since its log was cleared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestLog {
    /// How many requests there were, those for `/_standin` apart.
    pub requests: u64,
    /// How many are being answered now.
    pub in_flight: u64,
    /// The most that were being answered at one time.
    pub peak_concurrency: u64,
    /// Requests by path.
    pub paths: BTreeMap<String, u64>,
    /// Requests that each fault rule hit.
    pub faults: BTreeMap<String, u64>,
    /// The latest thousand requests, oldest first.
    pub latest: Vec<LoggedRequest>,
}

impl RequestLog {
    /// Returns how many requests hit the fault rule of this name.
    #[must_use]
    pub fn hits(&self, id: &str) -> u64 {
        self.faults.get(id).copied().unwrap_or_default()
    }

    /// Returns how many requests asked for a path.
    #[must_use]
    pub fn count(&self, path: &str) -> u64 {
        self.paths.get(path).copied().unwrap_or_default()
    }

    pub(crate) fn begin(&mut self, entry: LoggedRequest) {
        self.requests += 1;
        self.in_flight += 1;
        self.peak_concurrency = self.peak_concurrency.max(self.in_flight);
        *self.paths.entry(entry.path.clone()).or_insert(0) += 1;
        if self.latest.len() == MAX_LATEST {
            self.latest.remove(0);
        }
        self.latest.push(entry);
    }

    pub(crate) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(crate) fn clear(&mut self) {
        let in_flight = self.in_flight;
        *self = Self { in_flight, peak_concurrency: in_flight, ..Self::default() };
    }
}

/// One request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query without the value of `api_key`.
    pub query: String,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// When it came, in milliseconds since the stand-in started.
    pub at: u64,
    /// The fault rule that hit it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What one push subscription was sent (RFC 8030).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The last part of the endpoint's path.
    pub id: String,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as base64: an encrypted record (RFC 8188).
    pub body: String,
}

impl Delivery {
    /// Returns the body's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        // `push::deliver` encoded it, so it decodes.
        STANDARD.decode(&self.body).unwrap_or_default()
    }
}
