//! The cipher of Node-RED's credential file: `{"$": <iv as 32 hex digits><base64 of AES-256-CTR(JSON)>}`, under
//! SHA-256 of a secret.
//!
//! It does not tell a wrong secret from a right one: what comes out of a wrong one is no JSON.

use aes::Aes256;
use aes::cipher::{KeyIvInit, StreamCipher};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

type Cipher = ctr::Ctr128BE<Aes256>;

const IV_BYTES: usize = 16;
const IV_DIGITS: usize = 2 * IV_BYTES;

/// The JSON text inside of `sealed`; none where it has another form or the secret is another one.
pub(super) fn open(sealed: &str, secret: &str) -> Option<String> {
    let (iv, body) = sealed.split_at_checked(IV_DIGITS)?;
    let mut bytes = STANDARD.decode(body).ok()?;
    apply(&from_hex(iv)?, secret, &mut bytes);
    let text = String::from_utf8(bytes).ok()?;
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).is_ok().then_some(text)
}

/// Seals JSON text; none where the system has no randomness.
pub(super) fn seal(text: &str, secret: &str) -> Option<String> {
    let mut iv = [0; IV_BYTES];
    getrandom::fill(&mut iv).ok()?;
    let mut bytes = text.as_bytes().to_vec();
    apply(&iv, secret, &mut bytes);
    let digits: String = iv.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(digits + &STANDARD.encode(bytes))
}

/// Encrypts or decrypts: in counter mode both are the same.
fn apply(iv: &[u8; IV_BYTES], secret: &str, bytes: &mut [u8]) {
    let key: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    Cipher::new(&key.into(), &(*iv).into()).apply_keystream(bytes);
}

fn from_hex(digits: &str) -> Option<[u8; IV_BYTES]> {
    let mut bytes = [0; IV_BYTES];
    for (byte, at) in bytes.iter_mut().zip((0..digits.len()).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_secret_alone() {
        let text = r#"{"n":{"password":"hüsh"}}"#;
        let sealed = seal(text, "secret").unwrap();
        assert_ne!(sealed, seal(text, "secret").unwrap(), "the start is another each time");
        assert_eq!(open(&sealed, "secret").as_deref(), Some(text));
        for (sealed, secret) in
            [(sealed.as_str(), "other"), ("00", "secret"), ("", "secret"), (&"é".repeat(20), "x")]
        {
            assert_eq!(open(sealed, secret), None);
        }
    }

    /// Made with Node.js: createCipheriv("aes-256-ctr", sha256("a secret"), iv 00..0f).
    #[test]
    fn opens_what_node_js_sealed() {
        let sealed = "000102030405060708090a0b0c0d0e0fVMBjmMN9pEgmoUDXXgNb3s6DS+Kp";
        assert_eq!(open(sealed, "a secret").as_deref(), Some(r#"{"n1":{"user":"ann"}}"#));
    }
}
