//! The sender's token: RFC 8292.

use std::fmt;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Serialize;

/// How long a token counts, in seconds. The RFC allows a day.
const LIFETIME: i64 = 12 * 60 * 60;

/// Holds the pair that push services know the sender by.
pub struct Vapid {
    pair: EcdsaKeyPair,
    public: String,
}

/// Says that a key is not 32 bytes of base64url that make a key of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("VAPID_PRIVATE_KEY is not a P-256 key in base64url; `stellarr secrets generate VAPID_PRIVATE_KEY` makes one")]
pub struct VapidError;

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    sub: &'a str,
}

impl Vapid {
    /// Reads the private half and derives the public one.
    pub fn new(private_key: &str) -> Result<Self, VapidError> {
        let private = BASE64.decode(private_key.trim().trim_end_matches('=')).map_err(|_| VapidError)?;
        if private.len() != 32 {
            return Err(VapidError);
        }
        let public = PrivateKey::from_private_key(&ECDH_P256, &private)
            .and_then(|key| Ok(key.compute_public_key()?.as_ref().to_vec()))
            .map_err(|_| VapidError)?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &private, &public)
            .map_err(|_| VapidError)?;
        Ok(Self { pair, public: BASE64.encode(public) })
    }

    /// Returns the public half as browsers want it: 65 bytes in base64url.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public
    }

    /// Writes the `Authorization` header for a push service; `now` is in unix seconds.
    pub fn authorization(&self, audience: &str, contact: &str, now: i64) -> Result<String, VapidError> {
        let claims = Claims { aud: audience, exp: now + LIFETIME, sub: contact };
        let claims = serde_json::to_vec(&claims).map_err(|_| VapidError)?;
        let signed = format!("{}.{}", BASE64.encode(br#"{"typ":"JWT","alg":"ES256"}"#), BASE64.encode(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| VapidError)?;
        Ok(format!("vapid t={signed}.{}, k={}", BASE64.encode(signature.as_ref()), self.public))
    }
}

impl fmt::Debug for Vapid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vapid").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    fn verify(token: &str, public: &str) -> serde_json::Value {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, BASE64.decode(public).unwrap())
            .verify(signed.as_bytes(), &BASE64.decode(signature).unwrap())
            .unwrap();
        serde_json::from_slice(&BASE64.decode(signed.split_once('.').unwrap().1).unwrap()).unwrap()
    }

    /// RFC 8292, section 2.4.
    #[test]
    fn the_rfcs_token_is_verified_with_its_key() {
        let claims = verify(
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3Njg\
             sInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrEr\
             tmysazNjjvW2L9OkSSHzvoD1oA",
            "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs",
        );
        assert_eq!(claims["aud"], "https://push.example.net");
    }

    #[test]
    fn our_token_is_verified_with_its_key() {
        let vapid = Vapid::new("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").unwrap();
        assert_eq!(
            vapid.public_key(),
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
        );
        let header = vapid.authorization("https://push.example.net", "mailto:me@example.com", 1_700_000_000).unwrap();
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let claims = verify(token, key);
        assert_eq!(claims["exp"], 1_700_043_200);
        assert_eq!(
            (claims["aud"].as_str(), claims["sub"].as_str()),
            (Some("https://push.example.net"), Some("mailto:me@example.com"))
        );
    }

    #[test]
    fn other_texts_are_no_key() {
        for text in ["", "abc", "AAAA", &BASE64.encode([0; 32]), &BASE64.encode([0xff; 32]), "é"] {
            assert_eq!(Vapid::new(text).err(), Some(VapidError), "{text}");
        }
    }
}
