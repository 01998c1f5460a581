//! The little of the MQTT wire format that the broker needs for itself.
//!
//! Source: OASIS MQTT Version 5.0, sections 1.5.5 (variable byte integer), 2.2.2 (properties), 3.1.2
//! (CONNECT) and 3.3 (PUBLISH).

use bytes::{BufMut, BytesMut};

/// User properties with which the broker library tells every subscriber who published: its client id and its
/// user name. MQTT knows nothing of the kind, and it is nobody's business.
const PUBLISHER_PROPERTIES: [&[u8]; 2] = [b"x-mqtt-client-id", b"x-mqtt-sender"];

const CONNECT: u8 = 1;
const PUBLISH: u8 = 3;
const PUBCOMP: u8 = 7;
const USER_PROPERTY: u8 = 0x26;

/// A packet that does not follow the standard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// What the first bytes of a connection tell about its protocol version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// More bytes are needed.
    Unknown,
    /// The protocol level of the CONNECT packet (4 is 3.1.1, 5 is 5), 0 when it is none.
    Level(u8),
}

/// Reads the protocol level out of the first bytes of a connection. It lies within the first 14.
pub(crate) fn protocol_version(head: &[u8]) -> Version {
    match head.first() {
        None => return Version::Unknown,
        Some(first) if first >> 4 != CONNECT => return Version::Level(0),
        Some(_) => {}
    }
    let Ok(remaining) = variable_integer(&head[1..]) else { return Version::Level(0) };
    let Some((_, width)) = remaining else { return Version::Unknown };
    let rest = &head[1 + width..];
    let Some(name_length) = rest.first_chunk() else { return Version::Unknown };
    match u16::from_be_bytes(*name_length) {
        // `MQIsdp` of version 3.1, `MQTT` of all later ones.
        length @ (4 | 6) => {
            rest.get(2 + usize::from(length)).map_or(Version::Unknown, |level| Version::Level(*level))
        }
        _ => Version::Level(0),
    }
}

/// The length of the packet at the start of `bytes`, fixed header included; `None` while it is incomplete.
pub(crate) fn packet_length(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let Some((remaining, width)) = variable_integer(&bytes[1..])? else { return Ok(None) };
    let length = 1 + width + remaining;
    Ok((bytes.len() >= length).then_some(length))
}

/// Whether the packet at the start of `bytes` may wait a moment for others: a message, or a word about one
/// (PUBLISH to PUBCOMP). All others open, keep or end a connection.
pub(crate) fn can_wait(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| (PUBLISH..=PUBCOMP).contains(&(first >> 4)))
}

/// Appends one whole MQTT 5 packet to `out`, without the properties that name the publisher.
pub(crate) fn append_without_publisher(packet: &[u8], out: &mut BytesMut) -> Result<(), Malformed> {
    match publish_properties(packet)? {
        Some(publish) if properties(publish.properties).any(|entry| !entry.is_ok_and(is_kept)) => {
            let mut kept = BytesMut::with_capacity(publish.properties.len());
            for entry in properties(publish.properties) {
                let entry = entry?;
                if is_kept(entry) {
                    kept.put_slice(entry.bytes);
                }
            }
            let width = width_of_variable_integer(kept.len());
            let remaining = publish.variable_header.len() + width + kept.len() + publish.payload.len();
            out.reserve(5 + remaining);
            out.put_u8(packet[0]);
            put_variable_integer(remaining, out);
            out.put_slice(publish.variable_header);
            put_variable_integer(kept.len(), out);
            out.put_slice(&kept);
            out.put_slice(publish.payload);
        }
        _ => out.put_slice(packet),
    }
    Ok(())
}

/// A PUBLISH packet, cut where its properties begin and end.
struct Publish<'a> {
    /// Topic name and packet identifier.
    variable_header: &'a [u8],
    properties: &'a [u8],
    payload: &'a [u8],
}

fn publish_properties(packet: &[u8]) -> Result<Option<Publish<'_>>, Malformed> {
    let first = *packet.first().ok_or(Malformed)?;
    if first >> 4 != PUBLISH {
        return Ok(None);
    }
    let (_, width) = variable_integer(&packet[1..])?.ok_or(Malformed)?;
    let body = &packet[1 + width..];
    let topic_length = usize::from(u16::from_be_bytes(*body.first_chunk().ok_or(Malformed)?));
    let quality = (first >> 1) & 3;
    let header_length = 2 + topic_length + if quality == 0 { 0 } else { 2 };
    let (variable_header, rest) = body.split_at_checked(header_length).ok_or(Malformed)?;
    let (properties_length, width) = variable_integer(rest)?.ok_or(Malformed)?;
    let (properties, payload) = rest[width..].split_at_checked(properties_length).ok_or(Malformed)?;
    Ok(Some(Publish { variable_header, properties, payload }))
}

/// One property, identifier included; `name` is a user property's.
#[derive(Clone, Copy)]
struct Property<'a> {
    bytes: &'a [u8],
    name: Option<&'a [u8]>,
}

fn is_kept(property: Property<'_>) -> bool {
    property.name.is_none_or(|name| !PUBLISHER_PROPERTIES.contains(&name))
}

fn properties(mut bytes: &[u8]) -> impl Iterator<Item = Result<Property<'_>, Malformed>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let property = next_property(bytes);
        bytes = property.as_ref().map_or(&[], |property| &bytes[property.bytes.len()..]);
        Some(property)
    })
}

/// Reads the property at the start of `bytes`: those that a PUBLISH may carry (MQTT 5, section 3.3.2.3).
fn next_property(bytes: &[u8]) -> Result<Property<'_>, Malformed> {
    let value = &bytes[1..];
    let text_width = |at: usize| {
        let length = value.get(at..).and_then(<[u8]>::first_chunk).ok_or(Malformed)?;
        Ok(2 + usize::from(u16::from_be_bytes(*length)))
    };
    let width = match bytes[0] {
        0x01 => 1,
        0x02 => 4,
        0x23 => 2,
        0x0b => variable_integer(value)?.ok_or(Malformed)?.1,
        0x03 | 0x08 | 0x09 => text_width(0)?,
        USER_PROPERTY => {
            let name = text_width(0)?;
            name + text_width(name)?
        }
        _ => return Err(Malformed),
    };
    let bytes = bytes.get(..1 + width).ok_or(Malformed)?;
    let name = (bytes[0] == USER_PROPERTY).then(|| &bytes[3..1 + text_width(0).unwrap_or(2)]);
    Ok(Property { bytes, name })
}

/// A variable byte integer and its width in bytes; `None` while it is incomplete.
fn variable_integer(bytes: &[u8]) -> Result<Option<(usize, usize)>, Malformed> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((value, index + 1)));
        }
    }
    if bytes.len() < 4 { Ok(None) } else { Err(Malformed) }
}

fn width_of_variable_integer(value: usize) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    }
}

fn put_variable_integer(mut value: usize, out: &mut BytesMut) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.put_u8(low);
            return;
        }
        out.put_u8(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Vec<u8> {
        let mut bytes = (value.len() as u16).to_be_bytes().to_vec();
        bytes.extend(value.as_bytes());
        bytes
    }

    fn user_property(name: &str, value: &str) -> Vec<u8> {
        [vec![USER_PROPERTY], text(name), text(value)].concat()
    }

    fn publish(quality: u8, properties: &[Vec<u8>], payload: &[u8]) -> Vec<u8> {
        let properties = properties.concat();
        let mut body = BytesMut::new();
        body.put_slice(&text("a/b"));
        if quality > 0 {
            body.put_u16(7);
        }
        put_variable_integer(properties.len(), &mut body);
        body.put_slice(&properties);
        body.put_slice(payload);
        let mut packet = BytesMut::new();
        packet.put_u8(PUBLISH << 4 | quality << 1);
        put_variable_integer(body.len(), &mut packet);
        packet.put_slice(&body);
        packet.to_vec()
    }

    fn rewritten(packet: &[u8]) -> Result<Vec<u8>, Malformed> {
        let mut out = BytesMut::new();
        append_without_publisher(packet, &mut out)?;
        Ok(out.to_vec())
    }

    #[test]
    fn leaves_out_who_published_and_nothing_else() {
        let others = [
            vec![0x01, 1],
            vec![0x02, 0, 0, 0, 9],
            [vec![0x03], text("text/plain")].concat(),
            [vec![0x08], text("answer/here")].concat(),
            [vec![0x09], text("\u{1}\u{2}")].concat(),
            vec![0x0b, 0x80, 0x01],
            vec![0x23, 0, 3],
            user_property("a", "2"),
            user_property("x-mqtt-client-identity", "kept"),
        ];
        for quality in 0..3 {
            for payload_length in [0, 3, 120, 16_300, 70_000] {
                let payload = vec![0x26; payload_length];
                let mut all = others.to_vec();
                all.insert(2, user_property("x-mqtt-sender", "ann"));
                all.push(user_property("x-mqtt-client-id", "flows-1"));
                let expected = publish(quality, &others, &payload);
                assert_eq!(rewritten(&publish(quality, &all, &payload)), Ok(expected.clone()));
                assert_eq!(rewritten(&expected), Ok(expected), "nothing to leave out");
            }
        }
    }

    #[test]
    fn other_packets_pass_as_they_are() {
        let ping_response = [0xd0, 0x00];
        assert_eq!(rewritten(&ping_response), Ok(ping_response.to_vec()));
    }

    #[test]
    fn a_broken_packet_is_an_error() {
        let whole = publish(1, &[user_property("x-mqtt-client-id", "c")], b"payload");
        let properties_run_out = [&[0x30, 0x06][..], &text("a"), &[0x05, 0x26, 0x00]].concat();
        assert_eq!(rewritten(&properties_run_out), Err(Malformed));
        for length in 2..whole.len() - b"payload".len() {
            assert_eq!(rewritten(&whole[..length]), Err(Malformed), "cut at {length}");
        }
        assert_eq!(packet_length(&[0x30, 0xff, 0xff, 0xff, 0xff]), Err(Malformed));
    }

    #[test]
    fn knows_where_a_packet_ends() {
        let packet = publish(0, &[], &[1; 300]);
        for length in 0..packet.len() {
            assert_eq!(packet_length(&packet[..length]), Ok(None));
        }
        let two = [packet.clone(), packet.clone()].concat();
        assert_eq!(packet_length(&two), Ok(Some(packet.len())));
    }

    #[test]
    fn reads_the_protocol_version() {
        let connect = |name: &str, level| [vec![0x10, 0x80, 0x01], text(name), vec![level, 2]].concat();
        for (name, level) in [("MQTT", 4), ("MQTT", 5), ("MQIsdp", 3)] {
            let head = connect(name, level);
            let known_from = head.len() - 1;
            for length in 0..known_from {
                assert_eq!(protocol_version(&head[..length]), Version::Unknown);
            }
            assert_eq!(protocol_version(&head[..known_from]), Version::Level(level));
        }
        assert_eq!(protocol_version(b"GET / HTTP/1.1"), Version::Level(0));
        assert_eq!(protocol_version(&connect("nonsense", 5)), Version::Level(0));
    }
}
