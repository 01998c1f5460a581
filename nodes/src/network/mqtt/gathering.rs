//! A TCP connection on which packets gather where many come.
//!
//! A broker writes every packet by itself, and being woken for each costs several times what is done with it. So where many
//! come, nobody waits to be woken: the socket is looked into every millisecond, as network drivers do with their devices under
//! load.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

mod pace;

use pace::Pace;

/// So long packets gather before they are read. The runtime's timer counts in milliseconds, so it may be twice as long.
const REST: Duration = Duration::from_millis(1);

/// See the module.
pub(super) struct GatheringStream {
    way: Way,
    pace: Pace,
    /// Who waits to write: when the way changes, what was to wake it is gone.
    writer: Option<Waker>,
}

/// How it is learned that there is something to read.
enum Way {
    /// The system tells.
    Told(TcpStream),
    /// The socket is looked into now and then. It is not registered with the runtime: a registered one wakes it for each
    /// packet, even when nobody waits.
    Looking(Box<Looking>),
    /// It could not be changed.
    Broken,
}

struct Looking {
    socket: std::net::TcpStream,
    /// When to read again.
    next_read: Pin<Box<Sleep>>,
    /// When to write again what the socket did not take.
    next_write: Pin<Box<Sleep>>,
}

impl GatheringStream {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self { way: Way::Told(socket), pace: Pace::new(Instant::now()), writer: None }
    }

    /// Goes the way that the pace asks for.
    fn follow_pace(&mut self) -> io::Result<()> {
        match (&self.way, self.pace.gathers()) {
            (Way::Told(_), false) | (Way::Looking(_), true) => return Ok(()),
            (Way::Broken, _) => return Err(io::ErrorKind::NotConnected.into()),
            _ => {}
        }
        self.way = match std::mem::replace(&mut self.way, Way::Broken) {
            Way::Told(socket) => Way::Looking(Box::new(Looking {
                socket: socket.into_std()?,
                next_read: Box::pin(sleep_until(Instant::now() + REST)),
                next_write: Box::pin(sleep_until(Instant::now())),
            })),
            Way::Looking(looking) => Way::Told(TcpStream::from_std(looking.socket)?),
            Way::Broken => Way::Broken,
        };
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
        Ok(())
    }

    fn poll_write_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut told: impl FnMut(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
        mut looking: impl FnMut(&mut std::net::TcpStream) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        let written = match &mut self.way {
            Way::Told(socket) => told(Pin::new(socket), cx),
            Way::Looking(way) => loop {
                match looking(&mut way.socket) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        way.next_write.as_mut().reset(Instant::now() + REST);
                        if way.next_write.as_mut().poll(cx).is_pending() {
                            break Poll::Pending;
                        }
                    }
                    written => break Poll::Ready(written),
                }
            },
            Way::Broken => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        };
        self.writer = written.is_pending().then(|| cx.waker().clone());
        written
    }
}

impl AsyncRead for GatheringStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            this.follow_pace()?;
            let before = buffer.filled().len();
            let got = match &mut this.way {
                Way::Told(socket) => {
                    ready!(Pin::new(socket).poll_read(cx, buffer))?;
                    Some(buffer.filled().len() - before)
                }
                Way::Looking(way) => {
                    ready!(way.next_read.as_mut().poll(cx));
                    let got = match way.socket.read(buffer.initialize_unfilled()) {
                        Ok(length) => Some(length),
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                        Err(error) => return Poll::Ready(Err(error)),
                    };
                    buffer.advance(got.unwrap_or_default());
                    // Where there was no room for all, the rest is read at once.
                    if got.is_none() || buffer.remaining() > 0 {
                        way.next_read.as_mut().reset(Instant::now() + REST);
                    }
                    got
                }
                Way::Broken => return Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            };
            this.pace.read(got.unwrap_or_default(), Instant::now());
            if got.is_some() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for GatheringStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |socket, cx| socket.poll_write(cx, bytes), |socket| socket.write(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(
            cx,
            |socket, cx| socket.poll_write_vectored(cx, parts),
            |socket| socket.write_vectored(parts),
        )
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_with(cx, |socket, cx| socket.poll_flush(cx), Write::flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_with(
            cx,
            |socket, cx| socket.poll_shutdown(cx),
            |socket| match socket.shutdown(Shutdown::Write) {
                // It is closed already.
                Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
                outcome => outcome,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::{Arc, Mutex};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// More than sockets hold by themselves.
    const MUCH: usize = 16 << 20;

    async fn pair(gathers: bool) -> (GatheringStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (socket, accepted) =
            tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let mut stream = GatheringStream::new(socket.unwrap());
        if gathers {
            stream.pace = Pace::gathering(Instant::now());
        }
        (stream, accepted.unwrap().0)
    }

    fn bytes(count: usize) -> Vec<u8> {
        (0..count).map(|at| (at * 7 + at / 251) as u8).collect()
    }

    #[tokio::test]
    async fn all_comes_and_goes_in_order_whichever_way_is_gone() {
        for gathers in [false, true] {
            let (stream, peer) = pair(gathers).await;
            let (mut reader, mut writer) = tokio::io::split(stream);
            let (mut peer_reader, mut peer_writer) = peer.into_split();
            let sent = bytes(MUCH);
            let (mut got, mut peer_got) = (Vec::new(), Vec::new());
            let (read, written, peer_read, peer_written) = tokio::join!(
                reader.read_to_end(&mut got),
                async {
                    writer.write_all(&sent).await?;
                    writer.shutdown().await
                },
                peer_reader.read_to_end(&mut peer_got),
                async {
                    peer_writer.write_all(&sent).await?;
                    peer_writer.shutdown().await
                },
            );
            assert_eq!((read.unwrap(), peer_read.unwrap()), (MUCH, MUCH));
            written.and(peer_written).unwrap();
            assert!(got == sent && peer_got == sent, "{gathers}");
        }
    }

    #[tokio::test]
    async fn a_writer_that_waits_goes_on_after_the_way_changed() {
        for gathers in [false, true] {
            let (stream, mut peer) = pair(gathers).await;
            let stream = Arc::new(Mutex::new(stream));
            let (writers, sent) = (stream.clone(), bytes(MUCH));
            let writing = tokio::spawn(async move {
                let mut at = 0;
                while at < sent.len() {
                    let write = |cx: &mut Context<'_>| {
                        Pin::new(&mut *writers.lock().unwrap()).poll_write(cx, &sent[at..])
                    };
                    at += poll_fn(write).await.unwrap();
                }
            });
            // The peer takes nothing: the writer waits.
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(!writing.is_finished());
            let now = Instant::now();
            stream.lock().unwrap().pace = if gathers { Pace::new(now) } else { Pace::gathering(now) };
            let mut byte = [0];
            let look = |cx: &mut Context<'_>| {
                let mut buffer = ReadBuf::new(&mut byte);
                Poll::Ready(Pin::new(&mut *stream.lock().unwrap()).poll_read(cx, &mut buffer).is_pending())
            };
            assert!(poll_fn(look).await);
            let mut got = vec![0; MUCH];
            let read = tokio::time::timeout(Duration::from_secs(10), peer.read_exact(&mut got)).await;
            assert!(read.is_ok(), "nobody woke the writer ({gathers})");
            writing.await.unwrap();
            assert!(got == bytes(MUCH), "{gathers}");
        }
    }

    #[tokio::test]
    async fn a_quiet_connection_is_waited_for_again() {
        let (mut stream, mut peer) = pair(true).await;
        let mut byte = [0];
        for number in 0..20 {
            peer.write_all(&[number]).await.unwrap();
            stream.read_exact(&mut byte).await.unwrap();
            assert_eq!(byte, [number]);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(matches!(stream.way, Way::Told(_)), "20 bytes in 200 ms are not many");
        drop(peer);
        assert_eq!(stream.read(&mut byte).await.unwrap(), 0);
    }
}
