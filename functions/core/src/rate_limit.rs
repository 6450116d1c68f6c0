//! How many wrong passwords one caller, and all callers together, may try.

use std::net::{IpAddr, Ipv6Addr};

/// How long an address stays known after a successful sign-in, in seconds: 30 days.
pub const KNOWN_SECONDS: i64 = 30 * 24 * 60 * 60;

/// How far the clocks of two processes may differ, in seconds. A window that begins later than this was written by a clock
/// that has been set back since, and does not count.
pub const MAX_CLOCK_SKEW_SECONDS: i64 = 60;

/// Says how many attempts a caller has, and in what time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Attempts within one window.
    pub max_attempts: u32,
    /// Length of a window in seconds; it starts at the first attempt.
    pub window_seconds: i64,
    /// Failures of all callers within one minute, after which only known addresses may try.
    pub max_per_minute: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { max_attempts: 5, window_seconds: 900, max_per_minute: 30 }
    }
}

/// Says whether an attempt may be made. It is counted *before* the password is checked, so that attempts that come
/// together can't slip through together; success takes it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The attempt is reserved.
    Allowed(Reservation),
    /// The caller, or everybody whose address is not known, has to wait.
    Refused {
        /// Seconds until it may be tried again.
        retry_after: i64,
    },
}

/// Says where a reserved attempt is counted besides at its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// Nowhere: a member signed in from this address within 30 days, so what others do does not limit it.
    Known,
    /// With those of all addresses in this minute since 1970.
    Counted(i64),
}

impl Attempt {
    /// Whether the caller may try the password now.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }

    /// Refuses until the minute of `now` is over.
    #[must_use]
    pub const fn until_next_minute(now: i64) -> Self {
        Self::Refused { retry_after: 60 - now.rem_euclid(60) }
    }
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

impl RateLimit {
    /// Whether a window that began at `first_attempt` still runs. One that begins in the future does not: a clock
    /// that is set back by days would lock its callers out for as long.
    #[must_use]
    pub const fn is_running(&self, first_attempt: i64, now: i64) -> bool {
        now < first_attempt.saturating_add(self.window_seconds)
            && first_attempt <= now.saturating_add(MAX_CLOCK_SKEW_SECONDS)
    }
}

/// Decides about one attempt from what is stored of the caller's earlier ones: the seconds that it has to wait, if it has
/// to.
#[must_use]
pub const fn wait(limit: &RateLimit, count: u32, first_attempt: i64, now: i64) -> Option<i64> {
    if count < limit.max_attempts || !limit.is_running(first_attempt, now) {
        None
    } else {
        Some(first_attempt + limit.window_seconds - now)
    }
}

/// Whether an address still counts as known after a member's last sign-in from it.
#[must_use]
pub const fn is_known(signed_in_at: i64, now: i64) -> bool {
    now.saturating_sub(signed_in_at) < KNOWN_SECONDS
}

/// Returns the minute since 1970 in which all failures are counted together.
#[must_use]
pub const fn minute_of(now: i64) -> i64 {
    now.div_euclid(60)
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
        assert_eq!(wait(&limit, 4, 1000, 1001), None);
        assert_eq!(wait(&limit, 5, 1000, 1001), Some(899));
        assert_eq!(wait(&limit, 5, 1000, 1900), None);
    }

    #[test]
    fn a_clock_that_is_set_back_ends_the_window() {
        let limit = RateLimit::default();
        let now = 1_800_000_000;
        assert_eq!(wait(&limit, 5, now + 2 * 86_400, now), None);
        assert_eq!(wait(&limit, 5, now + 3, now), Some(903), "another process' clock is a little ahead");
    }

    #[test]
    fn an_address_is_known_for_thirty_days() {
        assert!(is_known(0, KNOWN_SECONDS - 1) && !is_known(0, KNOWN_SECONDS));
        assert!(is_known(KNOWN_SECONDS, 0), "also when the clock was set back since");
    }
}
