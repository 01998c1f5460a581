//! When an inject node is due.

use std::time::Duration;

use chrono::{DateTime, Local};
use croner::Cron;
use croner::parser::CronParser;
use engine::js;
use model::text::Text;

use crate::config::milliseconds;

/// When to send.
pub(super) enum Schedule {
    /// Every so often.
    Every(Duration),
    /// At the times of a cron expression.
    Cron(Times),
}

/// The times of a cron expression, in the machine's time zone.
pub(super) struct Times {
    cron: Box<Cron>,
    /// The time that is waited for, in milliseconds since 1970.
    planned: Option<f64>,
}

/// A timer and the clock may disagree by so much.
const TOLERANCE_MS: f64 = 500.0;

impl Schedule {
    /// Parses a cron expression.
    pub(super) fn cron(expression: &str) -> Result<Self, Text> {
        let wrong = |reason: String| Text::key("inject.cron").with("reason", reason);
        let cron = CronParser::new().parse(expression.trim()).map_err(|error| wrong(error.to_string()))?;
        Ok(Self::Cron(Times { cron: Box::new(cron), planned: None }))
    }

    /// Whether its time has come, when its timer rings.
    pub(super) fn is_due(&self) -> bool {
        match self {
            Self::Every(_) => true,
            Self::Cron(times) => times.is_due(js::date::now()),
        }
    }
}

impl Times {
    /// How long it is from `now` to the next time, which is now the one waited for.
    pub(super) fn next_after(&mut self, now: f64) -> Option<Duration> {
        // The one just done must not come again because the clock is read a moment before it.
        let from = match self.planned {
            Some(planned) if self.is_due(now) => now.max(planned),
            _ => now,
        };
        let from: DateTime<Local> = DateTime::from_timestamp_millis(from as i64)?.into();
        let next = self.cron.find_next_occurrence(&from, false).ok()?.timestamp_millis() as f64;
        self.planned = Some(next);
        Some(milliseconds(next - now))
    }

    fn is_due(&self, now: f64) -> bool {
        self.planned.is_some_and(|planned| now + TOLERANCE_MS >= planned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_one_after_another() {
        let Ok(Schedule::Cron(mut times)) = Schedule::cron("*/5 * * * *") else { panic!("a cron") };
        // 2026-11-21T10:02:00Z: whole minutes are the same in every time zone that is one of minutes.
        let start = 1_795_255_320_000.0;
        assert_eq!(times.next_after(start), Some(Duration::from_secs(180)));
        // The timer rings 3 ms early: the next is five minutes on, not 3 ms.
        assert_eq!(times.next_after(start + 179_997.0), Some(Duration::from_millis(300_003)));
        // The clock was set back by two minutes: the same time is waited for again.
        assert!(!times.is_due(start + 360_000.0));
        assert_eq!(times.next_after(start + 360_000.0), Some(Duration::from_secs(120)));
    }

    #[test]
    fn seconds_may_stand_before() {
        let Ok(Schedule::Cron(mut times)) = Schedule::cron("*/10 * * * * *") else { panic!("a cron") };
        assert_eq!(times.next_after(1_795_255_321_000.0), Some(Duration::from_secs(9)));
        assert!(Schedule::cron("61 * * * *").is_err());
        assert!(Schedule::cron("whenever").is_err());
    }
}
