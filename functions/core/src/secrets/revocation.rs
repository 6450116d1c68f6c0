//! Which sessions have ended: those that began before `NOT_BEFORE`, and those of another password.
//!
//! The secret holds three values for it, which are written together:
//! - `NOT_BEFORE`, a unix second; tokens of an earlier one no longer count.
//! - `PASSWORD_MARK`, a keyed hash of the password that `NOT_BEFORE` was last written for. Where it does not fit the password,
//!   the password was changed by other means than stellarr, such as the AWS console, and ends sessions as well.
//! - `RENEWED_SESSION`, `<NOT_BEFORE> <second>`: the token that is dated `NOT_BEFORE` renews a session that began at that
//!   second. Its 30 days count from there, so that no session renews itself for ever.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{BadSecret, NOT_BEFORE, Secrets, judge};
use crate::auth::{MAX_AGE_SECONDS, same};

/// Name of the keyed hash of the password.
pub const PASSWORD_MARK: &str = "PASSWORD_MARK";

/// Name of what is known of a session that outlived the end of all others.
pub const RENEWED_SESSION: &str = "RENEWED_SESSION";

/// How long a process may use what it has read of the secret, in seconds. Until then it accepts the old password, so the
/// sessions that it opens meanwhile end as well.
pub const HELD_SECONDS: i64 = 60;

/// Returns the keyed hash of a password. Without the signing key it does not help to guess the password.
#[must_use]
pub fn password_mark(signing_key: &str, password: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(signing_key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(b"password:");
    mac.update(password.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

impl Secrets {
    /// Returns the unix second before which issued tokens no longer count.
    pub fn not_before(&self) -> Result<Option<i64>, BadSecret> {
        self.get(NOT_BEFORE).map(judge::second).transpose().map_err(BadSecret)
    }

    /// Whether the password has changed since it last ended the sessions. False where no mark is kept.
    #[must_use]
    pub fn has_other_password(&self) -> bool {
        let mark = self.mark();
        self.get(PASSWORD_MARK).zip(mark).is_some_and(|(kept, now)| !same(kept.as_bytes(), now.as_bytes()))
    }

    /// Returns the keyed hash of the password, if there is one.
    #[must_use]
    pub fn mark(&self) -> Option<String> {
        Some(password_mark(self.get(super::SIGNING_KEY).unwrap_or_default(), self.get(super::PASSWORD)?))
    }

    /// Returns when the session began whose token was issued at this second.
    #[must_use]
    pub fn began_at(&self, issued_at: i64) -> i64 {
        let renewed = self.get(RENEWED_SESSION).and_then(|text| {
            let (not_before, began) = text.split_once(' ')?;
            Some((not_before.parse::<i64>().ok()?, began.parse::<i64>().ok()?))
        });
        let not_before = self.not_before().ok().flatten();
        match renewed {
            Some((of, began)) if of == issued_at && not_before == Some(of) => began.min(issued_at),
            _ => issued_at,
        }
    }

    /// Returns the date of the token for a sign-in now. A token counts from a second after `NOT_BEFORE` on, because the
    /// one that is dated `NOT_BEFORE` is a renewed one; so while `NOT_BEFORE` lies ahead, it is dated ahead.
    pub fn issue_at(&self, now: i64) -> Result<i64, BadSecret> {
        let ahead = self.not_before()?.filter(|second| (now..=now + MAX_AGE_SECONDS).contains(second));
        Ok(ahead.map_or(now, |second| second + 1))
    }

    /// Returns the earliest `NOT_BEFORE` that ends every session there can be: of those that began until now, and of those
    /// that are dated after the present `NOT_BEFORE` because it lies ahead.
    pub fn end_of_all(&self, now: i64) -> Result<i64, BadSecret> {
        Ok(self.not_before()?.map_or(now + 1, |held| (held + 2).max(now + 1)))
    }

    /// Returns what has to be written to end every session that began before a second, and those that are dated after the
    /// present `NOT_BEFORE` because it lies ahead. `renewing` is when the one session began that goes on, in a token that is dated `second`.
    pub fn ending(&self, second: i64, renewing: Option<i64>) -> Result<Vec<(&'static str, String)>, BadSecret> {
        let latest = self.end_of_all(second - 1)?;
        let mut values = vec![(NOT_BEFORE, latest.to_string())];
        values.extend(self.mark().map(|mark| (PASSWORD_MARK, mark)));
        values.extend(renewing.map(|began| (RENEWED_SESSION, format!("{second} {began}"))));
        Ok(values)
    }

    /// Returns the values with these in the place of their own.
    #[must_use]
    pub fn with(&self, values: Vec<(&'static str, String)>) -> Self {
        let mut all = self.clone();
        all.values.extend(values.into_iter().map(|(name, value)| (name.to_owned(), value)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn secrets(password: &str, more: &[(&str, &str)]) -> Secrets {
        Secrets::new(
            [("APP_SECRET_KEY", KEY), ("PRESHARED_PASSWORD", password)].into_iter().chain(more.iter().copied()),
        )
    }

    #[test]
    fn a_password_that_was_changed_by_other_means_is_found() {
        let before = secrets("correct horse battery", &[]);
        assert!(!before.has_other_password(), "an earlier version kept no mark");
        let marked = before.with(before.ending(100, None).unwrap());
        assert!(!marked.has_other_password());
        let changed = marked.with(vec![("PRESHARED_PASSWORD", "staple battery horse".to_owned())]);
        assert!(changed.has_other_password());
        assert!(!changed.with(changed.ending(200, None).unwrap()).has_other_password());
    }

    #[test]
    fn a_renewed_session_keeps_its_beginning() {
        let secrets = secrets("correct horse battery", &[]);
        let once = secrets.with(secrets.ending(1_000, Some(10)).unwrap());
        assert_eq!((once.began_at(1_000), once.began_at(1_001), once.began_at(999)), (10, 1_001, 999));
        let twice = once.with(once.ending(2_000, Some(once.began_at(1_000))).unwrap());
        assert_eq!((twice.began_at(2_000), twice.began_at(1_000)), (10, 1_000));
        let ended = twice.with(twice.ending(3_000, None).unwrap());
        assert_eq!(ended.began_at(3_000), 3_000, "what was renewed before has ended");
    }

    #[test]
    fn a_session_that_is_dated_ahead_ends_as_well() {
        let held = secrets("correct horse battery", &[("NOT_BEFORE", "5000")]);
        let dated = held.issue_at(1_000).unwrap();
        let ended = held.with(held.ending(1_001, None).unwrap());
        assert!(ended.not_before().unwrap() > Some(dated));
        assert_eq!(ended.end_of_all(1_001), Ok(5_004), "and again");
        assert_eq!(secrets("correct horse battery", &[]).end_of_all(1_000), Ok(1_001));
    }

    #[test]
    fn a_session_is_dated_after_the_end_of_the_others() {
        let secrets = |text| secrets("correct horse battery", &[("NOT_BEFORE", text)]);
        assert_eq!(secrets("1000").issue_at(1_001), Ok(1_001));
        assert_eq!(secrets("1000").issue_at(1_000), Ok(1_001));
        assert_eq!(secrets("1061").issue_at(1_000), Ok(1_062));
        assert!(secrets("soon").issue_at(1_000).is_err());
    }
}
