//! A publisher that knows which of its messages the broker has acknowledged: MQTT 3.1.1 at quality 1, one
//! message at a time.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A broker that takes longer to acknowledge counts as gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection.
pub(crate) struct Publisher {
    stream: TcpStream,
    packet: u16,
}

impl Publisher {
    /// Connects with a clean session.
    pub(crate) async fn connect(at: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(at).await?;
        stream.set_nodelay(true)?;
        let mut publisher = Self { stream, packet: 0 };
        // 3.1: level 4, clean session, keep-alive off, the broker makes the client id.
        publisher.stream.write_all(b"\x10\x0c\0\x04MQTT\x04\x02\0\0\0\0").await?;
        let mut answer = [0; 4];
        publisher.read(&mut answer).await?;
        assert_eq!(answer[0], 0x20, "a CONNACK");
        assert_eq!(answer[3], 0, "the broker accepts the connection");
        Ok(publisher)
    }

    /// Publishes and waits for the acknowledgement.
    ///
    /// # Errors
    /// The connection is gone: nobody knows whether the broker has the message.
    pub(crate) async fn publish(&mut self, topic: &str, payload: &str) -> std::io::Result<()> {
        self.packet = self.packet.checked_add(1).unwrap_or(1);
        let id = self.packet.to_be_bytes();
        let topic_length = u16::try_from(topic.len()).unwrap().to_be_bytes();
        let body = [&topic_length, topic.as_bytes(), &id, payload.as_bytes()].concat();
        let length = u8::try_from(body.len()).ok().filter(|length| *length < 128).expect("a short message");
        self.stream.write_all(&[&[0x32, length], &body[..]].concat()).await?;
        let mut answer = [0; 4];
        self.read(&mut answer).await?;
        assert_eq!(answer, [0x40, 2, id[0], id[1]], "the message's PUBACK");
        Ok(())
    }

    async fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<()> {
        timeout(PATIENCE, self.stream.read_exact(buffer)).await??;
        Ok(())
    }
}
