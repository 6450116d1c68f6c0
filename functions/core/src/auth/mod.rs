//! Who is asking: the shared password by challenge-response, and the signed token that follows.

mod challenge;
mod name;
mod origin;
mod token;

pub use challenge::{Challenge, ChallengeError, DerivedKey, FUTURE_SECONDS, MAX_CHALLENGE_AGE_SECONDS, USED_DETAIL};
pub use name::{DisplayName, NameError, is_same_member, member_key, spellings};
pub use origin::{Origin, OriginError};
pub use token::{MAX_AGE_SECONDS, Session, TokenError, issue, verify};

use subtle::ConstantTimeEq;

/// Compares two secrets in constant time; only their lengths may be told from the time taken.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}
