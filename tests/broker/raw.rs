//! A client that can leave a message unacknowledged, which mosquitto's cannot: MQTT 3.1.1, byte by byte.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(30);

/// A connection with a persistent session.
pub(crate) struct Client(TcpStream);

/// A message from the broker with quality 1.
pub(crate) struct Publish {
    pub(crate) duplicate: bool,
    pub(crate) packet_identifier: [u8; 2],
    pub(crate) payload: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(at: SocketAddr, name: &str) -> Self {
        let mut client = Self(TcpStream::connect(at).await.unwrap());
        // Protocol level 4, no flags (so no clean session), keep-alive off.
        let body = [&b"\0\x04MQTT\x04\x00\0\0"[..], &text(name)].concat();
        client.write(0x10, &body).await;
        let (kind, body) = client.read().await;
        assert_eq!((kind, body.get(1)), (0x20, Some(&0)), "the broker accepts the connection");
        client
    }

    pub(crate) async fn subscribe_at_least_once(&mut self, topic: &str) {
        self.write(0x82, &[&[0, 1][..], &text(topic), &[1]].concat()).await;
        assert_eq!(self.read().await, (0x90, vec![0, 1, 1]));
    }

    pub(crate) async fn next_publish(&mut self) -> Publish {
        let (kind, body) = self.read().await;
        assert_eq!(kind & 0xf6, 0x32, "a PUBLISH with quality 1, got {kind:#x}");
        let topic_end = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
        let packet_identifier = [body[topic_end], body[topic_end + 1]];
        Publish { duplicate: kind & 8 != 0, packet_identifier, payload: body[topic_end + 2..].to_vec() }
    }

    pub(crate) async fn acknowledge(&mut self, packet_identifier: [u8; 2]) {
        self.write(0x40, &packet_identifier).await;
        // The answer to a ping tells that the broker has read it.
        self.write(0xc0, &[]).await;
        assert_eq!(self.read().await.0, 0xd0);
    }

    async fn write(&mut self, kind: u8, body: &[u8]) {
        let length = u8::try_from(body.len()).ok().filter(|length| *length < 128).expect("a short packet");
        self.0.write_all(&[&[kind, length], body].concat()).await.unwrap();
    }

    async fn read(&mut self) -> (u8, Vec<u8>) {
        let packet = async {
            let kind = self.0.read_u8().await.unwrap();
            let length = self.0.read_u8().await.unwrap();
            assert!(length < 128, "a short packet");
            let mut body = vec![0; usize::from(length)];
            self.0.read_exact(&mut body).await.unwrap();
            (kind, body)
        };
        tokio::time::timeout(PATIENCE, packet).await.expect("a packet")
    }
}

fn text(value: &str) -> Vec<u8> {
    [&u16::try_from(value.len()).unwrap().to_be_bytes()[..], value.as_bytes()].concat()
}
