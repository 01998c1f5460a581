//! As much of MQTT 3.1.1 as a load generator needs (OASIS standard of 29 October 2014; sections are its own).

pub(crate) mod load;
pub(crate) mod relay;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long the broker may take to answer CONNECT or SUBSCRIBE.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A packet that came in; packets that a load generator does not care about are not told apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    ConnectAck {
        code: u8,
    },
    SubscribeAck {
        code: u8,
    },
    /// `id` is there at QoS 1.
    Publish {
        id: Option<u16>,
        payload: &'a [u8],
    },
    PublishAck,
    Other(u8),
}

/// One connection with a clean session.
pub(crate) struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
    next_id: u16,
}

impl Client {
    /// Connects and subscribes to `topic`.
    pub(crate) async fn subscribe(address: SocketAddr, topic: &str, qos: u8) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("connecting to the broker at {address}"))?;
        stream.set_nodelay(true)?;
        let mut client = Self {
            stream,
            input: Vec::with_capacity(64 << 10),
            output: Vec::with_capacity(64 << 10),
            next_id: 0,
        };
        // 3.1: protocol name and level 4, clean session, keep-alive off, client id made by the broker.
        client.output.extend_from_slice(&[0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 0, 0, 0]);
        client
            .expect_code(
                |packet| if let Packet::ConnectAck { code } = packet { Some(*code) } else { None },
                |code| code == 0,
                "CONNECT",
            )
            .await?;
        // 3.8: packet id, topic filter, wanted QoS.
        let id = client.take_id();
        client.output.push(0x82);
        put_length(&mut client.output, 2 + 2 + topic.len() + 1);
        client.output.extend_from_slice(&id.to_be_bytes());
        put_text(&mut client.output, topic);
        client.output.push(qos);
        client
            .expect_code(
                |packet| if let Packet::SubscribeAck { code } = packet { Some(*code) } else { None },
                |code| code == qos,
                "SUBSCRIBE",
            )
            .await?;
        Ok(client)
    }

    /// Puts a PUBLISH (3.3) into the output; [`Client::flush`] sends it.
    pub(crate) fn publish(&mut self, topic: &str, qos: u8, payload: &[u8]) {
        let id_length = if qos > 0 { 2 } else { 0 };
        self.output.push(0x30 | (qos << 1));
        put_length(&mut self.output, 2 + topic.len() + id_length + payload.len());
        put_text(&mut self.output, topic);
        if qos > 0 {
            let id = self.take_id();
            self.output.extend_from_slice(&id.to_be_bytes());
        }
        self.output.extend_from_slice(payload);
    }

    /// Sends what is in the output.
    pub(crate) async fn flush(&mut self) -> anyhow::Result<()> {
        self.stream.write_all(&self.output).await.context("sending to the broker")?;
        self.output.clear();
        Ok(())
    }

    /// Waits for bytes, hands every whole packet in them to `take` and puts the acknowledgements they need into the output.
    pub(crate) async fn receive(&mut self, mut take: impl FnMut(&Packet<'_>)) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.input).await? == 0 {
            bail!("the broker closed the connection");
        }
        let mut used = 0;
        while let Some((packet, length)) = parse(&self.input[used..])? {
            if let Packet::Publish { id: Some(id), .. } = packet {
                self.output.extend_from_slice(&[0x40, 2]);
                self.output.extend_from_slice(&id.to_be_bytes());
            }
            take(&packet);
            used += length;
        }
        self.input.drain(..used);
        Ok(())
    }

    /// Waits for bytes, and publishes to `topic` what came in.
    pub(crate) async fn pass_on(&mut self, topic: &str, qos: u8) -> anyhow::Result<()> {
        let mut payloads = Vec::new();
        self.receive(|packet| {
            if let Packet::Publish { payload, .. } = packet {
                payloads.push(payload.to_vec());
            }
        })
        .await?;
        payloads.iter().for_each(|payload| self.publish(topic, qos, payload));
        Ok(())
    }

    async fn expect_code(
        &mut self,
        code: impl Fn(&Packet<'_>) -> Option<u8>,
        good: impl Fn(u8) -> bool,
        what: &str,
    ) -> anyhow::Result<()> {
        self.flush().await?;
        let mut answer = None;
        let wait = async {
            while answer.is_none() {
                self.receive(|packet| answer = answer.or(code(packet))).await?;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(ANSWER_LIMIT, wait)
            .await
            .with_context(|| format!("the broker gave no answer to {what}"))??;
        match answer {
            Some(code) if !good(code) => bail!("the broker answered {code} to {what}"),
            _ => Ok(()),
        }
    }

    /// Never 0 (2.3.1).
    fn take_id(&mut self) -> u16 {
        self.next_id = self.next_id.checked_add(1).unwrap_or(1);
        self.next_id
    }
}

/// The first whole packet in `bytes` and its length, if it is all there.
fn parse(bytes: &[u8]) -> anyhow::Result<Option<(Packet<'_>, usize)>> {
    let Some((&first, rest)) = bytes.split_first() else { return Ok(None) };
    let Some((length, length_bytes)) = take_length(rest)? else { return Ok(None) };
    let Some(body) = rest[length_bytes..].get(..length) else { return Ok(None) };
    let packet = match first >> 4 {
        2 => Packet::ConnectAck { code: *body.get(1).context("a short CONNACK")? },
        3 => {
            let topic_length = usize::from(u16_at(body, 0)?);
            let qos = (first >> 1) & 3;
            let id = if qos > 0 { Some(u16_at(body, 2 + topic_length)?) } else { None };
            let start = 2 + topic_length + if qos > 0 { 2 } else { 0 };
            Packet::Publish { id, payload: body.get(start..).context("a short PUBLISH")? }
        }
        4 => Packet::PublishAck,
        9 => Packet::SubscribeAck { code: *body.get(2).context("a short SUBACK")? },
        kind => Packet::Other(kind),
    };
    Ok(Some((packet, 1 + length_bytes + length)))
}

fn u16_at(bytes: &[u8], at: usize) -> anyhow::Result<u16> {
    let pair = bytes.get(at..at + 2).context("a short packet")?;
    Ok(u16::from_be_bytes([pair[0], pair[1]]))
}

/// The remaining length and how many bytes tell it (2.2.3: seven bits a byte, low ones first).
fn take_length(bytes: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let mut length = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((length, index + 1)));
        }
    }
    if bytes.len() >= 4 {
        bail!("a packet's length takes more than four bytes");
    }
    Ok(None)
}

fn put_length(output: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        output.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            return;
        }
    }
}

/// Topics of ours are far shorter than the 65,535 bytes that fit.
fn put_text(output: &mut Vec<u8>, text: &str) {
    output.extend_from_slice(&(text.len() as u16).to_be_bytes());
    output.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_round_trip() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455] {
            let mut bytes = Vec::new();
            put_length(&mut bytes, length);
            assert_eq!(take_length(&bytes).expect("readable"), Some((length, bytes.len())));
        }
        assert!(take_length(&[0x80, 0x80, 0x80, 0x80, 1]).is_err());
        assert_eq!(take_length(&[0x80]).expect("readable"), None);
    }

    #[test]
    fn reads_packets_however_they_are_cut() {
        let bytes = [0x32, 9, 0, 3, b'a', b'/', b'b', 0, 7, b'h', b'i', 0x40, 2, 0, 7];
        for cut in 0..11 {
            assert_eq!(parse(&bytes[..cut]).expect("readable"), None);
        }
        assert_eq!(
            parse(&bytes).expect("readable"),
            Some((Packet::Publish { id: Some(7), payload: b"hi" }, 11))
        );
        assert_eq!(parse(&bytes[11..]).expect("readable"), Some((Packet::PublishAck, 4)));
        assert!(parse(&[0x32, 1, 0]).is_err());
    }
}
