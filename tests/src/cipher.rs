//! Node-RED's credential file, sealed and opened by a code of its own: what the server writes is read by another.

use aes::Aes256;
use aes::cipher::{KeyIvInit, StreamCipher};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A credential file that holds these credentials.
pub fn seal(credentials: &Value, secret: &str) -> Value {
    let iv = [7; 16];
    let mut bytes = credentials.to_string().into_bytes();
    apply(&iv, secret, &mut bytes);
    json!({ "$": "07".repeat(16) + &STANDARD.encode(bytes) })
}

/// The credentials in a file.
pub fn open(file: &Value, secret: &str) -> Value {
    let (digits, body) = file["$"].as_str().expect("a sealed file").split_at(32);
    let mut iv = [0; 16];
    for (at, byte) in iv.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap();
    }
    let mut bytes = STANDARD.decode(body).unwrap();
    apply(&iv, secret, &mut bytes);
    serde_json::from_slice(&bytes).expect("the secret is the right one")
}

fn apply(iv: &[u8; 16], secret: &str, bytes: &mut [u8]) {
    let key: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    ctr::Ctr128BE::<Aes256>::new(&key.into(), &(*iv).into()).apply_keystream(bytes);
}
