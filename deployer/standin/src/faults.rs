//! Decides which requests go wrong, and how.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Says which requests are hit, and what happens to them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Names the rule in the log; `fault-1`, `fault-2`, … where it is empty.
    #[serde(default)]
    pub id: String,
    /// The path, in which `*` stands for any run of characters: `/3/trending/*/week`.
    pub path: String,
    /// The method; any where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Query parameters that must have exactly these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    /// The first of the matching requests to be hit, counted from 1.
    #[serde(default = "first")]
    pub nth: u64,
    /// How many are hit from there on; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What happens.
    pub action: Action,
}

fn first() -> u64 {
    1
}

impl FaultRule {
    /// Hits every request whose path matches.
    #[must_use]
    pub fn new(path: impl Into<String>, action: Action) -> Self {
        Self { id: String::new(), path: path.into(), method: None, query: BTreeMap::new(), nth: 1, times: None, action }
    }

    /// Names the rule in the log.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Hits only requests with this query parameter.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.insert(name.into(), value.into());
        self
    }

    /// Hits only requests with this method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Lets the first `nth - 1` matching requests pass.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// Hits so many requests, then lets the rest pass.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    fn matches(&self, request: &RequestParts<'_>) -> bool {
        self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(request.method))
            && glob(&self.path, request.path)
            && self
                .query
                .iter()
                .all(|(name, value)| request.query.iter().any(|(other, given)| name == other && value == given))
    }
}

/// What happens to a request that a rule hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Answers this instead. A string is sent as it is, anything else as JSON.
    Respond {
        /// The status.
        status: u16,
        /// Headers, on top of the content type.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// The body; nothing where null.
        #[serde(default)]
        body: Value,
    },
    /// Answers as usual, so much later.
    Delay {
        /// How much later.
        milliseconds: u64,
    },
    /// Never answers; the connection stays open.
    Hang,
    /// Answers as usual, with the body at this pace.
    Drip {
        /// The pace.
        #[serde(default = "first")]
        bytes_per_second: u64,
    },
    /// Promises the whole body, sends so much of it, and closes the connection.
    Truncate {
        /// How much is sent; half of the body where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// Answers 200 with `{}`.
    Empty,
    /// Answers 200 with a web page, as a captive portal does.
    Html,
    /// Resets the connection.
    Reset,
    /// Answers 200 with so many bytes of JSON that never ends.
    Huge {
        /// How many; 100 MB where absent.
        #[serde(default = "hundred_megabytes")]
        bytes: u64,
    },
    /// Answers as usual, but with this JSON merged into the body (RFC 7396: null removes).
    Merge {
        /// What is merged.
        body: Value,
    },
}

fn hundred_megabytes() -> u64 {
    100_000_000
}

impl Action {
    /// Answers `status`, with TMDB's body for it where TMDB has one.
    #[must_use]
    pub fn status(status: u16) -> Self {
        let code = match status {
            400 => 22,
            401 => 7,
            404 => 34,
            429 => 25,
            503 => 9,
            _ => 11,
        };
        Self::Respond {
            status,
            headers: BTreeMap::new(),
            body: serde_json::json!({
                "success": false,
                "status_code": code,
                "status_message": format!("The stand-in was told to answer {status}."),
            }),
        }
    }

    /// Answers 429 with `Retry-After: seconds`.
    #[must_use]
    pub fn rate_limited(seconds: u64) -> Self {
        Self::status(429).with_header("retry-after", seconds.to_string())
    }

    /// Answers `status` with `body`.
    #[must_use]
    pub fn respond(status: u16, body: Value) -> Self {
        Self::Respond { status, headers: BTreeMap::new(), body }
    }

    /// Answers later by `delay`.
    #[must_use]
    pub fn delay(delay: Duration) -> Self {
        Self::Delay { milliseconds: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX) }
    }

    /// Adds a header to an answer made with [`Action::status`] or [`Action::respond`].
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Self::Respond { headers, .. } = &mut self {
            headers.insert(name.into(), value.into());
        }
        self
    }
}

/// What rules look at.
pub(crate) struct RequestParts<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(String, String)],
}

/// The rules in force, with what they have seen.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<ActiveRule>,
    added: usize,
}

#[derive(Debug)]
struct ActiveRule {
    rule: FaultRule,
    seen: u64,
    hits: u64,
}

impl Faults {
    /// Adds a rule and returns its name.
    pub(crate) fn add(&mut self, mut rule: FaultRule) -> String {
        self.added += 1;
        if rule.id.is_empty() {
            rule.id = format!("fault-{}", self.added);
        }
        let id = rule.id.clone();
        self.rules.push(ActiveRule { rule, seen: 0, hits: 0 });
        id
    }

    /// Removes all rules.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Counts the request, and returns the first rule that hits it.
    pub(crate) fn hit(&mut self, request: &RequestParts<'_>) -> Option<FaultRule> {
        let mut found = None;
        for armed in &mut self.rules {
            if !armed.rule.matches(request) {
                continue;
            }
            armed.seen += 1;
            let due = armed.seen >= armed.rule.nth.max(1) && armed.rule.times.is_none_or(|times| armed.hits < times);
            if due && found.is_none() {
                armed.hits += 1;
                found = Some(armed.rule.clone());
            }
        }
        found
    }

    /// Returns the rules with their hits.
    pub(crate) fn hits(&self) -> BTreeMap<String, u64> {
        let mut hits = BTreeMap::new();
        for armed in &self.rules {
            *hits.entry(armed.rule.id.clone()).or_insert(0) += armed.hits;
        }
        hits
    }

    /// Returns the rules.
    pub(crate) fn rules(&self) -> Vec<FaultRule> {
        self.rules.iter().map(|armed| armed.rule.clone()).collect()
    }
}

/// Tells whether `text` has the form of `pattern`, in which `*` stands for any run of characters.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    let mut rest = rest;
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(path: &str) -> RequestParts<'_> {
        RequestParts { method: "GET", path, query: &[] }
    }

    #[test]
    fn patterns_match_whole_paths() {
        assert!(glob("/3/trending/*/week", "/3/trending/movie/week"));
        assert!(glob("*", "/anything"));
        assert!(glob("/3/*/*", "/3/movie/653"));
        assert!(glob("/3/movie/653", "/3/movie/653"));
        assert!(!glob("/3/movie/65", "/3/movie/653"));
        assert!(!glob("/3/*/week", "/3/trending/movie/day"));
        assert!(!glob("/a*a", "/a"));
    }

    #[test]
    fn a_rule_hits_from_the_nth_and_so_many_times() {
        let mut faults = Faults::default();
        faults.add(FaultRule::new("/x", Action::Hang).nth(2).times(2));
        let hit: Vec<bool> = (0..5).map(|_| faults.hit(&target("/x")).is_some()).collect();
        assert_eq!(hit, [false, true, true, false, false]);
        assert_eq!(faults.hits()["fault-1"], 2);
    }

    #[test]
    fn rules_read_as_json() {
        let rule: FaultRule = serde_json::from_value(serde_json::json!({
            "path": "/3/*", "query": {"language": "fr"}, "times": 1,
            "action": {"kind": "respond", "status": 429, "headers": {"retry-after": "1"}},
        }))
        .unwrap();
        let french = [("language".to_owned(), "fr".to_owned())];
        let mut request = target("/3/x");
        assert!(!rule.matches(&request));
        request.query = &french;
        assert!(rule.matches(&request));
        assert!(serde_json::from_str::<FaultRule>(r#"{"path":"/","acton":{}}"#).is_err());
    }
}
