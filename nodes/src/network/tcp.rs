//! TCP, as the three nodes share it: sessions that replies find again, and what comes in cut into messages.

pub(crate) mod framing;
pub(crate) mod listen;
pub(crate) mod session;

use bytes::Bytes;
use engine::Value;
use engine::js;
use engine::node::{BuildContext, BuildError};
use engine::observe::Status;
use model::text::{Catalogue, Text};
use std::sync::Arc;

use super::tls_config::TlsConfig;

/// Texts that the nodes share.
pub(crate) const TEXTS: Catalogue = &[
    ("tcp-in.label", "tcp"),
    ("tcp-out.label", "tcp"),
    ("tcp-request.label", "tcp request"),
    ("tcp.connecting", "connecting"),
    ("tcp.connected", "connected"),
    ("tcp.disconnected", "disconnected"),
    ("tcp.error", "error"),
    ("tcp.connections", "{count} {count|connection|connections}"),
    ("tcp.port", "the port must be a number from 1 to 65535"),
    ("tcp.host", "the host must not be empty"),
    ("tcp.mode", "{mode} is not a way to work; choose {modes}"),
    ("tcp.datatype", "{value} is not an output; choose buffer, utf8 or base64"),
    (
        "tcp.no-certificate",
        "a server with TLS needs a certificate and its private key; give them to the tls-config node",
    ),
    ("tcp.cannot-listen", "cannot listen on port {port}: {reason}; choose another port or stop what uses it"),
    ("tcp.failed", "cannot connect to {host}:{port}: {reason}"),
    ("tcp.lost", "the connection to {host}:{port} was lost: {reason}; trying again"),
    ("tcp.not-connected", "there is no connection to {host}:{port}, so the message was not sent: {reason}"),
    ("tcp.not-sent", "{count} of those connected did not get the message: {reason}"),
    (
        "tcp.too-long",
        "what {peer} sent was longer than {limit} bytes without an end; the connection was closed",
    ),
    (
        "tcp.no-host",
        "there is no host or port; write them into the node, or send them in msg.host and msg.port",
    ),
    ("tcp.busy", "{limit} messages wait for {host}:{port} already; this one was not taken"),
    ("tcp.split-count", "the number of characters must be 1 or more"),
];

/// A port as flows write it.
pub(crate) fn port_of(number: Option<f64>) -> Option<u16> {
    let number = number.filter(|number| number.fract() == 0.0 && (1.0..=65535.0).contains(number))?;
    Some(number as u16)
}

/// The tls-config node that the property `tls` names, if it names one.
pub(crate) fn tls_of(context: &BuildContext<'_>) -> Result<Option<Arc<TlsConfig>>, BuildError> {
    match context.properties.get("tls").as_ref().and_then(|id| id.as_str()) {
        None | Some("") => Ok(None),
        Some(_) => context.config_node::<TlsConfig>("tls").map(Some),
    }
}

/// The bytes that a payload is sent as; `None` when there is nothing to send.
pub(crate) fn bytes_of(payload: &Value, is_base64: bool) -> Option<Bytes> {
    Some(match payload {
        Value::Undefined | Value::Null => return None,
        Value::Buffer(bytes) => bytes.as_ref().clone(),
        Value::String(text) if is_base64 => decode_base64(text).into(),
        value => Bytes::copy_from_slice(js::to_text(value).as_bytes()),
    })
}

/// As Node.js reads base64: of both alphabets, what does not belong is passed over.
pub(crate) fn decode_base64(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len() / 4 * 3), 0_u32, 0);
    for digit in text.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// How many are connected.
pub(crate) fn count_status(count: usize) -> Status {
    Status::new("", "", Text::key("tcp.connections").with("count", count))
}

/// The state of a connection of ours.
pub(crate) fn link_status(key: &'static str) -> Status {
    let (fill, shape) = match key {
        "tcp.connected" => ("green", "dot"),
        "tcp.connecting" => ("grey", "dot"),
        _ => ("red", "ring"),
    };
    Status::new(fill, shape, Text::key(key))
}

#[cfg(test)]
mod tests;
