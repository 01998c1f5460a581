//! Frames: PHYPayload of LoRaWAN 1.0.

use wireloom_sdk::{Failure, Json, Value, json};

use crate::bad;

/// A frame.
#[derive(Debug, PartialEq)]
pub(crate) struct Frame {
    kind: Kind,
    pub(crate) content: Content,
    /// The message integrity code.
    pub(crate) mic: [u8; 4],
}

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kind {
    name: &'static str,
    is_uplink: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Content {
    Data(Data),
    JoinRequest {
        join_eui: [u8; 8],
        dev_eui: [u8; 8],
        dev_nonce: u16,
    },
    /// Encrypted, or of a kind that only its maker knows.
    Opaque(Vec<u8>),
}

/// The content of a data frame.
#[derive(Debug, PartialEq)]
pub(crate) struct Data {
    pub(crate) is_uplink: bool,
    pub(crate) dev_addr: u32,
    control: u8,
    /// The lower half of the counter; the upper one is not sent.
    pub(crate) counter: u16,
    options: Vec<u8>,
    pub(crate) port: Option<u8>,
    /// Encrypted.
    pub(crate) payload: Vec<u8>,
}

/// By the three upper bits of the first byte.
const KINDS: [Kind; 8] = [
    Kind { name: "join request", is_uplink: true },
    Kind { name: "join accept", is_uplink: false },
    Kind { name: "unconfirmed data up", is_uplink: true },
    Kind { name: "unconfirmed data down", is_uplink: false },
    Kind { name: "confirmed data up", is_uplink: true },
    Kind { name: "confirmed data down", is_uplink: false },
    Kind { name: "rejoin request", is_uplink: true },
    Kind { name: "proprietary", is_uplink: true },
];

impl Frame {
    /// Reads a frame.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let Some((&header, rest)) = bytes.split_first() else { return Err(bad("the frame is empty")) };
        if header & 0b11 != 0 {
            return Err(bad(format!("the frame is of major version {}; 0 is known here", header & 0b11)));
        }
        let (content, mic) = rest.split_last_chunk::<4>().ok_or_else(|| too_short(bytes))?;
        let kind = KINDS[usize::from(header >> 5)];
        let content = match header >> 5 {
            0 => join_request(content).ok_or_else(|| bad("a join request has 23 bytes"))?,
            2..=5 => Content::Data(data(content, kind.is_uplink).ok_or_else(|| too_short(bytes))?),
            _ => Content::Opaque(content.to_vec()),
        };
        Ok(Self { kind, content, mic: *mic })
    }

    /// What is in the clear.
    pub(crate) fn to_json(&self) -> Json {
        let mut header = json!({ "type": self.kind.name, "mic": hex(&self.mic) });
        match &self.content {
            Content::Data(data) => {
                header["devAddr"] = format!("{:08x}", data.dev_addr).into();
                header["fCnt"] = data.counter.into();
                header["fPort"] = data.port.into();
                header["adr"] = (data.control & 0x80 != 0).into();
                header["ack"] = (data.control & 0x20 != 0).into();
                let last = if data.is_uplink { "adrAckReq" } else { "fPending" };
                header[last] = (data.control & if data.is_uplink { 0x40 } else { 0x10 } != 0).into();
                header["fOpts"] = Value::Bytes(data.options.clone()).to_json();
            }
            Content::JoinRequest { join_eui, dev_eui, dev_nonce } => {
                header["joinEui"] = hex(join_eui).into();
                header["devEui"] = hex(dev_eui).into();
                header["devNonce"] = (*dev_nonce).into();
            }
            Content::Opaque(bytes) => header["content"] = Value::Bytes(bytes.clone()).to_json(),
        }
        header
    }
}

fn too_short(bytes: &[u8]) -> Failure {
    bad(format!("{} bytes are too few for a frame of this kind", bytes.len()))
}

fn join_request(bytes: &[u8]) -> Option<Content> {
    let (join_eui, rest) = bytes.split_first_chunk::<8>()?;
    let (dev_eui, rest) = rest.split_first_chunk::<8>()?;
    let dev_nonce = u16::from_le_bytes(rest.try_into().ok()?);
    // Sent with the last byte first.
    let turned = |mut eui: [u8; 8]| {
        eui.reverse();
        eui
    };
    Some(Content::JoinRequest { join_eui: turned(*join_eui), dev_eui: turned(*dev_eui), dev_nonce })
}

fn data(bytes: &[u8], is_uplink: bool) -> Option<Data> {
    let (dev_addr, rest) = bytes.split_first_chunk::<4>()?;
    let (&control, rest) = rest.split_first()?;
    let (counter, rest) = rest.split_first_chunk::<2>()?;
    let (options, rest) = rest.split_at_checked(usize::from(control & 0x0f))?;
    let (port, payload) = match rest.split_first() {
        Some((port, payload)) => (Some(*port), payload),
        None => (None, rest),
    };
    Some(Data {
        is_uplink,
        dev_addr: u32::from_le_bytes(*dev_addr),
        control,
        counter: u16::from_le_bytes(*counter),
        options: options.to_vec(),
        port,
        payload: payload.to_vec(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
