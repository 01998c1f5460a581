//! Connections, with and without TLS, for the nodes that talk over them.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::tls_config::TlsConfig;

/// How long reaching a host, or shaking hands with one, may take.
const CONNECT_WAIT: Duration = Duration::from_secs(30);
/// A peer that takes nothing for this long is gone.
pub(crate) const WRITE_WAIT: Duration = Duration::from_secs(30);
/// A silent connection is asked for a sign of life after this time; as in Node-RED.
const KEEP_ALIVE: Duration = Duration::from_secs(120);

/// A connection, whatever carries it.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// Reaches a host.
///
/// # Errors
/// Why it cannot be reached, or is not whom the certificates allow.
pub(crate) async fn connect(host: &str, port: u16, tls: Option<&TlsConfig>) -> io::Result<Box<dyn Socket>> {
    let connecting = async {
        // As URLs have IPv6 addresses.
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let socket = TcpStream::connect((host, port)).await?;
        prepare(&socket)?;
        let Some(tls) = tls else { return Ok(Box::new(socket) as Box<dyn Socket>) };
        let name = tls.server_name.as_deref().unwrap_or(host).to_owned();
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let socket = TlsConnector::from(tls.client.clone()).connect(name, socket).await?;
        Ok(Box::new(socket) as Box<dyn Socket>)
    };
    in_time(connecting).await
}

/// Shakes hands with somebody who connected to us.
///
/// # Errors
/// Why we did not come to terms.
pub(crate) async fn welcome(socket: TcpStream, tls: Option<TlsAcceptor>) -> io::Result<Box<dyn Socket>> {
    prepare(&socket)?;
    match tls {
        None => Ok(Box::new(socket)),
        Some(tls) => in_time(async { Ok(Box::new(tls.accept(socket).await?) as Box<dyn Socket>) }).await,
    }
}

/// Writes all of it and flushes, as long as the other side goes on taking it.
///
/// # Errors
/// The connection failed, or nothing was taken for a while.
pub(crate) async fn write_all(writer: &mut (impl AsyncWrite + Unpin), mut bytes: &[u8]) -> io::Result<()> {
    let taking_nothing = |_| {
        io::Error::new(io::ErrorKind::TimedOut, format!("nothing was taken for {} s", WRITE_WAIT.as_secs()))
    };
    while !bytes.is_empty() {
        let written = timeout(WRITE_WAIT, writer.write(bytes)).await.map_err(taking_nothing)??;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
    }
    timeout(WRITE_WAIT, writer.flush()).await.map_err(taking_nothing)?
}

fn prepare(socket: &TcpStream) -> io::Result<()> {
    // Small packets should not wait for larger ones.
    socket.set_nodelay(true)?;
    SockRef::from(socket).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEP_ALIVE))
}

async fn in_time<T>(future: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(CONNECT_WAIT, future).await.unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", CONNECT_WAIT.as_secs())))
    })
}

/// A pause before the next attempt: it doubles with each failure.
#[derive(Clone, Copy)]
pub(crate) struct Pause(Duration);

/// The first and the longest pause.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl Default for Pause {
    fn default() -> Self {
        Self(FIRST_PAUSE)
    }
}

impl Pause {
    /// The next pause: up to a fifth longer by chance, so that many do not come back at once.
    pub(crate) fn next(&mut self) -> Duration {
        let now = self.0;
        self.0 = (now * 2).min(LONGEST_PAUSE);
        now.mul_f64(1.0 + fastrand::f64() / 5.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up_and_who_is_slow_is_not() {
        let (mut near, mut far) = tokio::io::duplex(8);
        let reading = tokio::spawn(async move {
            for _ in 0..4 {
                tokio::time::sleep(WRITE_WAIT / 2).await;
                far.read_exact(&mut [0; 8]).await.unwrap();
            }
            far
        });
        write_all(&mut near, &[0; 32]).await.unwrap();
        let _far = reading.await.unwrap();
        let error = write_all(&mut near, &[0; 32]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
