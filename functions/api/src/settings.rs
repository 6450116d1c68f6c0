//! What the environment decides, and the one table of it.

use std::str::FromStr;

use http::HeaderName;
use stellarr_core::addresses;
use stellarr_core::auth::Origin;
use stellarr_core::feed::Listing;
use stellarr_core::push::PushHosts;
use stellarr_core::rate_limit::RateLimit;

use crate::origin::OriginCheck;

/// Holds everything that the environment decides about the API.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which requests came through the CDN.
    pub origin_check: OriginCheck,
    /// Where the site is, if that is configured.
    pub base_url: Option<Origin>,
    /// Which header names the client's address; none takes the peer's.
    pub client_address: Option<HeaderName>,
    /// How many wrong passwords a caller may try; none is no limit.
    pub rate_limit: Option<RateLimit>,
    /// Rounds of PBKDF2.
    pub iterations: u32,
    /// Which requests the feeds list.
    pub listing: Listing,
    /// Whom push services may write to; none is the site itself.
    pub push_contact: Option<String>,
    /// Which push services there are besides the known ones.
    pub push_hosts: PushHosts,
    /// Where TMDB's images are.
    pub image_base: String,
    /// Where TMDB is.
    pub tmdb_base: String,
    /// Where TheTVDB is.
    pub tvdb_base: String,
    /// Which pages of other sites may call the API; `*` is all.
    pub allowed_origin: String,
}

/// Where the API runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// As a Lambda function behind the CDN.
    Lambda,
    /// As a process of its own.
    SelfHosted,
}

/// Describes one variable of the environment.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What counts when it is not set.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($name:ident, $default:expr, $meaning:literal;)*) => {
        $(const $name: Variable = Variable { name: stringify!($name), default: $default, meaning: $meaning };)*
        /// Every variable that the API reads, in the order of the documentation.
        pub const VARIABLES: &[Variable] = &[$($name),*];
    };
}

variables! {
    BASE_URL, "", "Public address of the site, such as `https://media.example.com`. Logins are accepted from its pages only. Not set: the host that the browser asked for; of a self-hosted process only one of the home network: a private or loopback address, a name without a dot, or one that ends in `.local`, `.lan` or `.home.arpa`.";
    RATE_LIMIT_ENABLED, "true", "Whether wrong passwords are counted.";
    RATE_LIMIT_MAX_ATTEMPTS, "5", "Wrong passwords that one address (one /64 of IPv6) may try within a window.";
    RATE_LIMIT_WINDOW_SECONDS, "900", "Length of that window.";
    RATE_LIMIT_MAX_PER_MINUTE, "30", "Wrong passwords of all addresses within a minute, after which only addresses with a sign-in within the last 30 days may try.";
    CLIENT_IP_HEADER, "", "Header in which a trusted proxy names the client's address; of a list the last entry counts. Not set: the peer's address. Set it only if every request comes through that proxy.";
    KEEP_ADDED_LISTED, "false", "Whether feeds keep listing what has arrived. Set it if Radarr or Sonarr cleans its library by its lists.";
    PUSH_CONTACT, "", "`mailto:` address that push services may write to; some want one. Not set: the site's address.";
    PUSH_ALLOWED_HOSTS, "", "Comma list of hosts, with or without a port, that notifications may go to besides the known push services; plain http for loopback ones only.";
    IMAGE_BASE_URL, addresses::TMDB_IMAGES, "Where posters are.";
    TMDB_BASE_URL, addresses::TMDB, "Where TMDB is.";
    TVDB_BASE_URL, addresses::TVDB, "Where TheTVDB is.";
    AUTH_ITERATIONS, "600000", "Rounds of PBKDF2 that a login takes, at least 100000; browsers ask for the number.";
    ALLOWED_ORIGIN, "*", "Which pages of other sites may call the API (CORS). No cookie is ever used.";
    ORIGIN_VERIFY_SHA256, "", "Lambda only: comma list of SHA-256s of the secret header's accepted values.";
}

/// Fewest rounds of PBKDF2.
const MIN_ITERATIONS: u32 = 100_000;

/// Says that a variable's value can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is not {wanted}")]
pub struct BadVariable {
    /// The variable.
    pub name: &'static str,
    /// What it should be.
    pub wanted: &'static str,
}

impl Settings {
    /// Reads the settings from variables.
    pub fn read(host: Host, variable: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        let text = |of: Variable| -> String {
            let value = variable(of.name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
            value.unwrap_or_else(|| of.default.to_owned())
        };
        let base_url = match text(BASE_URL).as_str() {
            "" => None,
            address => Some(Origin::parse(address).map_err(|_| BadVariable {
                name: BASE_URL.name,
                wanted: "an origin such as https://media.example.com",
            })?),
        };
        let client_address = match (text(CLIENT_IP_HEADER).as_str(), host) {
            ("", Host::Lambda) => Some(HeaderName::from_static(addresses::VIEWER_ADDRESS_HEADER)),
            ("", Host::SelfHosted) => None,
            (name, _) => Some(
                HeaderName::from_str(name)
                    .map_err(|_| BadVariable { name: CLIENT_IP_HEADER.name, wanted: "the name of a header" })?,
            ),
        };
        let limit = RateLimit {
            max_attempts: number(RATE_LIMIT_MAX_ATTEMPTS, &text(RATE_LIMIT_MAX_ATTEMPTS))?,
            window_seconds: number(RATE_LIMIT_WINDOW_SECONDS, &text(RATE_LIMIT_WINDOW_SECONDS))?,
            max_per_minute: number(RATE_LIMIT_MAX_PER_MINUTE, &text(RATE_LIMIT_MAX_PER_MINUTE))?,
        };
        let contact = match text(PUSH_CONTACT) {
            contact if contact.starts_with("mailto:") || contact.starts_with("https:") => Some(contact),
            contact if contact.contains('@') => Some(format!("mailto:{contact}")),
            _ => None,
        };
        Ok(Self {
            origin_check: match host {
                Host::Lambda => OriginCheck::from_list(&text(ORIGIN_VERIFY_SHA256)),
                Host::SelfHosted => OriginCheck::Off,
            },
            base_url,
            client_address,
            rate_limit: flag(RATE_LIMIT_ENABLED, &text(RATE_LIMIT_ENABLED))?.then_some(limit),
            iterations: iterations(&text(AUTH_ITERATIONS))?,
            listing: Listing { keep_added: flag(KEEP_ADDED_LISTED, &text(KEEP_ADDED_LISTED))? },
            push_contact: contact,
            push_hosts: PushHosts::with_added(&text(PUSH_ALLOWED_HOSTS)),
            image_base: text(IMAGE_BASE_URL).trim_end_matches('/').to_owned(),
            tmdb_base: text(TMDB_BASE_URL),
            tvdb_base: text(TVDB_BASE_URL),
            allowed_origin: text(ALLOWED_ORIGIN),
        })
    }
}

fn flag(of: Variable, text: &str) -> Result<bool, BadVariable> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(BadVariable { name: of.name, wanted: "true or false" }),
    }
}

fn number<T: FromStr + PartialOrd + From<u8>>(of: Variable, text: &str) -> Result<T, BadVariable> {
    let number = text.parse().ok().filter(|number| *number >= T::from(1));
    number.ok_or(BadVariable { name: of.name, wanted: "a number above 0" })
}

/// With fewer rounds, an eavesdropper on a login could try passwords quickly.
fn iterations(text: &str) -> Result<u32, BadVariable> {
    let number = text.parse().ok().filter(|number| *number >= MIN_ITERATIONS);
    number.ok_or(BadVariable { name: AUTH_ITERATIONS.name, wanted: "a number of at least 100000" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(host: Host, variables: &[(&str, &str)]) -> Result<Settings, BadVariable> {
        let found =
            |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        Settings::read(host, found)
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = read(Host::Lambda, &[]).unwrap();
        assert_eq!(settings.client_address.unwrap(), "x-stellarr-address");
        assert_eq!(settings.rate_limit, Some(RateLimit::default()));
        assert_eq!(settings.iterations, 600_000);
        assert!(!settings.origin_check.accepts(Some(b"")));
        let settings = read(Host::SelfHosted, &[("RATE_LIMIT_ENABLED", "false")]).unwrap();
        assert_eq!((settings.client_address, settings.rate_limit), (None, None));
        assert!(settings.origin_check.accepts(None));
    }

    #[test]
    fn a_bad_value_is_named() {
        for (name, value) in [
            ("BASE_URL", "media.example.com"),
            ("RATE_LIMIT_MAX_ATTEMPTS", "0"),
            ("RATE_LIMIT_ENABLED", "maybe"),
            ("CLIENT_IP_HEADER", "x y"),
            ("RATE_LIMIT_MAX_PER_MINUTE", "0"),
            ("AUTH_ITERATIONS", "-1"),
            ("AUTH_ITERATIONS", "99999"),
        ] {
            assert_eq!(read(Host::SelfHosted, &[(name, value)]).unwrap_err().name, name);
        }
    }

    #[test]
    fn a_login_takes_at_least_a_hundred_thousand_rounds() {
        let iterations =
            |text| read(Host::SelfHosted, &[("AUTH_ITERATIONS", text)]).map(|settings| settings.iterations);
        assert_eq!(iterations("100000"), Ok(100_000));
        let refused = iterations("1000").unwrap_err();
        assert_eq!(refused.to_string(), "AUTH_ITERATIONS is not a number of at least 100000");
    }

    #[test]
    fn a_bare_address_becomes_a_contact() {
        let contact = |value| read(Host::Lambda, &[("PUSH_CONTACT", value)]).unwrap().push_contact;
        assert_eq!(contact("me@example.com").unwrap(), "mailto:me@example.com");
        assert_eq!(contact("mailto:me@example.com").unwrap(), "mailto:me@example.com");
        assert_eq!((contact(""), contact("me")), (None, None));
    }
}
