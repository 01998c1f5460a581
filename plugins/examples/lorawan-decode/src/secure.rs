//! The keys of a session: AES-128, in counter mode for payloads and as CMAC (RFC 4493) for the integrity of frames.

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};

use crate::frame::Data;
use crate::hexadecimal;

type Block = [u8; 16];

/// A session key.
pub(crate) struct Key(Aes128);

impl Key {
    /// A key by its digits; none where there are none.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, &'static str> {
        let text: String = text.split_whitespace().collect();
        if text.is_empty() {
            return Ok(None);
        }
        let bytes = hexadecimal(&text).and_then(|bytes| Block::try_from(bytes).ok());
        let bytes = bytes.ok_or("a session key is 32 hexadecimal digits")?;
        Ok(Some(Self(Aes128::new(&Array::from(bytes)))))
    }

    fn encrypt(&self, block: Block) -> Block {
        let mut block = Array::from(block);
        self.0.encrypt_block(&mut block);
        block.into()
    }

    /// The payload of a data frame in the clear.
    pub(crate) fn decrypt(&self, data: &Data) -> Vec<u8> {
        let mut clear = data.payload.clone();
        for (number, chunk) in (1..).zip(clear.chunks_mut(16)) {
            let stream = self.encrypt(block(data, 0x01, number));
            for (byte, mask) in chunk.iter_mut().zip(stream) {
                *byte ^= mask;
            }
        }
        clear
    }

    /// The integrity code that a data frame must have; `bytes` is the frame without it.
    pub(crate) fn check(&self, data: &Data, bytes: &[u8]) -> [u8; 4] {
        let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        let mut message = block(data, 0x49, length).to_vec();
        message.extend_from_slice(bytes);
        let [a, b, c, d, ..] = self.cmac(&message);
        [a, b, c, d]
    }

    fn cmac(&self, message: &[u8]) -> Block {
        let whole = doubled(self.encrypt([0; 16]));
        let (blocks, last) = match message.len() {
            0 => (message, message),
            length => message.split_at((length - 1) / 16 * 16),
        };
        let mut end = [0; 16];
        end[..last.len()].copy_from_slice(last);
        let mask = match last.len() {
            16 => whole,
            length => {
                end[length] = 0x80;
                doubled(whole)
            }
        };
        let end = xor(end, mask);
        let chained = blocks.chunks_exact(16).fold([0; 16], |state, chunk| {
            let mut block = [0; 16];
            block.copy_from_slice(chunk);
            self.encrypt(xor(state, block))
        });
        self.encrypt(xor(chained, end))
    }
}

/// The block that binds a cipher stream or an integrity code to its frame.
fn block(data: &Data, first: u8, last: u8) -> Block {
    let mut block = [0; 16];
    block[0] = first;
    block[5] = u8::from(!data.is_uplink);
    block[6..10].copy_from_slice(&data.dev_addr.to_le_bytes());
    block[10..12].copy_from_slice(&data.counter.to_le_bytes());
    block[15] = last;
    block
}

fn xor(left: Block, right: Block) -> Block {
    std::array::from_fn(|at| left[at] ^ right[at])
}

/// Times x in the field that CMAC counts in.
fn doubled(block: Block) -> Block {
    let number = u128::from_be_bytes(block);
    let carry = if number >> 127 == 1 { 0x87 } else { 0 };
    (number << 1 ^ carry).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cmac_is_that_of_the_standard() {
        // The examples of RFC 4493, section 4.
        let key = Key::parse("2b7e151628aed2a6abf7158809cf4f3c").unwrap().unwrap();
        let message = hexadecimal(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52ef",
        )
        .unwrap();
        for (length, mac) in [
            (0, "bb1d6929e95937287fa37d129b756746"),
            (16, "070a16b46b4d4144f79bdd9dd04a287c"),
            (40, "dfa66747de9ae63030ca32611497c827"),
        ] {
            assert_eq!(key.cmac(&message[..length]).to_vec(), hexadecimal(mac).unwrap(), "{length}");
        }
    }

    #[test]
    fn a_key_has_32_digits() {
        assert!(Key::parse(" ").unwrap().is_none());
        assert!(Key::parse("2b7e1516 28aed2a6 abf71588 09cf4f3c").unwrap().is_some());
        assert!(Key::parse("2b").is_err() && Key::parse("2b7e151628aed2a6abf7158809cf4f3x").is_err());
    }
}
