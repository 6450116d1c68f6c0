//! Session tokens: `<unix seconds>.<base64url of the name>.<base64url of an HMAC-SHA-256>`.
//!
//! The older form `<unix seconds>.<HMAC>` names nobody and is still accepted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How long a token counts, in seconds: 30 days.
pub const MAX_AGE_SECONDS: i64 = 30 * 24 * 60 * 60;

/// How far ahead of ours the clock of the process that issued a token may be, in seconds.
const SKEW_SECONDS: i64 = 5;

/// No token of ours is longer: a name has at most 50 characters.
const MAX_LENGTH: usize = 512;

/// Says who a verified token was issued to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The signed name; tokens of the older form, and those issued to nobody, have none.
    pub name: Option<String>,
    /// When it was issued, in unix seconds.
    pub issued_at: i64,
}

/// Says why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not the shape of a token.
    #[error("Invalid token format")]
    Malformed,
    /// Older than 30 days, or than the secret's `NOT_BEFORE`, or from the future.
    #[error("Token expired")]
    Expired,
    /// Signed by somebody else.
    #[error("Invalid token")]
    Forged,
}

/// Issues a token for a name.
#[must_use]
pub fn issue(key: &str, name: &str, now: i64) -> String {
    let signed = format!("{now}.{}", URL_SAFE_NO_PAD.encode(name));
    let signature = URL_SAFE_NO_PAD.encode(mac(key, &signed).finalize().into_bytes());
    format!("{signed}.{signature}")
}

/// Verifies a token: first its shape, then its age, then its signature in constant time.
pub fn verify(key: &str, token: &str, now: i64, not_before: Option<i64>) -> Result<Session, TokenError> {
    if token.len() > MAX_LENGTH || !token.is_ascii() {
        return Err(TokenError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (seconds, name) = match signed.split_once('.') {
        Some((seconds, name)) => (seconds, Some(name)),
        None => (signed, None),
    };
    if name.is_some_and(|name| name.contains('.')) || !seconds.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(TokenError::Malformed);
    }
    let issued_at: i64 = seconds.parse().map_err(|_| TokenError::Malformed)?;
    // While `NOT_BEFORE` lies ahead, tokens are dated up to the second after it.
    let latest = now.saturating_add(SKEW_SECONDS).max(not_before.map_or(i64::MIN, |moment| moment.saturating_add(1)));
    if now.saturating_sub(issued_at) > MAX_AGE_SECONDS
        || issued_at > latest
        || not_before.is_some_and(|moment| issued_at < moment)
    {
        return Err(TokenError::Expired);
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Forged)?;
    mac(key, signed).verify_slice(&signature).map_err(|_| TokenError::Forged)?;
    let name = match name {
        None | Some("") => None,
        Some(name) => {
            let bytes = URL_SAFE_NO_PAD.decode(name).map_err(|_| TokenError::Malformed)?;
            Some(String::from_utf8(bytes).map_err(|_| TokenError::Malformed)?)
        }
    };
    Ok(Session { name, issued_at })
}

fn mac(key: &str, signed: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(signed.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const KEY: &str = "0123456789abcdef";
    const THEN: i64 = 1_700_000_000;

    #[rstest]
    #[case("John", "1700000000.Sm9obg.Q57zjvS8Qq2JMbCuBP2_7A9Uo-h3D9kgLzW-TI6rQXQ")]
    #[case("Zoë", "1700000000.Wm_Dqw.thOAAqqO9dV2KegFSCcA0Q6CCve4q4QGs40ue_BL3YY")]
    #[case("", "1700000000..PgFTI5xIj5y-gQMJkWm6SqH7THH-6Su28fx2jn69z-A")]
    fn published_vectors(#[case] name: &str, #[case] token: &str) {
        assert_eq!(issue(KEY, name, THEN), token);
        let session = verify(KEY, token, THEN + 60, None).unwrap();
        assert_eq!(session.name.unwrap_or_default(), name);
    }

    #[test]
    fn the_older_form_names_nobody() {
        let token = "1700000000.J2tjNhClPO-r2ufpWsNcshgOIE6uB0F2voAM43vN0-c";
        assert_eq!(verify(KEY, token, THEN, None), Ok(Session { name: None, issued_at: THEN }));
    }

    #[test]
    fn age_counts_before_the_signature() {
        let token = issue(KEY, "John", THEN);
        assert!(verify(KEY, &token, THEN + MAX_AGE_SECONDS, None).is_ok());
        assert_eq!(verify("other", &token, THEN + MAX_AGE_SECONDS + 1, None), Err(TokenError::Expired));
        assert_eq!(verify(KEY, &token, THEN - 60, None), Err(TokenError::Expired));
        assert_eq!(verify(KEY, &token, THEN, Some(THEN + 1)), Err(TokenError::Expired));
        assert!(verify(KEY, &token, THEN, Some(THEN)).is_ok());
        assert_eq!(verify("other", &token, THEN, None), Err(TokenError::Forged));
        assert!(verify(KEY, &token, THEN - 60, Some(THEN - 1)).is_ok(), "dated ahead, as NOT_BEFORE is");
        assert_eq!(verify(KEY, &token, THEN - 60, Some(THEN - 2)), Err(TokenError::Expired));
    }

    #[test]
    fn odd_texts_are_no_tokens() {
        let digits = "9".repeat(400);
        let long = "a".repeat(10_240);
        for token in [
            "",
            ".",
            "..",
            "...",
            "a.b.c",
            "1.2",
            "-1700000000.Sm9obg.x",
            "+1.Sm9obg.x",
            " 1.Sm9obg.x",
            "1700000000.Sm9obg.Q57z\u{e9}",
            "1700000000.Sm9obg.a.b",
            &digits,
            &format!("{digits}.a.b"),
            &long,
            &format!("1700000000.{long}.b"),
        ] {
            assert!(verify(KEY, token, THEN, None).is_err(), "{token}");
        }
    }

    proptest! {
        #[test]
        fn every_name_survives(name in "\\PC{0,50}", then in 0_i64..4_000_000_000) {
            let token = issue(KEY, &name, then);
            let session = verify(KEY, &token, then, None).unwrap();
            prop_assert_eq!(session.name.unwrap_or_default(), name);
        }

        #[test]
        fn no_text_panics_or_passes(token in ".{0,80}") {
            prop_assert!(verify(KEY, &token, THEN, None).is_err());
        }

        #[test]
        fn any_changed_byte_is_refused(position in 0_usize..59, byte in b'!'..b'~') {
            let token = issue(KEY, "John", THEN);
            let mut changed = token.clone().into_bytes();
            prop_assume!(changed[position] != byte);
            changed[position] = byte;
            let changed = String::from_utf8(changed).unwrap();
            prop_assert!(verify(KEY, &changed, THEN, None).is_err());
        }
    }
}
