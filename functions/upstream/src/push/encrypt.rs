//! Message encryption: RFC 8291 on top of RFC 8188's `aes128gcm`, one record.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{self, HKDF_SHA256, KeyType, Salt};

/// Size of a record, as in the header; every push service takes 4,096 bytes.
const RECORD_BYTES: u32 = 4_096;

/// Longest message: a record less the authentication tag and the delimiter.
const MAX_MESSAGE_BYTES: usize = RECORD_BYTES as usize - 16 - 1 - HEADER_BYTES;

/// Salt, record size, length of the key, key.
const HEADER_BYTES: usize = 16 + 4 + 1 + 65;

/// Says why a message can't be encrypted for a device. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// Larger than push services take.
    #[error("the message is too long")]
    TooLong,
    /// Not a point of the curve, or a secret of the wrong length.
    #[error("the device's keys are not usable")]
    Keys,
}

/// Encrypts a message for a device. `sender` must be a new key and `salt` new random bytes for every message.
pub fn encrypt(
    message: &[u8],
    device_public: &[u8],
    device_secret: &[u8],
    sender: &PrivateKey,
    salt: &[u8; 16],
) -> Result<Vec<u8>, EncryptError> {
    if message.len() > MAX_MESSAGE_BYTES {
        return Err(EncryptError::TooLong);
    }
    if device_secret.len() != 16 || device_public.len() != 65 {
        return Err(EncryptError::Keys);
    }
    let keys = |_| EncryptError::Keys;
    let sender_public = sender.compute_public_key().map_err(keys)?;
    let device = UnparsedPublicKey::new(&ECDH_P256, device_public);
    let input = agree(sender, device, EncryptError::Keys, |shared| {
        let info: [&[u8]; 3] = [b"WebPush: info\0", device_public, sender_public.as_ref()];
        let key = Salt::new(HKDF_SHA256, device_secret).extract(shared);
        derive::<32>(&key, &info)
    })?;
    let key = Salt::new(HKDF_SHA256, salt).extract(&input);
    let content_key = derive::<16>(&key, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = derive::<12>(&key, &[b"Content-Encoding: nonce\0"])?;

    let mut body = Vec::with_capacity(HEADER_BYTES + message.len() + 17);
    body.extend_from_slice(salt);
    body.extend_from_slice(&RECORD_BYTES.to_be_bytes());
    body.push(65);
    body.extend_from_slice(sender_public.as_ref());
    let mut record = Vec::with_capacity(message.len() + 17);
    record.extend_from_slice(message);
    // The delimiter of the last record; no padding.
    record.push(2);
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key).map_err(keys)?);
    cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record).map_err(keys)?;
    body.append(&mut record);
    Ok(body)
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive<const LENGTH: usize>(key: &hkdf::Prk, info: &[&[u8]]) -> Result<[u8; LENGTH], EncryptError> {
    let mut derived = [0; LENGTH];
    key.expand(info, Bytes(LENGTH)).and_then(|output| output.fill(&mut derived)).map_err(|_| EncryptError::Keys)?;
    Ok(derived)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_rfcs_example_byte_for_byte() {
        let sender =
            PrivateKey::from_private_key(&ECDH_P256, &bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let device = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let secret = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let message = b"When I grow up, I want to be a watermelon";
        let body = encrypt(message, &device, &secret, &sender, &salt).unwrap();
        assert_eq!(body.len(), 144);
        assert_eq!(
            BASE64.encode(body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
             EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn unusable_keys_are_refused() {
        let sender = PrivateKey::generate(&ECDH_P256).unwrap();
        let mut nowhere = [7; 65];
        nowhere[0] = 4;
        for (public, secret) in
            [(&nowhere[..], &[0; 16][..]), (&nowhere[..5], &[0; 16][..]), (&nowhere[..], &[0; 3][..])]
        {
            assert_eq!(encrypt(b"x", public, secret, &sender, &[0; 16]), Err(EncryptError::Keys));
        }
        let long = vec![0; 5_000];
        assert_eq!(encrypt(&long, &nowhere, &[0; 16], &sender, &[0; 16]), Err(EncryptError::TooLong));
    }
}
