//! A client's socket as the broker library is given it: what the client gets through it does not say who
//! published.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use mqtt5::broker::transport::WebSocketTransport;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::packet::{self, Version};

/// Passes bytes both ways; to an MQTT 5 client each message goes without the properties that name its
/// publisher (older versions have no properties).
pub(crate) struct ClientStream {
    socket: TcpStream,
    peer: SocketAddr,
    /// The first bytes read, until they tell the protocol version.
    head: Vec<u8>,
    version: Version,
    /// The beginning of a packet that the broker has not written to its end.
    partial: BytesMut,
    /// Rewritten packets on their way to the client.
    outgoing: BytesMut,
}

impl ClientStream {
    pub(crate) fn new(socket: TcpStream, peer: SocketAddr) -> Self {
        Self {
            socket,
            peer,
            head: Vec::new(),
            version: Version::Unknown,
            partial: BytesMut::new(),
            outgoing: BytesMut::new(),
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

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut stream.socket).poll_read(context, buffer))?;
        stream.look_at_head(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let stream = self.get_mut();
        if stream.version != Version::Level(5) {
            return Pin::new(&mut stream.socket).poll_write(context, bytes);
        }
        // At most one write waits here: the socket's own back-pressure reaches the broker.
        ready!(stream.poll_drain(context))?;
        stream.rewrite(bytes).map_err(|packet::Malformed| io::ErrorKind::InvalidData)?;
        match stream.poll_drain(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        ready!(stream.poll_drain(context))?;
        Pin::new(&mut stream.socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        ready!(stream.poll_drain(context))?;
        Pin::new(&mut stream.socket).poll_shutdown(context)
    }
}

// The library takes a stream of one's own in the place of a WebSocket only.
impl WebSocketTransport for ClientStream {
    fn peer_addr(&self) -> mqtt5::Result<SocketAddr> {
        Ok(self.peer)
    }
}
