//! Load at a fixed rate: when each message is due, and how late it comes back.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Bytes of a payload: about a reading of a sensor.
const PAYLOAD_BYTES: usize = 100;
/// How many of them tell the message's number.
const NUMBER_DIGITS: usize = 12;
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

/// The number in digits, then filling. Text: Node-RED's base64 node decodes to text, and would mangle other bytes.
pub(crate) fn payload(number: u64) -> [u8; PAYLOAD_BYTES] {
    let mut bytes = [b'x'; PAYLOAD_BYTES];
    bytes[..NUMBER_DIGITS].copy_from_slice(&format!("{number:0NUMBER_DIGITS$}").as_bytes()[..NUMBER_DIGITS]);
    bytes
}

/// The number that [`payload`] put in; none for other messages.
pub(crate) fn number_of(payload: &[u8]) -> Option<u64> {
    if payload.len() != PAYLOAD_BYTES {
        return None;
    }
    std::str::from_utf8(&payload[..NUMBER_DIGITS]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip() {
        for number in [0, 1, 255, 1_000_000] {
            assert_eq!(number_of(&payload(number)), Some(number));
        }
        assert_eq!(number_of(b"ready?"), None);
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
