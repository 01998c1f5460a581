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
/// The clock may be set, or the machine sleep, while a timer runs: so often it is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// A time that is longer past was jumped over, and is not made up for.
const LATEST_MS: f64 = 90_000.0;

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
    /// When to look at the clock again on the way to the next time after `now`, which is now the one waited for.
    pub(super) fn next_after(&mut self, now: f64) -> Option<Duration> {
        // The one just done must not come again because the clock is read a moment before it.
        let from = match self.planned {
            Some(planned) if self.is_due(now) => now.max(planned),
            _ => now,
        };
        let from: DateTime<Local> = DateTime::from_timestamp_millis(from as i64)?.into();
        let next = self.cron.find_next_occurrence(&from, false).ok()?.timestamp_millis() as f64;
        self.planned = Some(next);
        Some(milliseconds(next - now).min(LOOK_AGAIN))
    }

    fn is_due(&self, now: f64) -> bool {
        self.planned.is_some_and(|planned| (-TOLERANCE_MS..LATEST_MS).contains(&(now - planned)))
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
        assert_eq!(times.next_after(start), Some(LOOK_AGAIN));
        assert!(!times.is_due(start + 60_000.0));
        assert_eq!(times.next_after(start + 140_000.0), Some(Duration::from_secs(40)));
        // The timer rings 3 ms early: the next is five minutes on, not 3 ms.
        assert!(times.is_due(start + 179_997.0));
        assert_eq!(times.next_after(start + 179_997.0), Some(LOOK_AGAIN));
        assert!(!times.is_due(start + 180_003.0) && times.is_due(start + 480_000.0));
        // The clock was set back by two minutes: the same time is waited for again.
        assert!(!times.is_due(start + 360_000.0));
        assert_eq!(times.next_after(start + 440_000.0), Some(Duration::from_secs(40)));
        assert!(times.is_due(start + 480_000.0));
    }

    #[test]
    fn a_clock_that_is_set_forward_is_noticed() {
        let Ok(Schedule::Cron(mut times)) = Schedule::cron("*/5 * * * *") else { panic!("a cron") };
        // 1970, as a board without a clock begins; a minute later it learns the time.
        assert_eq!(times.next_after(60_000.0), Some(LOOK_AGAIN));
        let now = 1_795_255_320_000.0;
        assert!(!times.is_due(now), "what was jumped over is not made up for");
        assert_eq!(times.next_after(now), Some(LOOK_AGAIN));
        assert!(times.is_due(now + 180_000.0));
    }

    #[test]
    fn seconds_may_stand_before() {
        let Ok(Schedule::Cron(mut times)) = Schedule::cron("*/10 * * * * *") else { panic!("a cron") };
        assert_eq!(times.next_after(1_795_255_321_000.0), Some(Duration::from_secs(9)));
        assert!(Schedule::cron("61 * * * *").is_err());
        assert!(Schedule::cron("whenever").is_err());
    }
}
