//! Packets to bytes and back: `rumqttc`'s two sets of packet types, 3.1.1's and 5's, behind one.

use bytes::{BufMut, Bytes, BytesMut};
use rumqttc::mqttbytes as old;
use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes as new;
use rumqttc::v5::mqttbytes::v5;

use super::publication::{Properties, Publication, Quality};
use super::settings::{LastWill, Settings, Version};

/// The largest packet that is taken, in bytes: a message larger than this ends the connection.
pub(crate) const LARGEST_INCOMING: u32 = 64 * 1024 * 1024;
/// How many messages of quality 1 and 2 an MQTT 5 broker may send before the first is acknowledged.
pub(crate) const RECEIVE_MAXIMUM: u16 = 256;

/// How many unanswered messages of quality 1 and 2 a broker of MQTT 3.1.1 is sent; it cannot say how many it
/// takes. This is mosquitto's default (`max_inflight_messages`); beyond it, mosquitto 2.0 loses messages of quality 2.
const RECEIVE_MAXIMUM_V311: u16 = 20;

/// A packet from the broker.
#[derive(Debug, PartialEq)]
pub(crate) enum Received {
    Welcome(Welcome),
    /// The broker does not let us in.
    Refused(String),
    Publish {
        publication: Publication,
        id: u16,
        duplicate: bool,
    },
    /// The answer to a message of quality 1.
    Acknowledged(u16, Answer),
    /// The first answer to a message of quality 2.
    Arrived(u16, Answer),
    /// Our message of quality 2 is done.
    Completed(u16),
    /// The broker's message of quality 2 may be forgotten.
    Release(u16),
    /// One answer a filter, in the order asked.
    Subscribed(u16, Vec<Answer>),
    Unsubscribed,
    Pong,
    /// The broker closes the connection and says why.
    Farewell(String),
}

/// Yes, or the reason for no.
pub(crate) type Answer = Result<(), String>;

/// How the broker takes us in.
#[derive(Debug, PartialEq)]
pub(crate) struct Welcome {
    pub(crate) session_present: bool,
    /// How many messages of quality 1 and 2 it takes before it has acknowledged the first.
    pub(crate) receive_maximum: u16,
    /// The largest packet that it takes, in bytes.
    pub(crate) largest_packet: Option<u32>,
    /// Seconds; in place of what we asked for.
    pub(crate) keep_alive_seconds: Option<u16>,
}

/// Answers to messages: the same bytes in every version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acknowledgement {
    /// Quality 1: done.
    Acknowledge = 0x40,
    /// Quality 2: received.
    Receive = 0x50,
    /// Quality 2: may be forgotten.
    Release = 0x62,
    /// Quality 2: forgotten.
    Complete = 0x70,
}

/// What one subscribes with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) quality: Quality,
    pub(crate) no_local: bool,
    pub(crate) retain_as_published: bool,
    /// 0: send retained messages, 1: if the subscription is new, 2: never.
    pub(crate) retain_handling: u8,
}

/// Why bytes are no packet, or a packet cannot become bytes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    #[error("the broker sent what is not MQTT: {0}")]
    Malformed(String),
    #[error("packet of {size} bytes")]
    TooLarge { size: usize },
}

/// Payloads up to this size are copied out of what was read: a message that stays somewhere would keep all of it.
const COPIED: usize = 4096;

/// Takes the next packet from the front of `bytes`; `None` while it is incomplete.
pub(crate) fn decode(version: Version, bytes: &mut BytesMut) -> Result<Option<Received>, WireError> {
    loop {
        let received = match version {
            Version::V311 => match v4::Packet::read(bytes, LARGEST_INCOMING as usize) {
                Ok(packet) => received_v4(packet)?,
                Err(old::Error::InsufficientBytes(_)) => return Ok(None),
                Err(error) => return Err(WireError::Malformed(error.to_string())),
            },
            Version::V5 => match v5::Packet::read(bytes, Some(LARGEST_INCOMING)) {
                Ok(packet) => received_v5(packet)?,
                Err(new::Error::InsufficientBytes(_)) => return Ok(None),
                Err(error) => return Err(WireError::Malformed(error.to_string())),
            },
        };
        if received.is_some() {
            return Ok(received);
        }
    }
}

/// Writes CONNECT.
pub(crate) fn connect(
    settings: &Settings,
    client_id: &str,
    clean: bool,
    out: &mut BytesMut,
) -> Result<(), WireError> {
    match settings.version {
        Version::V311 => {
            let mut packet = v4::Connect::new(client_id);
            packet.keep_alive = settings.keep_alive_seconds;
            packet.clean_session = clean;
            packet.last_will = settings.will.as_ref().map(|will| v4::LastWill {
                topic: will.publication.topic.to_string(),
                message: will.publication.payload.clone(),
                qos: quality_v4(will.publication.quality),
                retain: will.publication.retain,
            });
            packet.login = settings
                .login
                .as_ref()
                .map(|login| v4::Login::new(login.user.as_str(), login.password.as_str()));
            v4::Packet::Connect(packet)
                .write(out, usize::MAX)
                .map_err(|error| WireError::Malformed(error.to_string()))?;
        }
        Version::V5 => {
            let mut properties = v5::ConnectProperties::new();
            properties.session_expiry_interval = settings.session_expiry_seconds;
            properties.receive_maximum = Some(RECEIVE_MAXIMUM);
            properties.max_packet_size = Some(LARGEST_INCOMING);
            properties.user_properties = settings.user_properties.clone();
            let packet = v5::Connect {
                keep_alive: settings.keep_alive_seconds,
                client_id: client_id.to_owned(),
                clean_start: clean,
                properties: Some(properties),
            };
            let will = settings.will.as_ref().map(will_v5);
            let login = settings
                .login
                .as_ref()
                .map(|login| v5::Login::new(login.user.as_str(), login.password.as_str()));
            v5::Packet::Connect(packet, will, login)
                .write(out, None)
                .map_err(|error| WireError::Malformed(error.to_string()))?;
        }
    }
    Ok(())
}

/// Writes PUBLISH; `id` is 0 for quality 0.
pub(crate) fn publish(
    version: Version,
    publication: &Publication,
    id: u16,
    duplicate: bool,
    largest: Option<u32>,
    out: &mut BytesMut,
) -> Result<(), WireError> {
    let size = match version {
        Version::V311 => {
            let mut packet = v4::Publish::from_bytes(
                publication.topic.as_str(),
                quality_v4(publication.quality),
                publication.payload.clone(),
            );
            (packet.pkid, packet.dup, packet.retain) = (id, duplicate, publication.retain);
            let size = packet.size();
            if fits(size, largest) {
                packet.write(out).map_err(|_| WireError::TooLarge { size })?;
                return Ok(());
            }
            size
        }
        Version::V5 => {
            let packet = v5::Publish {
                dup: duplicate,
                qos: quality_v5(publication.quality),
                retain: publication.retain,
                topic: publication.topic.as_bytes().to_vec().into(),
                pkid: id,
                payload: publication.payload.clone(),
                properties: publication.properties.as_deref().map(properties_v5),
            };
            let size = packet.size();
            if fits(size, largest) {
                packet.write(out).map_err(|_| WireError::TooLarge { size })?;
                return Ok(());
            }
            size
        }
    };
    Err(WireError::TooLarge { size })
}

/// Writes SUBSCRIBE for one filter.
pub(crate) fn subscribe(
    version: Version,
    id: u16,
    filter: &str,
    options: Options,
    out: &mut BytesMut,
) -> Result<(), WireError> {
    let written = match version {
        Version::V311 => {
            let mut packet = v4::Subscribe::new(filter, quality_v4(options.quality));
            packet.pkid = id;
            packet.write(out).map_err(|error| error.to_string())
        }
        Version::V5 => {
            let mut wanted = v5::Filter::new(filter, quality_v5(options.quality));
            wanted.nolocal = options.no_local;
            wanted.preserve_retain = options.retain_as_published;
            wanted.retain_forward_rule = match options.retain_handling {
                0 => v5::RetainForwardRule::OnEverySubscribe,
                1 => v5::RetainForwardRule::OnNewSubscribe,
                _ => v5::RetainForwardRule::Never,
            };
            let mut packet = v5::Subscribe::new(wanted, None);
            packet.pkid = id;
            packet.write(out).map_err(|error| error.to_string())
        }
    };
    written.map(drop).map_err(WireError::Malformed)
}

/// Writes UNSUBSCRIBE for one filter.
pub(crate) fn unsubscribe(
    version: Version,
    id: u16,
    filter: &str,
    out: &mut BytesMut,
) -> Result<(), WireError> {
    let written = match version {
        Version::V311 => {
            let mut packet = v4::Unsubscribe::new(filter);
            packet.pkid = id;
            packet.write(out).map_err(|error| error.to_string())
        }
        Version::V5 => {
            let mut packet = v5::Unsubscribe::new(filter, None);
            packet.pkid = id;
            packet.write(out).map_err(|error| error.to_string())
        }
    };
    written.map(drop).map_err(WireError::Malformed)
}

/// Writes one of the four answers.
pub(crate) fn acknowledge(kind: Acknowledgement, id: u16, out: &mut BytesMut) {
    out.put_u8(kind as u8);
    out.put_u8(2);
    out.put_u16(id);
}

/// Writes PINGREQ.
pub(crate) fn ping(out: &mut BytesMut) {
    out.put_slice(&[0xc0, 0]);
}

/// Writes DISCONNECT for an end in good order.
pub(crate) fn disconnect(out: &mut BytesMut) {
    out.put_slice(&[0xe0, 0]);
}

fn fits(size: usize, largest: Option<u32>) -> bool {
    largest.is_none_or(|largest| size <= largest as usize)
}

fn received_v4(packet: v4::Packet) -> Result<Option<Received>, WireError> {
    Ok(Some(match packet {
        v4::Packet::ConnAck(packet) if packet.code == v4::ConnectReturnCode::Success => {
            Received::Welcome(Welcome {
                session_present: packet.session_present,
                receive_maximum: RECEIVE_MAXIMUM_V311,
                largest_packet: None,
                keep_alive_seconds: None,
            })
        }
        v4::Packet::ConnAck(packet) => Received::Refused(words(&packet.code)),
        v4::Packet::Publish(packet) => Received::Publish {
            id: packet.pkid,
            duplicate: packet.dup,
            publication: Publication {
                topic: packet.topic.into(),
                payload: own(packet.payload),
                quality: quality(packet.qos as u8),
                retain: packet.retain,
                properties: None,
            },
        },
        v4::Packet::PubAck(packet) => Received::Acknowledged(packet.pkid, Ok(())),
        v4::Packet::PubRec(packet) => Received::Arrived(packet.pkid, Ok(())),
        v4::Packet::PubRel(packet) => Received::Release(packet.pkid),
        v4::Packet::PubComp(packet) => Received::Completed(packet.pkid),
        v4::Packet::SubAck(packet) => Received::Subscribed(
            packet.pkid,
            packet
                .return_codes
                .iter()
                .map(|code| match code {
                    v4::SubscribeReasonCode::Success(_) => Ok(()),
                    code @ v4::SubscribeReasonCode::Failure => Err(words(code)),
                })
                .collect(),
        ),
        v4::Packet::UnsubAck(_) => Received::Unsubscribed,
        v4::Packet::PingResp => Received::Pong,
        other => return Err(unexpected(&other)),
    }))
}

fn received_v5(packet: v5::Packet) -> Result<Option<Received>, WireError> {
    Ok(Some(match packet {
        v5::Packet::ConnAck(packet) if packet.code == v5::ConnectReturnCode::Success => {
            let properties = packet.properties.as_ref();
            Received::Welcome(Welcome {
                session_present: packet.session_present,
                receive_maximum: properties.and_then(|known| known.receive_max).unwrap_or(u16::MAX),
                largest_packet: properties.and_then(|known| known.max_packet_size),
                keep_alive_seconds: properties.and_then(|known| known.server_keep_alive),
            })
        }
        v5::Packet::ConnAck(packet) => {
            Received::Refused(reason(&packet.code, packet.properties.and_then(|known| known.reason_string)))
        }
        v5::Packet::Publish(packet) => Received::Publish {
            id: packet.pkid,
            duplicate: packet.dup,
            publication: Publication {
                topic: std::str::from_utf8(&packet.topic)
                    .map_err(|error| WireError::Malformed(error.to_string()))?
                    .into(),
                payload: own(packet.payload),
                quality: quality(packet.qos as u8),
                retain: packet.retain,
                properties: packet.properties.and_then(|properties| properties_from_v5(properties).boxed()),
            },
        },
        v5::Packet::PubAck(packet) => Received::Acknowledged(
            packet.pkid,
            match packet.reason {
                v5::PubAckReason::Success | v5::PubAckReason::NoMatchingSubscribers => Ok(()),
                code => Err(reason(&code, packet.properties.and_then(|known| known.reason_string))),
            },
        ),
        v5::Packet::PubRec(packet) => Received::Arrived(
            packet.pkid,
            match packet.reason {
                v5::PubRecReason::Success | v5::PubRecReason::NoMatchingSubscribers => Ok(()),
                code => Err(reason(&code, packet.properties.and_then(|known| known.reason_string))),
            },
        ),
        v5::Packet::PubRel(packet) => Received::Release(packet.pkid),
        v5::Packet::PubComp(packet) => Received::Completed(packet.pkid),
        v5::Packet::SubAck(packet) => {
            let why = packet.properties.and_then(|known| known.reason_string);
            let answers = packet.return_codes.iter().map(|code| match code {
                v5::SubscribeReasonCode::Success(_) => Ok(()),
                code => Err(reason(code, why.clone())),
            });
            Received::Subscribed(packet.pkid, answers.collect())
        }
        v5::Packet::UnsubAck(_) => Received::Unsubscribed,
        v5::Packet::PingResp(_) => Received::Pong,
        v5::Packet::Disconnect(packet) => Received::Farewell(reason(
            &packet.reason_code,
            packet.properties.and_then(|known| known.reason_string),
        )),
        other => return Err(unexpected(&other)),
    }))
}

fn own(payload: Bytes) -> Bytes {
    if payload.len() <= COPIED { Bytes::copy_from_slice(&payload) } else { payload }
}

fn unexpected(packet: &impl std::fmt::Debug) -> WireError {
    let packet = format!("{packet:?}");
    let name = packet.split(['(', ' ']).next().unwrap_or_default();
    WireError::Malformed(format!("unexpected {name} packet"))
}

/// A reason code in words, with those of the broker if it gives any.
fn reason(code: &impl std::fmt::Debug, said: Option<String>) -> String {
    match said.filter(|said| !said.is_empty()) {
        Some(said) => format!("{} ({said})", words(code)),
        None => words(code),
    }
}

/// `NotAuthorized` as `not authorized`.
fn words(code: &impl std::fmt::Debug) -> String {
    let mut words = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

fn quality(number: u8) -> Quality {
    Quality::from_number(f64::from(number)).unwrap_or_default()
}

fn quality_v4(quality: Quality) -> old::QoS {
    match quality {
        Quality::AtMostOnce => old::QoS::AtMostOnce,
        Quality::AtLeastOnce => old::QoS::AtLeastOnce,
        Quality::ExactlyOnce => old::QoS::ExactlyOnce,
    }
}

fn quality_v5(quality: Quality) -> new::QoS {
    match quality {
        Quality::AtMostOnce => new::QoS::AtMostOnce,
        Quality::AtLeastOnce => new::QoS::AtLeastOnce,
        Quality::ExactlyOnce => new::QoS::ExactlyOnce,
    }
}

fn properties_v5(properties: &Properties) -> v5::PublishProperties {
    v5::PublishProperties {
        payload_format_indicator: properties.is_utf8.map(u8::from),
        message_expiry_interval: properties.message_expiry,
        topic_alias: None,
        response_topic: properties.response_topic.clone(),
        correlation_data: properties.correlation_data.clone(),
        user_properties: properties.user.clone(),
        subscription_identifiers: Vec::new(),
        content_type: properties.content_type.clone(),
    }
}

fn properties_from_v5(properties: v5::PublishProperties) -> Properties {
    Properties {
        content_type: properties.content_type,
        response_topic: properties.response_topic,
        correlation_data: properties.correlation_data,
        message_expiry: properties.message_expiry_interval,
        is_utf8: properties.payload_format_indicator.map(|indicator| indicator == 1),
        user: properties.user_properties,
    }
}

fn will_v5(will: &LastWill) -> v5::LastWill {
    let properties = will.publication.properties.as_deref().cloned().unwrap_or_default();
    v5::LastWill {
        topic: will.publication.topic.as_bytes().to_vec().into(),
        message: will.publication.payload.clone(),
        qos: quality_v5(will.publication.quality),
        retain: will.publication.retain,
        properties: Some(v5::LastWillProperties {
            delay_interval: will.delay_seconds,
            payload_format_indicator: properties.is_utf8.map(u8::from),
            message_expiry_interval: properties.message_expiry,
            content_type: properties.content_type,
            response_topic: properties.response_topic,
            correlation_data: properties.correlation_data,
            user_properties: properties.user,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_out_as_it_went_in() {
        let properties = Properties {
            content_type: Some("text/plain".into()),
            response_topic: Some("answer".into()),
            correlation_data: Some(b"\0\x01".as_slice().into()),
            message_expiry: Some(60),
            is_utf8: Some(true),
            user: vec![("a".into(), "1".into()), ("a".into(), "2".into())],
        };
        for version in [Version::V311, Version::V5] {
            for quality in [Quality::AtMostOnce, Quality::AtLeastOnce, Quality::ExactlyOnce] {
                let publication = Publication {
                    topic: "a/b".into(),
                    payload: b"payload".as_slice().into(),
                    quality,
                    retain: true,
                    properties: (version == Version::V5).then(|| Box::new(properties.clone())),
                };
                let id = quality as u16 * 7;
                let mut bytes = BytesMut::new();
                publish(version, &publication, id, id > 0, None, &mut bytes).unwrap();
                let whole = bytes.clone();
                for length in 0..whole.len() {
                    assert_eq!(decode(version, &mut BytesMut::from(&whole[..length])).unwrap(), None);
                }
                let received = decode(version, &mut bytes).unwrap();
                assert_eq!(received, Some(Received::Publish { publication, id, duplicate: id > 0 }));
                assert!(bytes.is_empty());
            }
        }
    }

    #[test]
    fn a_message_larger_than_the_broker_takes_is_an_error() {
        let publication =
            Publication { topic: "a".into(), payload: vec![0; 100].into(), ..Default::default() };
        for version in [Version::V311, Version::V5] {
            let mut bytes = BytesMut::new();
            let error = publish(version, &publication, 0, false, Some(100), &mut bytes).unwrap_err();
            assert!(matches!(error, WireError::TooLarge { size: 105 | 106 }), "{error:?}");
            assert!(bytes.is_empty());
        }
    }

    #[test]
    fn what_is_not_mqtt_is_an_error() {
        for version in [Version::V311, Version::V5] {
            for bytes in [&[0x00, 0x01, 0x00][..], &[0xff, 0xff, 0xff, 0xff, 0xff], &[0x10, 0]] {
                assert!(decode(version, &mut BytesMut::from(bytes)).is_err(), "{bytes:?}");
            }
        }
    }

    #[test]
    fn a_reason_is_told_in_words() {
        assert_eq!(reason(&v5::PubAckReason::NotAuthorized, None), "not authorized");
        assert_eq!(reason(&v5::PubAckReason::QuotaExceeded, Some("full".into())), "quota exceeded (full)");
    }
}
