//! How many wrong passwords one caller may try.

use std::net::{IpAddr, Ipv6Addr};

/// Says how many attempts a caller has, and in what time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Attempts within one window.
    pub max_attempts: u32,
    /// Length of a window in seconds; it starts at the first attempt.
    pub window_seconds: i64,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { max_attempts: 5, window_seconds: 900 }
    }
}

/// Says whether an attempt may be made. It is counted *before* the password is checked, so that attempts that come
/// together can't slip through together; success clears the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The attempt is reserved.
    Allowed,
    /// None is left.
    Refused {
        /// Seconds until the window ends.
        retry_after: i64,
    },
}

/// Names whoever is counted: an address, or the /64 of an IPv6 address, which one household can change at will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller(String);

impl Caller {
    /// Names the caller at an address.
    #[must_use]
    pub fn at(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }

    /// Names everybody whose address can't be told; they share one count.
    #[must_use]
    pub fn unknown() -> Self {
        Self("unknown".to_owned())
    }

    /// Returns the text that storage keys are made of.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Decides about one attempt from what is stored of the earlier ones; stores without conditional updates use it.
#[must_use]
pub fn decide(limit: &RateLimit, count: u32, first_attempt: i64, now: i64) -> Attempt {
    let ends = first_attempt + limit.window_seconds;
    if now >= ends || count < limit.max_attempts {
        Attempt::Allowed
    } else {
        Attempt::Refused { retry_after: ends - now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_caller() {
        let caller = |text: &str| Caller::at(text.parse().unwrap()).as_str().to_owned();
        assert_eq!(caller("203.0.113.9"), "203.0.113.9");
        assert_eq!(caller("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(caller("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(caller("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
        assert_ne!(caller("2001:db8:1:3::1"), "2001:db8:1:2::/64");
    }

    #[test]
    fn a_window_ends() {
        let limit = RateLimit::default();
        assert_eq!(decide(&limit, 4, 1000, 1001), Attempt::Allowed);
        assert_eq!(decide(&limit, 5, 1000, 1001), Attempt::Refused { retry_after: 899 });
        assert_eq!(decide(&limit, 5, 1000, 1900), Attempt::Allowed);
    }
}
