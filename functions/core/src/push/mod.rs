//! Notifications: who gets them, what they say, and where they may be sent.

mod endpoint;
mod message;

pub use endpoint::{Endpoint, EndpointError, PushHosts};
pub use message::Notification;

use async_trait::async_trait;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Holds one device's subscription.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The signed name of the device's user.
    pub name: String,
    /// Where the push service takes messages for the device. As good as a password for it.
    pub endpoint: String,
    /// The device's public key: 65 bytes, base64url.
    pub p256dh: String,
    /// The device's authentication secret: 16 bytes, base64url.
    pub auth: String,
    /// The language of the device's page.
    pub language: Option<String>,
    /// When it was made: ISO 8601, UTC.
    pub subscribed_at: String,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("language", &self.language).finish_non_exhaustive()
    }
}

/// Says that a subscription's keys are not those of a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a browser's push key")]
pub struct KeyError;

/// Reads base64 as browsers and older clients write it: either alphabet, with or without padding.
pub fn decode_key(text: &str) -> Result<Vec<u8>, KeyError> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text: String = text
        .chars()
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    LENIENT.decode(text).map_err(|_| KeyError)
}

impl Subscription {
    /// Checks that the keys have a browser's lengths.
    pub fn check_keys(&self) -> Result<(), KeyError> {
        let public = decode_key(&self.p256dh)?;
        let auth = decode_key(&self.auth)?;
        if public.len() == 65 && public.first() == Some(&4) && auth.len() == 16 { Ok(()) } else { Err(KeyError) }
    }
}

/// Says what became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The push service took it.
    Sent,
    /// The push service knows the device no more: the subscription is to be deleted.
    Gone,
    /// It was not taken, and the subscription stays.
    Failed,
    /// The endpoint is not one that messages may go to: the subscription is to be deleted.
    Refused,
}

/// Says who sends a message.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    /// The VAPID key: 32 bytes in base64url.
    pub private_key: &'a str,
    /// Whom push services may write to: a `mailto:` address or the site's own; empty when neither is known.
    pub contact: &'a str,
}

/// Sends notifications.
#[async_trait]
pub trait PushSender: Send + Sync {
    /// Encrypts and sends one message.
    async fn send(&self, from: Identity<'_>, subscription: &Subscription, payload: &[u8]) -> Delivery;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_either_alphabet() {
        assert_eq!(decode_key("-_8"), Ok(vec![0xfb, 0xff]));
        assert_eq!(decode_key("+/8="), Ok(vec![0xfb, 0xff]));
        assert_eq!(decode_key("é"), Err(KeyError));
    }
}
