//! A message as MQTT knows it.

use bytes::Bytes;
use ecow::EcoString;

/// Quality of service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::enum_variant_names, reason = "the standard's names")]
pub(crate) enum Quality {
    #[default]
    AtMostOnce = 0,
    AtLeastOnce = 1,
    ExactlyOnce = 2,
}

impl Quality {
    pub(crate) fn from_number(number: f64) -> Option<Self> {
        [Self::AtMostOnce, Self::AtLeastOnce, Self::ExactlyOnce]
            .into_iter()
            .find(|quality| quality.number() == number)
    }

    pub(crate) fn number(self) -> f64 {
        f64::from(self as u8)
    }
}

/// A message that is published, whichever way it goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Publication {
    pub(crate) topic: EcoString,
    pub(crate) payload: Bytes,
    pub(crate) quality: Quality,
    pub(crate) retain: bool,
    /// What MQTT 5 adds; earlier versions cannot carry it.
    pub(crate) properties: Option<Box<Properties>>,
}

/// The properties of a message in MQTT 5.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Properties {
    pub(crate) content_type: Option<String>,
    pub(crate) response_topic: Option<String>,
    pub(crate) correlation_data: Option<Bytes>,
    /// Seconds.
    pub(crate) message_expiry: Option<u32>,
    pub(crate) is_utf8: Option<bool>,
    pub(crate) user: Vec<(String, String)>,
}

impl Properties {
    /// The properties in a box, or nothing when there are none.
    pub(crate) fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}
