//! From a host name to a connection on which the broker has let us in.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_util::io::{CopyToBytes, SinkWriter, StreamReader};

use super::gathering::GatheringStream;
use super::local::Socket;
use super::settings::Settings;
use super::wire::{self, Received, Welcome};

/// How long reaching the broker and being let in may take together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection on which the broker has let us in.
pub(crate) struct Connected {
    pub(crate) socket: Box<dyn Socket>,
    pub(crate) welcome: Welcome,
    /// What came after the welcome.
    pub(crate) rest: BytesMut,
}

/// Reaches the broker and introduces us; `clean` makes it forget an earlier session.
///
/// # Errors
/// Why it cannot be reached or does not let us in, in words.
pub(crate) async fn connect(settings: Arc<Settings>, clean: bool) -> Result<Connected, String> {
    let connecting = async {
        let mut socket = open(&settings).await?;
        let mut bytes = BytesMut::new();
        wire::connect(&settings, &settings.client_id, clean, &mut bytes)
            .map_err(|error| error.to_string())?;
        socket.write_all_buf(&mut bytes).await.map_err(|error| error.to_string())?;
        socket.flush().await.map_err(|error| error.to_string())?;
        loop {
            match wire::decode(settings.version, &mut bytes).map_err(|error| error.to_string())? {
                Some(Received::Welcome(welcome)) => {
                    return Ok(Connected { socket, welcome, rest: bytes });
                }
                Some(Received::Refused(reason) | Received::Farewell(reason)) => {
                    return Err(format!("it does not let us in: {reason}"));
                }
                Some(_) => return Err("it does not answer as a broker does".to_owned()),
                None => {}
            }
            if socket.read_buf(&mut bytes).await.map_err(|error| error.to_string())? == 0 {
                return Err("it closed the connection before it let us in".to_owned());
            }
        }
    };
    match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(outcome) => outcome,
        Err(_) => Err(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())),
    }
}

/// A way to the broker.
async fn open(settings: &Settings) -> Result<Box<dyn Socket>, String> {
    if let Some(pipe) = settings.local.as_ref().and_then(|local| local.open(settings)) {
        return Ok(pipe);
    }
    let socket = open_secure(settings).await?;
    match &settings.web_socket {
        None => Ok(socket),
        Some(path) => open_web_socket(settings, path, socket).await.map_err(|error| error.to_string()),
    }
}

async fn open_secure(settings: &Settings) -> Result<Box<dyn Socket>, String> {
    let socket = TcpStream::connect((settings.host.as_str(), settings.port))
        .await
        .map_err(|error| error.to_string())?;
    // Small packets should not wait for larger ones.
    socket.set_nodelay(true).map_err(|error| error.to_string())?;
    let socket = GatheringStream::new(socket);
    let Some(tls) = &settings.tls else { return Ok(Box::new(socket)) };
    let name = ServerName::try_from(tls.server_name.clone())
        .map_err(|_| format!("{} is not a server name", tls.server_name))?;
    let socket = TlsConnector::from(tls.config.clone())
        .connect(name, socket)
        .await
        .map_err(|error| error.to_string())?;
    Ok(Box::new(socket))
}

/// MQTT inside a WebSocket: packets travel in binary frames, cut anyhow.
async fn open_web_socket(
    settings: &Settings,
    path: &str,
    socket: Box<dyn Socket>,
) -> Result<Box<dyn Socket>, tungstenite::Error> {
    let mut request = format!("{}{path}", settings.address()).into_client_request()?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("mqtt"));
    let (socket, _) = tokio_tungstenite::client_async(request, socket).await?;
    let (sink, stream) = socket.split();
    let bytes = stream.filter_map(|frame| {
        std::future::ready(match frame {
            Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
            Ok(_) => None,
            Err(error) => Some(Err(std::io::Error::other(error))),
        })
    });
    let frames = sink
        .sink_map_err(std::io::Error::other)
        .with(|bytes: Bytes| std::future::ready(Ok::<_, std::io::Error>(Message::Binary(bytes))));
    let writer = SinkWriter::new(CopyToBytes::new(frames));
    Ok(Box::new(tokio::io::join(StreamReader::new(bytes), writer)))
}
