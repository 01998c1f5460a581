//! A client's socket as the broker library is given it: what the client gets through it does not say who
//! published, and many small packets go out in one write.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, BytesMut};
use mqtt5::broker::transport::WebSocketTransport;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;

use crate::packet::{self, Version};

/// How many bytes wait to be written together; then the socket's own back-pressure reaches the broker.
const WRITE_TOGETHER: usize = 32 * 1024;

/// What carries a client's packets.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + Send + Sync + Unpin {
    /// Writes what it can without waiting: the last word on a connection that ends.
    fn write_now(&mut self, bytes: &[u8]);
}

impl Carrier for TcpStream {
    fn write_now(&mut self, bytes: &[u8]) {
        // The client may be gone, or read no more; the connection ends either way.
        let _ = self.try_write(bytes);
    }
}

impl Carrier for DuplexStream {
    fn write_now(&mut self, bytes: &[u8]) {
        // What does not fit now is for a client that reads no more.
        let mut context = Context::from_waker(Waker::noop());
        let _ = Pin::new(self).poll_write(&mut context, bytes);
    }
}

/// Passes bytes both ways; to an MQTT 5 client each message goes without the properties that name its
/// publisher (older versions have no properties).
///
/// The library flushes after every packet. Messages and their acknowledgements wait here instead, until it
/// wants to read: it does so whenever it has nothing else to do, and between batches.
pub(crate) struct ClientStream<S: Carrier> {
    socket: S,
    peer: SocketAddr,
    /// The first bytes read, until they tell the protocol version.
    head: Vec<u8>,
    version: Version,
    /// The beginning of a packet that the broker has not written to its end.
    partial: BytesMut,
    /// Packets on their way to the client.
    outgoing: BytesMut,
    /// Whether the last packet is one that can wait for others.
    can_wait: bool,
}

impl<S: Carrier> ClientStream<S> {
    pub(crate) fn new(socket: S, peer: SocketAddr) -> Self {
        Self {
            socket,
            peer,
            head: Vec::new(),
            version: Version::Unknown,
            partial: BytesMut::new(),
            outgoing: BytesMut::new(),
            can_wait: false,
        }
    }

    fn look_at_head(&mut self, read: &[u8]) {
        if self.version == Version::Unknown {
            self.head.extend(read);
            self.version = packet::protocol_version(&self.head);
            if self.version != Version::Unknown {
                self.head = Vec::new();
            }
        }
    }

    fn rewrite(&mut self, written: &[u8]) -> Result<(), packet::Malformed> {
        if !self.partial.is_empty() {
            self.partial.extend_from_slice(written);
            while let Some(length) = packet::packet_length(&self.partial)? {
                packet::append_without_publisher(&self.partial.split_to(length), &mut self.outgoing)?;
            }
            return Ok(());
        }
        // The broker writes whole packets: nearly always they need no copy of their own.
        let mut rest = written;
        while let Some(length) = packet::packet_length(rest)? {
            packet::append_without_publisher(&rest[..length], &mut self.outgoing)?;
            rest = &rest[length..];
        }
        self.partial.extend_from_slice(rest);
        Ok(())
    }

    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let written = ready!(Pin::new(&mut self.socket).poll_write(context, &self.outgoing))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Carrier> AsyncRead for ClientStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        // A socket that takes no more does not keep the broker from reading.
        if let Poll::Ready(Err(error)) = stream.poll_drain(context) {
            return Poll::Ready(Err(error));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut stream.socket).poll_read(context, buffer))?;
        stream.look_at_head(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: Carrier> AsyncWrite for ClientStream<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let stream = self.get_mut();
        if stream.outgoing.len() + bytes.len() > WRITE_TOGETHER {
            ready!(stream.poll_drain(context))?;
        }
        if bytes.len() > WRITE_TOGETHER && stream.version != Version::Level(5) {
            return Pin::new(&mut stream.socket).poll_write(context, bytes);
        }
        stream.can_wait = stream.partial.is_empty() && packet::can_wait(bytes);
        if stream.version == Version::Level(5) {
            stream.rewrite(bytes).map_err(|packet::Malformed| io::ErrorKind::InvalidData)?;
        } else {
            stream.outgoing.extend_from_slice(bytes);
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        if stream.can_wait && stream.outgoing.len() < WRITE_TOGETHER {
            return Poll::Ready(Ok(()));
        }
        ready!(stream.poll_drain(context))?;
        Pin::new(&mut stream.socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        ready!(stream.poll_drain(context))?;
        Pin::new(&mut stream.socket).poll_shutdown(context)
    }
}

impl<S: Carrier> Drop for ClientStream<S> {
    fn drop(&mut self) {
        if !self.outgoing.is_empty() {
            self.socket.write_now(&self.outgoing);
        }
    }
}

// The library takes a stream of one's own in the place of a WebSocket only.
impl<S: Carrier> WebSocketTransport for ClientStream<S> {
    fn peer_addr(&self) -> mqtt5::Result<SocketAddr> {
        Ok(self.peer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const MESSAGE: &[u8] = &[0x30, 3, 0, 1, b'a'];
    const ANSWER_TO_PING: &[u8] = &[0xd0, 0];

    fn connected() -> (ClientStream<DuplexStream>, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(2 * WRITE_TOGETHER);
        (ClientStream::new(ours, SocketAddr::from(([127, 0, 0, 1], 0))), theirs)
    }

    /// As the library writes a packet.
    async fn write(stream: &mut ClientStream<DuplexStream>, packet: &[u8]) {
        stream.write_all(packet).await.unwrap();
        stream.flush().await.unwrap();
    }

    /// What is there to be read right now.
    fn arrived(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
        let mut space = vec![0; 2 * WRITE_TOGETHER];
        let mut buffer = ReadBuf::new(&mut space);
        let _ = Pin::new(stream).poll_read(&mut Context::from_waker(Waker::noop()), &mut buffer);
        buffer.filled().to_vec()
    }

    #[tokio::test]
    async fn messages_go_out_together_when_the_broker_reads() {
        let (mut stream, mut client) = connected();
        write(&mut stream, MESSAGE).await;
        write(&mut stream, MESSAGE).await;
        assert!(arrived(&mut client).is_empty());
        assert!(arrived(&mut stream).is_empty(), "the client sent nothing");
        assert_eq!(arrived(&mut client), [MESSAGE, MESSAGE].concat());
    }

    #[tokio::test]
    async fn other_packets_do_not_wait_nor_does_what_stands_before_them() {
        let (mut stream, mut client) = connected();
        write(&mut stream, MESSAGE).await;
        write(&mut stream, ANSWER_TO_PING).await;
        assert_eq!(arrived(&mut client), [MESSAGE, ANSWER_TO_PING].concat());
    }

    #[tokio::test]
    async fn no_more_waits_than_the_limit_and_nothing_is_lost_at_the_end() {
        let (mut stream, mut client) = connected();
        let count = WRITE_TOGETHER / MESSAGE.len() + 1;
        for _ in 0..count {
            write(&mut stream, MESSAGE).await;
        }
        let early = arrived(&mut client).len();
        assert!(early >= WRITE_TOGETHER - MESSAGE.len(), "{early}");
        drop(stream);
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.unwrap();
        assert_eq!(early + rest.len(), count * MESSAGE.len());
    }
}
