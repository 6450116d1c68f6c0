//! Where a push message may be sent.
//!
//! An endpoint comes from whoever is logged in, and the server then calls it. So only the hosts of the known push
//! services are allowed, by https on its own port, and hosts that the configuration adds.

use std::fmt;

use url::{Host, Url};

/// Hosts of the push services of Chrome, Firefox, Safari and Edge. A leading dot allows everything below.
const SERVICES: &[&str] = &[
    "fcm.googleapis.com",
    "android.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
];

/// Longest endpoint that is taken. Real ones have some 200 characters.
const MAX_LENGTH: usize = 2048;

/// Knows the hosts that messages may be sent to.
#[derive(Clone, Debug, Default)]
pub struct PushHosts {
    added: Vec<Added>,
}

/// A host that the configuration adds, with its port if it names one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Added {
    host: String,
    port: Option<u16>,
}

/// Holds a checked endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Says why nothing may be sent there. Does not name the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not a URL, or one with a user name, or far too long.
    #[error("the endpoint is not a push service's URL")]
    Malformed,
    /// Neither https nor an added loopback host.
    #[error("the endpoint must be an https URL")]
    Insecure,
    /// A host of no known push service.
    #[error("the endpoint's host is not a known push service")]
    UnknownHost,
}

impl PushHosts {
    /// Reads a comma-separated list of added hosts, each with an optional port.
    #[must_use]
    pub fn with_added(list: &str) -> Self {
        let added = list
            .split(',')
            .filter_map(|entry| Url::parse(&format!("http://{}", entry.trim())).ok())
            .filter_map(|url| {
                let host = url.host_str()?.to_owned();
                Some(Added { host, port: url.port() })
            })
            .collect();
        Self { added }
    }

    /// Checks an endpoint, when a device subscribes and again whenever something is sent.
    pub fn check(&self, endpoint: &str) -> Result<Endpoint, EndpointError> {
        if endpoint.len() > MAX_LENGTH {
            return Err(EndpointError::Malformed);
        }
        let url = Url::parse(endpoint).map_err(|_| EndpointError::Malformed)?;
        let host = url.host().ok_or(EndpointError::Malformed)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Malformed);
        }
        let name = host.to_string();
        let added = self
            .added
            .iter()
            .any(|added| added.host == name && added.port.is_none_or(|port| url.port_or_known_default() == Some(port)));
        match url.scheme() {
            "https" if added => {}
            "https" if url.port().is_none() && is_service(&host) => {}
            "https" => return Err(EndpointError::UnknownHost),
            "http" if added && is_loopback(&host) => {}
            _ => return Err(EndpointError::Insecure),
        }
        Ok(Endpoint(url))
    }

    /// Tells whether the configuration added a host; such a host may have a private address.
    #[must_use]
    pub fn is_added(&self, host: &str) -> bool {
        self.added.iter().any(|added| added.host == host)
    }
}

fn is_service(host: &Host<&str>) -> bool {
    let Host::Domain(name) = host else { return false };
    SERVICES.iter().any(|service| match service.strip_prefix('.') {
        Some(parent) => name.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1),
        None => name == service,
    })
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl Endpoint {
    /// Returns the URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Returns the scheme and host, which is all of it that a VAPID token names.
    #[must_use]
    pub fn audience(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.audience())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_services_are_allowed() {
        let hosts = PushHosts::default();
        for endpoint in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
            "https://web.push.apple.com/QGuQ",
            "https://db5p.notify.windows.com/w/?token=abc",
        ] {
            assert!(hosts.check(endpoint).is_ok(), "{endpoint}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let hosts = PushHosts::with_added("127.0.0.1:9999, push.test");
        for endpoint in [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evil.example/fcm.googleapis.com",
            "https://user@fcm.googleapis.com/x",
            "https://notfcm.googleapis.com/x",
            "https://evilpush.apple.com/x",
            "https://.push.apple.com/x",
            "https://10.0.0.1/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/x",
            "http://127.0.0.1/x",
            "http://127.0.0.1:9998/x",
            "http://push.test/x",
            "file:///etc/passwd",
            "not a url",
            "",
        ] {
            assert!(hosts.check(endpoint).is_err(), "{endpoint}");
        }
        assert!(hosts.check("http://127.0.0.1:9999/x").is_ok());
        assert!(hosts.check("https://push.test/x").is_ok());
    }

    #[test]
    fn debug_hides_the_path() {
        let endpoint = PushHosts::default().check("https://fcm.googleapis.com/fcm/send/secret").unwrap();
        assert_eq!(format!("{endpoint:?}"), "Endpoint(https://fcm.googleapis.com)");
    }
}
