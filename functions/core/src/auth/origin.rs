//! The public origin of a deployment.

use std::fmt;
use std::net::Ipv4Addr;

use url::{Host, Url};

/// Holds an origin as browsers write it: scheme, host and, unless it is the scheme's own, port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    text: String,
    loopback: bool,
    at_home: bool,
}

/// Says that a text is not an http or https origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is a scheme and a host, such as https://media.example.com")]
pub struct OriginError;

impl Origin {
    /// Reads an origin; a path of `/` is tolerated, anything more is not.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError)?;
        let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !plain || !nobody {
            return Err(OriginError);
        }
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(OriginError),
        };
        let at_home = loopback || url.host().is_some_and(|host| is_at_home(&host));
        Ok(Self { text: url.origin().ascii_serialization(), loopback, at_home })
    }

    /// Returns the origin without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Tells whether it is on this machine, as in the sandbox.
    #[must_use]
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Tells whether only somebody at home can be behind it: this machine, a private address, or a name that nobody can
    /// buy.
    #[must_use]
    pub const fn is_at_home(&self) -> bool {
        self.at_home
    }

    /// Tells whether a page of `claimed` belongs to this deployment. On one's own machine any loopback origin does:
    /// `localhost` and `127.0.0.1`, whatever the port.
    #[must_use]
    pub fn admits(&self, claimed: &str) -> bool {
        match Self::parse(claimed) {
            Ok(claimed_origin) => {
                // The text is the salt, so it must be the browser's own spelling.
                claimed_origin.text == claimed
                    && (claimed_origin.text == self.text || (self.loopback && claimed_origin.loopback))
            }
            Err(OriginError) => false,
        }
    }
}

fn is_at_home(host: &Host<&str>) -> bool {
    let v4 = |address: Ipv4Addr| address.is_private() || address.is_link_local() || address.is_loopback();
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || [".local", ".lan", ".home.arpa"].iter().any(|end| name.ends_with(end))
        }
        Host::Ipv4(address) => v4(*address),
        Host::Ipv6(address) => {
            address.is_unique_local() || address.is_unicast_link_local() || address.to_ipv4_mapped().is_some_and(v4)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_deployments_own_origin_is_admitted() {
        let origin = Origin::parse("https://media.example.com/").unwrap();
        assert_eq!(origin.as_str(), "https://media.example.com");
        assert!(origin.admits("https://media.example.com"));
        for foreign in [
            "https://evil.example",
            "http://media.example.com",
            "https://media.example.com:8443",
            "https://media.example.com.evil.example",
            "https://MEDIA.example.com",
            "https://media.example.com/",
            "http://localhost:8080",
            "null",
            "",
        ] {
            assert!(!origin.admits(foreign), "{foreign}");
        }
    }

    #[test]
    fn the_sandbox_admits_any_loopback_origin() {
        let origin = Origin::parse("http://localhost:8080").unwrap();
        assert!(origin.admits("http://127.0.0.1:8080") && origin.admits("http://localhost:5173"));
        assert!(!origin.admits("http://192.168.1.2:8080"));
    }

    #[test]
    fn only_what_nobody_can_buy_is_at_home() {
        let home = |host: &str| Origin::parse(&format!("http://{host}:8000")).unwrap().is_at_home();
        for host in [
            "localhost",
            "127.0.0.1",
            "[::1]",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.2",
            "169.254.1.1",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:192.168.1.2]",
            "nas",
            "nas.local",
            "media.nas.lan",
            "MEDIA.home.arpa",
        ] {
            assert!(home(host), "{host}");
        }
        for host in [
            "evil.example",
            "local.evil.example",
            "8.8.8.8",
            "172.32.0.1",
            "[2001:db8::1]",
            "[::ffff:8.8.8.8]",
            "evil.com.",
            "xlan.com",
        ] {
            assert!(!home(host), "{host}");
        }
    }

    #[test]
    fn what_is_more_than_an_origin_is_refused() {
        for text in ["media.example.com", "ftp://a", "https://a/b", "https://a?b", "https://u@a", "javascript:1"] {
            assert_eq!(Origin::parse(text), Err(OriginError), "{text}");
        }
    }
}
