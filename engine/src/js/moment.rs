//! Points in time as the Moment.js library has them: in a time zone, reckoned with by calendar units, written
//! and read by format. English, as where nobody chose a language.

use std::str::FromStr;

use chrono::{DateTime, LocalResult, Offset, TimeZone};
use chrono_tz::Tz;

use super::date::{self, DAY_MS, Fields, days_from_civil};

mod format;
mod parse;

/// A point in time in a time zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Since 1970-01-01T00:00:00Z; NaN when invalid.
    pub milliseconds: f64,
    /// Where it is looked at from.
    pub zone: Zone,
}

/// A time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The machine's.
    Local,
    /// UTC.
    Utc,
    /// So many minutes ahead of UTC.
    Fixed(i32),
    /// A place's, such as `Europe/Paris`.
    Named(Tz),
}

/// A unit of the calendar or clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A calendar year.
    Year,
    /// Three months from January, April, July or October on.
    Quarter,
    /// A calendar month.
    Month,
    /// From Sunday on.
    Week,
    /// From Monday on.
    IsoWeek,
    /// A calendar day.
    Day,
    /// 60 minutes.
    Hour,
    /// 60 seconds.
    Minute,
    /// 1000 milliseconds.
    Second,
    /// A thousandth of a second.
    Millisecond,
}

impl Unit {
    /// The unit of a name: `day`, `days`, `d`, also `D` and `date`.
    pub fn parse(name: &str) -> Option<Self> {
        // One letter alone: its case matters.
        match name {
            "M" => return Some(Self::Month),
            "m" => return Some(Self::Minute),
            "W" => return Some(Self::IsoWeek),
            _ => {}
        }
        Some(match name.to_ascii_lowercase().as_str() {
            "y" | "year" | "years" => Self::Year,
            "q" | "quarter" | "quarters" => Self::Quarter,
            "month" | "months" => Self::Month,
            "w" | "week" | "weeks" => Self::Week,
            "isoweek" | "isoweeks" => Self::IsoWeek,
            "d" | "day" | "days" | "date" | "dates" => Self::Day,
            "h" | "hour" | "hours" => Self::Hour,
            "minute" | "minutes" => Self::Minute,
            "s" | "second" | "seconds" => Self::Second,
            "ms" | "millisecond" | "milliseconds" => Self::Millisecond,
            _ => return None,
        })
    }
}

impl Zone {
    /// A zone by its name, such as `Europe/Paris`.
    pub fn parse(name: &str) -> Option<Self> {
        Tz::from_str(name).ok().map(Self::Named)
    }

    /// How many minutes it is ahead of UTC at a moment.
    pub fn offset_minutes(self, milliseconds: f64) -> i32 {
        match self {
            Self::Local => date::offset_minutes(milliseconds),
            Self::Utc => 0,
            Self::Fixed(minutes) => minutes,
            Self::Named(tz) => DateTime::from_timestamp_millis(milliseconds as i64)
                .map_or(0, |utc| tz.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc() / 60),
        }
    }

    /// The moment at which clocks in the zone show a time, given as if it were UTC.
    fn moment_of(self, wall: f64) -> f64 {
        match self {
            Self::Local => date::from_local(wall),
            Self::Utc => wall,
            Self::Fixed(minutes) => wall - f64::from(minutes) * 60_000.0,
            Self::Named(tz) => {
                let Some(local) = DateTime::from_timestamp_millis(wall as i64) else { return f64::NAN };
                match tz.from_local_datetime(&local.naive_utc()) {
                    LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => {
                        moment.timestamp_millis() as f64
                    }
                    // An hour that a change of the clocks leaves out: as before the change.
                    LocalResult::None => {
                        wall - f64::from(self.offset_minutes(wall - DAY_MS as f64)) * 60_000.0
                    }
                }
            }
        }
    }
}

impl Moment {
    /// A moment in the machine's time zone.
    pub fn local(milliseconds: f64) -> Self {
        Self { milliseconds, zone: Zone::Local }
    }

    /// Whether it is one.
    pub fn is_valid(&self) -> bool {
        Fields::of(self.milliseconds).is_some()
    }

    /// What clocks and calendars in its zone show; `None` when it is invalid.
    pub fn fields(&self) -> Option<Fields> {
        Fields::of(self.wall())
    }

    /// How many minutes its zone is ahead of UTC then.
    pub fn offset_minutes(&self) -> i32 {
        self.zone.offset_minutes(self.milliseconds)
    }

    /// The time of its zone's clocks, as if it were UTC.
    fn wall(&self) -> f64 {
        self.milliseconds + f64::from(self.offset_minutes()) * 60_000.0
    }

    fn at_wall(&self, wall: f64) -> Self {
        Self { milliseconds: self.zone.moment_of(wall), zone: self.zone }
    }

    /// The same moment looked at from another zone.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// Later by so many units; years and months keep the day where the month has it, days and longer units the
    /// time of day.
    #[must_use]
    pub fn add(self, amount: f64, unit: Unit) -> Self {
        let clock =
            |unit_ms: f64| Self { milliseconds: self.milliseconds + (amount * unit_ms).trunc(), ..self };
        match unit {
            Unit::Millisecond => clock(1.0),
            Unit::Second => clock(1000.0),
            Unit::Minute => clock(60_000.0),
            Unit::Hour => clock(3_600_000.0),
            Unit::Day => self.at_wall(self.wall() + amount.round() * DAY_MS as f64),
            Unit::Week | Unit::IsoWeek => self.at_wall(self.wall() + (amount * 7.0).round() * DAY_MS as f64),
            Unit::Month => self.add_months(amount),
            Unit::Quarter => self.add_months(amount * 3.0),
            Unit::Year => self.add_months(amount * 12.0),
        }
    }

    fn add_months(self, amount: f64) -> Self {
        let Some(fields) = self.fields() else { return self };
        // A date reaches 300,000 years at most.
        let months = fields.year * 12 + i64::from(fields.month) - 1 + amount.clamp(-1e7, 1e7).round() as i64;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) as u32 + 1);
        self.with(Fields { year, month, day: fields.day.min(days_in_month(year, month)), ..fields })
    }

    /// With these fields in its zone.
    fn with(&self, fields: Fields) -> Self {
        self.at_wall(wall_of(&fields))
    }

    /// The beginning of the unit that it lies in.
    #[must_use]
    pub fn start_of(self, unit: Unit) -> Self {
        let Some(fields) = self.fields() else { return self };
        let midnight = Fields { hour: 0, minute: 0, second: 0, millisecond: 0, ..fields };
        let days_back = |days: usize| self.at_wall(wall_of(&midnight) - (days as i64 * DAY_MS) as f64);
        match unit {
            Unit::Year => self.with(Fields { month: 1, day: 1, ..midnight }),
            Unit::Quarter => self.with(Fields { month: (fields.month - 1) / 3 * 3 + 1, day: 1, ..midnight }),
            Unit::Month => self.with(Fields { day: 1, ..midnight }),
            Unit::Week => days_back(fields.weekday),
            Unit::IsoWeek => days_back((fields.weekday + 6) % 7),
            Unit::Day => self.with(midnight),
            Unit::Hour => self.with(Fields { hour: fields.hour, ..midnight }),
            Unit::Minute => self.with(Fields { second: 0, millisecond: 0, ..fields }),
            Unit::Second => self.with(Fields { millisecond: 0, ..fields }),
            Unit::Millisecond => self,
        }
    }

    /// The last millisecond of the unit that it lies in.
    #[must_use]
    pub fn end_of(self, unit: Unit) -> Self {
        let next = self.start_of(unit).add(1.0, unit);
        Self { milliseconds: next.milliseconds - 1.0, ..next }
    }

    /// How many units it is later than another moment, with fractions.
    pub fn units_after(&self, other: &Self, unit: Unit) -> f64 {
        let other = other.in_zone(self.zone);
        let clock_ms = self.milliseconds - other.milliseconds;
        match unit {
            Unit::Millisecond => clock_ms,
            Unit::Second => clock_ms / 1000.0,
            Unit::Minute => clock_ms / 60_000.0,
            Unit::Hour => clock_ms / 3_600_000.0,
            // By the clocks: a day of 25 hours is one day.
            Unit::Day => (self.wall() - other.wall()) / DAY_MS as f64,
            Unit::Week | Unit::IsoWeek => (self.wall() - other.wall()) / (7 * DAY_MS) as f64,
            Unit::Month => self.months_after(&other),
            Unit::Quarter => self.months_after(&other) / 3.0,
            Unit::Year => self.months_after(&other) / 12.0,
        }
    }

    fn months_after(&self, other: &Self) -> f64 {
        let (Some(a), Some(b)) = (self.fields(), other.fields()) else { return f64::NAN };
        if a.day < b.day {
            // From the later day on, so that the ends of months meet as they should.
            return -other.months_after(self);
        }
        let whole = ((b.year - a.year) * 12 + i64::from(b.month) - i64::from(a.month)) as f64;
        let anchor = self.add_months(whole).milliseconds;
        let rest = other.milliseconds - anchor;
        let neighbour = self.add_months(if rest < 0.0 { whole - 1.0 } else { whole + 1.0 }).milliseconds;
        let part = if rest < 0.0 { rest / (anchor - neighbour) } else { rest / (neighbour - anchor) };
        let months = -(whole + part);
        if months == 0.0 { 0.0 } else { months }
    }

    /// The day of its year, from 1.
    pub fn day_of_year(&self) -> i64 {
        self.fields().map_or(0, |fields| day_of_year(&fields))
    }

    /// The week of its year and the year that the week belongs to; weeks begin on Sunday, and January 1st is in
    /// the first.
    pub fn week(&self) -> (i64, i64) {
        self.fields().map_or((0, 0), |fields| week(&fields, 0, 6))
    }

    /// As [`Moment::week`] by ISO 8601: weeks begin on Monday, and January 4th is in the first.
    pub fn iso_week(&self) -> (i64, i64) {
        self.fields().map_or((0, 0), |fields| week(&fields, 1, 4))
    }

    /// How far it is from another moment, in words: `in 2 hours`, `3 days ago`.
    pub fn relative_to(&self, other: &Self, has_direction: bool) -> String {
        let distance_ms = self.milliseconds - other.milliseconds;
        if distance_ms.is_nan() {
            return "Invalid date".into();
        }
        let seconds = (distance_ms.abs() / 1000.0).round();
        let minutes = (distance_ms.abs() / 60_000.0).round();
        let hours = (distance_ms.abs() / 3_600_000.0).round();
        let days_exact = distance_ms.abs() / DAY_MS as f64;
        let days = days_exact.round();
        // The mean length of months over the 400 years of the calendar.
        let months = (days_exact * 4800.0 / 146_097.0).round();
        let years = (days_exact * 400.0 / 146_097.0).round();
        let words = match () {
            () if seconds < 45.0 => "a few seconds".into(),
            () if minutes <= 1.0 => "a minute".into(),
            () if minutes < 45.0 => format!("{minutes} minutes"),
            () if hours <= 1.0 => "an hour".into(),
            () if hours < 22.0 => format!("{hours} hours"),
            () if days <= 1.0 => "a day".into(),
            () if days < 26.0 => format!("{days} days"),
            () if months <= 1.0 => "a month".into(),
            () if months < 11.0 => format!("{months} months"),
            () if years <= 1.0 => "a year".into(),
            () => format!("{years} years"),
        };
        match (has_direction, distance_ms > 0.0) {
            (false, _) => words,
            (true, true) => format!("in {words}"),
            (true, false) => format!("{words} ago"),
        }
    }
}

/// How many days a month has.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether a year has a February 29th.
pub fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn wall_of(fields: &Fields) -> f64 {
    let days = days_from_civil(fields.year, fields.month, fields.day);
    let of_day = f64::from(fields.hour * 3600 + fields.minute * 60 + fields.second) * 1000.0;
    (days * DAY_MS) as f64 + of_day + f64::from(fields.millisecond)
}

fn day_of_year(fields: &Fields) -> i64 {
    days_from_civil(fields.year, fields.month, fields.day) - days_from_civil(fields.year, 1, 1) + 1
}

/// The week of the year and its year, where weeks begin on `first_weekday` (0 is Sunday) and `in_first` is
/// moment's `doy`: 7 + first_weekday - the day of January that is always in the first week.
fn week(fields: &Fields, first_weekday: i64, in_first: i64) -> (i64, i64) {
    let offset = |year: i64| {
        let first_day = 7 + first_weekday - in_first;
        let weekday = (days_from_civil(year, 1, 1) + first_day - 1 + 4).rem_euclid(7);
        first_day - 1 - (7 + weekday - first_weekday).rem_euclid(7)
    };
    let weeks = |year: i64| {
        let days = if is_leap(year) { 366 } else { 365 };
        (days - offset(year) + offset(year + 1)) / 7
    };
    let week = (day_of_year(fields) - offset(fields.year) - 1).div_euclid(7) + 1;
    if week < 1 {
        (week + weeks(fields.year - 1), fields.year - 1)
    } else if week > weeks(fields.year) {
        (week - weeks(fields.year), fields.year + 1)
    } else {
        (week, fields.year)
    }
}

#[cfg(test)]
mod tests;
