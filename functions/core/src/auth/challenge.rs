//! The login's challenge-response.
//!
//! The browser derives a key from the password, salted with the page's origin, and sends the SHA-256 of that key and
//! the time. The server does the same. Neither the password nor the derived key crosses the wire.

use std::fmt;

use sha2::{Digest, Sha256};

use super::{Origin, same};

/// How old a challenge may be, in seconds.
pub const MAX_CHALLENGE_AGE_SECONDS: i64 = 300;

/// How far ahead a browser's clock may be, in seconds. Less than the past: a challenge from the future stays usable
/// until it has aged as well.
pub const FUTURE_SECONDS: i64 = 60;

/// What a client is told whose answer was used before; ours looks for these very words.
pub const USED_DETAIL: &str = "This login was used before; sign in again";

/// Holds what a browser sends to log in.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Origin of the page.
    pub origin: String,
    /// The browser's clock, in unix seconds.
    pub timestamp: i64,
    /// Lower-case hexadecimal SHA-256 of `<derived key>:<timestamp>`.
    pub hash: String,
}

/// Says why a challenge is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// The clocks are too far apart.
    #[error("Timestamp is {skew} seconds off; check the clock of this device")]
    Skewed {
        /// The browser's clock less ours, in seconds.
        skew: i64,
    },
    /// The page belongs to another site.
    #[error("This page is not the site that the password is for")]
    ForeignOrigin,
    /// Wrong password.
    #[error("Invalid password")]
    Wrong,
    /// The answer was used before. It holds no name, so people who sign in during the same second send the same one:
    /// the page tries again with another second.
    #[error("{USED_DETAIL}")]
    Used,
}

/// Holds the key derived from the password: 64 lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct DerivedKey(String);

impl DerivedKey {
    /// Derives the key by PBKDF2-HMAC-SHA-256. Takes a good part of a second with the iterations of today.
    #[must_use]
    pub fn derive(password: &str, origin: &str, iterations: u32) -> Self {
        let key: [u8; 32] = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), origin.as_bytes(), iterations);
        Self(hex::encode(key))
    }

    /// Returns the hash that a browser with the right password sends at a time.
    #[must_use]
    pub fn response(&self, timestamp: i64) -> String {
        hex::encode(Sha256::digest(format!("{}:{timestamp}", self.0)))
    }
}

impl Challenge {
    /// Checks the time and the origin; costs nothing.
    pub fn check_frame(&self, origin: &Origin, now: i64) -> Result<(), ChallengeError> {
        let skew = self.timestamp.saturating_sub(now);
        if !(-MAX_CHALLENGE_AGE_SECONDS..=FUTURE_SECONDS).contains(&skew) {
            return Err(ChallengeError::Skewed { skew });
        }
        if !origin.admits(&self.origin) {
            return Err(ChallengeError::ForeignOrigin);
        }
        Ok(())
    }

    /// Checks the hash, in constant time.
    pub fn check_hash(&self, key: &DerivedKey) -> Result<(), ChallengeError> {
        let expected = key.response(self.timestamp);
        if same(expected.as_bytes(), self.hash.as_bytes()) { Ok(()) } else { Err(ChallengeError::Wrong) }
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge").field("timestamp", &self.timestamp).finish_non_exhaustive()
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://stellarr.example.com";
    const HASH: &str = "8730aaf17a41b06c5b9481a0e33db6cdb18f961bbbc8b6350b190b478dbfb54d";

    fn challenge() -> Challenge {
        Challenge { origin: ORIGIN.to_owned(), timestamp: 1_700_000_000, hash: HASH.to_owned() }
    }

    #[test]
    fn the_published_vector_is_accepted() {
        let key = DerivedKey::derive("correct horse battery staple", ORIGIN, 100_000);
        assert_eq!(key.0, "bea5fdcac2c261082bacf86a4013d0543b08da33dad58fcabf9a422f9548bf4d");
        assert_eq!(key.response(1_700_000_000), HASH);
        assert_eq!(challenge().check_hash(&key), Ok(()));
        let other = DerivedKey::derive("correct horse battery stapler", ORIGIN, 1);
        assert_eq!(challenge().check_hash(&other), Err(ChallengeError::Wrong));
        for hash in ["", "é", "8730AAF17A41B06C5B9481A0E33DB6CDB18F961BBBC8B6350B190B478DBFB54D"] {
            let wrong = Challenge { hash: hash.to_owned(), ..challenge() };
            assert_eq!(wrong.check_hash(&key), Err(ChallengeError::Wrong));
        }
    }

    #[test]
    fn clocks_may_differ_a_little() {
        let origin = Origin::parse(ORIGIN).unwrap();
        let at = |now: i64| challenge().check_frame(&origin, now);
        assert_eq!(at(1_700_000_300), Ok(()));
        assert_eq!(at(1_700_000_301), Err(ChallengeError::Skewed { skew: -301 }));
        assert_eq!(at(1_700_000_000 - 60), Ok(()));
        assert_eq!(at(1_700_000_000 - 299), Err(ChallengeError::Skewed { skew: 299 }));
        let extreme = Challenge { timestamp: i64::MIN, ..challenge() };
        assert!(extreme.check_frame(&origin, i64::MAX).is_err());
    }

    #[test]
    fn a_foreign_origin_is_refused() {
        let origin = Origin::parse("https://other.example.com").unwrap();
        assert_eq!(challenge().check_frame(&origin, 1_700_000_000), Err(ChallengeError::ForeignOrigin));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?} {:?}", challenge(), DerivedKey("feed".to_owned()));
        assert_eq!(shown, "Challenge { timestamp: 1700000000, .. } DerivedKey");
    }
}
