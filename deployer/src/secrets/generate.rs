//! Random values.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::error::CommandError;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Makes `length` random letters and digits, each equally likely.
///
/// # Errors
/// When the system has no randomness.
pub fn generate(length: usize) -> Result<String, CommandError> {
    let mut result = String::with_capacity(length);
    let mut bytes = [0; 64];
    while result.len() < length {
        fill(&mut bytes)?;
        // 248 is the largest multiple of 62 in a byte: higher ones would make some letters more likely.
        let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        result.extend(letters.take(length - result.len()));
    }
    Ok(result)
}

/// Makes a P-256 private key: base64url of its 32 bytes, without padding.
///
/// # Errors
/// When the system has no randomness.
pub(super) fn generate_scalar() -> Result<String, CommandError> {
    loop {
        let mut bytes = [0; 32];
        fill(&mut bytes)?;
        // Nearly every value is a valid key; the few that are not are drawn again.
        if p256::SecretKey::from_slice(&bytes).is_ok() {
            return Ok(URL_SAFE_NO_PAD.encode(bytes));
        }
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), CommandError> {
    getrandom::fill(bytes).map_err(|error| CommandError::failed(format!("the system has no randomness: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_length_and_differ() {
        let (one, other) = (generate(64).unwrap(), generate(64).unwrap());
        assert_eq!((one.len(), other.len()), (64, 64));
        assert_ne!(one, other);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn a_scalar_is_a_valid_key() {
        let key = URL_SAFE_NO_PAD.decode(generate_scalar().unwrap()).unwrap();
        assert!(p256::SecretKey::from_slice(&key).is_ok());
    }
}
