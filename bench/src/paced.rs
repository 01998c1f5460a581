//! Load at a fixed rate: when each message is due, what it carries, and how late it comes back.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Bytes of a payload: about a reading of a sensor.
const PAYLOAD_BYTES: usize = 100;
/// How many of them tell the message's number.
const NUMBER_DIGITS: usize = 12;
/// Where readings come from, in degrees; they differ by less than a thousandth of one.
pub(crate) const LATITUDE: f64 = 51.748;
pub(crate) const LONGITUDE: f64 = -1.206;
/// What lies no further from there counts as the same place, in degrees.
pub(crate) const NEAR: f64 = 0.01;
/// From the start to the first message.
const RUN_UP: Duration = Duration::from_millis(50);

/// When each message is due.
#[derive(Clone, Copy)]
pub(crate) struct Schedule {
    begin: Instant,
    per_second: f64,
}

/// Tells when messages are due, from a thread of its own: an asynchronous timer counts in whole milliseconds, and would be
/// late by more than what is measured.
pub(crate) struct Due(UnboundedReceiver<u64>);

/// `count` messages, so many a second.
pub(crate) fn start(per_second: f64, count: u64) -> (Schedule, Due) {
    let (tell, due) = unbounded_channel();
    let schedule = Schedule { begin: Instant::now() + RUN_UP, per_second };
    std::thread::spawn(move || {
        for number in 0..count {
            std::thread::sleep(schedule.due_at(number).saturating_duration_since(Instant::now()));
            // Nobody waits any more.
            if tell.send(number).is_err() {
                return;
            }
        }
    });
    (schedule, Due(due))
}

impl Schedule {
    /// How long after it was due a message came back, in milliseconds.
    pub(crate) fn latency(&self, number: u64) -> f64 {
        self.due_at(number).elapsed().as_secs_f64() * 1000.0
    }

    /// When a message is due.
    pub(crate) fn due_at(&self, number: u64) -> Instant {
        self.begin + Duration::from_secs_f64(number as f64 / self.per_second)
    }
}

impl Due {
    /// The number of the next message, once it is due; waits for ever after the last one.
    pub(crate) async fn next(&mut self) -> u64 {
        match self.0.recv().await {
            Some(number) => number,
            None => std::future::pending().await,
        }
    }

    /// The number of another message that is due by now.
    pub(crate) fn try_next(&mut self) -> Option<u64> {
        self.0.try_recv().ok()
    }
}

/// What messages carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The number in digits, then filling. Text: Node-RED's base64 node decodes to text, and would mangle other bytes.
    Filled,
    /// A reading of a device: JSON in base64. What comes back is JSON, with the number in it.
    Reading,
}

#[derive(Deserialize)]
struct Back {
    id: u64,
}

impl Form {
    /// The payload of a message.
    pub(crate) fn payload(self, number: u64) -> Vec<u8> {
        match self {
            Self::Filled => {
                let mut bytes = format!("{number:0NUMBER_DIGITS$}").into_bytes();
                bytes.resize(PAYLOAD_BYTES, b'x');
                bytes
            }
            Self::Reading => {
                let step = (number % 1000) as f64 * 1e-6;
                let (lat, lon) = (LATITUDE + step, LONGITUDE + step);
                let reading = json!({ "id": number, "kind": "car", "lat": lat, "lon": lon, "speed": 8.25 });
                BASE64.encode(reading.to_string()).into_bytes()
            }
        }
    }

    /// The number of the message that came back with this payload; none for other messages.
    pub(crate) fn number_of(self, payload: &[u8]) -> Option<u64> {
        match self {
            Self::Filled if payload.len() != PAYLOAD_BYTES => None,
            Self::Filled => std::str::from_utf8(&payload[..NUMBER_DIGITS]).ok()?.parse().ok(),
            Self::Reading => serde_json::from_slice::<Back>(payload).ok().map(|back| back.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip() {
        for number in [0, 1, 255, 1_000_000] {
            let filled = Form::Filled.payload(number);
            assert_eq!((filled.len(), Form::Filled.number_of(&filled)), (PAYLOAD_BYTES, Some(number)));
            let reading = BASE64.decode(Form::Reading.payload(number)).unwrap();
            assert_eq!(Form::Reading.number_of(&reading), Some(number));
            let reading: serde_json::Value = serde_json::from_slice(&reading).unwrap();
            for (name, middle) in [("lat", LATITUDE), ("lon", LONGITUDE)] {
                assert!((reading[name].as_f64().unwrap() - middle).abs() < NEAR, "{reading}");
            }
        }
        for form in [Form::Filled, Form::Reading] {
            assert_eq!(form.number_of(b"ready?"), None);
        }
    }

    #[tokio::test]
    async fn no_message_is_told_before_it_is_due() {
        let (schedule, mut due) = start(10_000.0, 20);
        for number in 0..20 {
            assert_eq!(due.next().await, number);
            assert!(schedule.due_at(number) <= Instant::now());
        }
        assert_eq!(due.try_next(), None);
    }
}
