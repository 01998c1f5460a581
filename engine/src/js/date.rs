//! Dates as JavaScript reads and writes them, and the clock that flows go by.
//!
//! A date is a number of milliseconds since 1970-01-01T00:00:00Z. The calendar is the proleptic Gregorian
//! one; the conversions between days and dates are Howard Hinnant's `days_from_civil` and `civil_from_days`.

use std::sync::LazyLock;
use std::time::SystemTime;

use chrono::{DateTime, Local, LocalResult, Offset, TimeZone};
use ecow::{EcoString, eco_format};

/// A JavaScript date lies within this many milliseconds of 1970 (ECMA-262, Time Values).
const LIMIT_MS: f64 = 8.64e15;
pub(super) const DAY_MS: i64 = 86_400_000;
pub(super) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
pub(super) const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// The same moment on the machine's clock and on tokio's.
static START: LazyLock<(std::time::Instant, tokio::time::Instant)> =
    LazyLock::new(|| (std::time::Instant::now(), tokio::time::Instant::now()));

/// Takes note of both clocks. The first who does must do so where tokio's clock runs with the machine's, if it ever does: a
/// paused one may be hours ahead.
pub(crate) fn note_clocks() {
    LazyLock::force(&START);
}

/// `Date.now()`. Where tokio's clock is paused, as in flow tests, the time goes as that clock does.
pub fn now() -> f64 {
    let (start, tokio_start) = *START;
    // Nothing when tokio's clock runs with the machine's; else how far it was moved or held back.
    let tokio_ms = tokio::time::Instant::now().saturating_duration_since(tokio_start).as_micros();
    let machine_ms = start.elapsed().as_micros();
    let shift_ms = (tokio_ms as f64 - machine_ms as f64) / 1000.0;
    let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // A running clock is read a moment apart; that moment is no shift.
    let shift_ms = if shift_ms.abs() < 1.0 { 0.0 } else { shift_ms };
    (wall.as_micros() as f64 / 1000.0 + shift_ms).floor()
}

/// `Date.prototype.toISOString`: `None` where JavaScript throws (an invalid date).
pub fn to_iso(milliseconds: f64) -> Option<EcoString> {
    let Fields { year, month, day, hour, minute, second, millisecond, .. } = Fields::of(milliseconds)?;
    let year = match year {
        0..=9999 => eco_format!("{year:04}"),
        _ => eco_format!("{}{:06}", if year < 0 { '-' } else { '+' }, year.abs()),
    };
    Some(eco_format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z"))
}

/// `String(date)`, in the machine's time zone, such as `Sat Nov 21 2026 21:38:28 GMT+0100`.
pub fn to_text(milliseconds: f64) -> EcoString {
    let offset_minutes = offset_minutes(milliseconds);
    let Some(local) = Fields::of(milliseconds + f64::from(offset_minutes) * 60_000.0) else {
        return "Invalid Date".into();
    };
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    eco_format!(
        "{} {} {:02} {:04} {:02}:{:02}:{:02} GMT{sign}{:02}{:02}",
        WEEKDAYS[local.weekday],
        MONTHS[local.month as usize - 1],
        local.day,
        local.year,
        local.hour,
        local.minute,
        local.second,
        offset_minutes.abs() / 60,
        offset_minutes.abs() % 60,
    )
}

/// `Date.parse`: NaN when the text is no date. ISO dates without a time are in UTC, with one in the machine's
/// time zone unless the text says otherwise. Of the other forms, those that people write are understood:
/// `21 Nov 2026 10:00 GMT`, `11/21/2026`, `2026-11-21 10:00:00`.
pub fn parse(text: &str) -> f64 {
    let text = super::number::trim(text);
    parse_iso(text).or_else(|| parse_loose(text)).unwrap_or(f64::NAN)
}

/// A date taken apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fields {
    /// Astronomical year: 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// 0 to 999.
    pub millisecond: u32,
    /// 0 is Sunday.
    pub weekday: usize,
}

impl Fields {
    /// The fields in UTC; `None` for an invalid date.
    pub fn of(milliseconds: f64) -> Option<Self> {
        if milliseconds.is_nan() || milliseconds.abs() > LIMIT_MS {
            return None;
        }
        let milliseconds = milliseconds as i64;
        let (days, of_day) = (milliseconds.div_euclid(DAY_MS), milliseconds.rem_euclid(DAY_MS) as u32);
        let (year, month, day) = civil_from_days(days);
        Some(Self {
            year,
            month,
            day,
            hour: of_day / 3_600_000,
            minute: of_day / 60_000 % 60,
            second: of_day / 1000 % 60,
            millisecond: of_day % 1000,
            weekday: (days + 4).rem_euclid(7) as usize,
        })
    }
}

/// How many minutes the machine's time zone is ahead of UTC at a moment.
pub fn offset_minutes(milliseconds: f64) -> i32 {
    DateTime::from_timestamp_millis(milliseconds as i64)
        .map_or(0, |utc| Local.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc() / 60)
}

/// The moment of a date and time in the machine's time zone, given as if it were UTC.
pub(super) fn from_local(milliseconds: f64) -> f64 {
    let Some(local) = DateTime::from_timestamp_millis(milliseconds as i64) else { return milliseconds };
    match Local.from_local_datetime(&local.naive_utc()) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => moment.timestamp_millis() as f64,
        // An hour that a change of the clocks leaves out: as before the change.
        LocalResult::None => milliseconds - f64::from(offset_minutes(milliseconds - 86_400_000.0)) * 60_000.0,
    }
}

/// The moment of these fields in UTC; `None` when one is out of range.
fn moment(year: i64, month: u32, day: u32, time_ms: i64) -> Option<f64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(0..=DAY_MS).contains(&time_ms) {
        return None;
    }
    let milliseconds = (days_from_civil(year, month, day) * DAY_MS + time_ms) as f64;
    (milliseconds.abs() <= LIMIT_MS).then_some(milliseconds)
}

fn parse_iso(text: &str) -> Option<f64> {
    let mut rest = text;
    let signed = rest.starts_with(['+', '-']);
    let year = if signed {
        let negative = rest.starts_with('-');
        rest = &rest[1..];
        let year = i64::from(digits(&mut rest, 6)?);
        // ECMA-262 forbids the year -000000.
        if negative && year == 0 {
            return None;
        }
        if negative { -year } else { year }
    } else {
        i64::from(digits(&mut rest, 4)?)
    };
    let (mut month, mut day) = (1, 1);
    if eat(&mut rest, '-') {
        month = digits(&mut rest, 2)?;
        if eat(&mut rest, '-') {
            day = digits(&mut rest, 2)?;
        }
    }
    if rest.is_empty() {
        return moment(year, month, day, 0);
    }
    if !eat(&mut rest, 'T') && !eat(&mut rest, 't') {
        return None;
    }
    let hour = digits(&mut rest, 2)?;
    let minute = eat(&mut rest, ':').then(|| digits(&mut rest, 2))??;
    let (mut second, mut millisecond) = (0, 0);
    if eat(&mut rest, ':') {
        second = digits(&mut rest, 2)?;
        if eat(&mut rest, '.') || eat(&mut rest, ',') {
            millisecond = fraction(&mut rest)?;
        }
    }
    let time_ms = time(hour, minute, second, millisecond)?;
    let utc = moment(year, month, day, time_ms)?;
    match rest {
        "" => Some(from_local(utc)),
        "Z" | "z" => Some(utc),
        _ => {
            let sign = if eat(&mut rest, '+') {
                1.0
            } else if eat(&mut rest, '-') {
                -1.0
            } else {
                return None;
            };
            let hours = digits(&mut rest, 2)?;
            eat(&mut rest, ':');
            let minutes = digits(&mut rest, 2)?;
            let is_in_range = rest.is_empty() && hours < 24 && minutes < 60;
            is_in_range.then(|| utc - sign * f64::from(hours * 60 + minutes) * 60_000.0)
        }
    }
}

/// The forms that are not ISO's: words and numbers in the orders in use.
fn parse_loose(text: &str) -> Option<f64> {
    let mut rest = text;
    let (mut month, mut numbers, mut time_ms, mut offset) = (None, Vec::new(), None, None);
    let (mut is_afternoon, mut year_first) = (None, false);
    while let Some(next) = rest.chars().next() {
        if next.is_ascii_digit() {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number = digits(&mut rest, length)?;
            if time_ms.is_none() && eat(&mut rest, ':') {
                let minute = short_digits(&mut rest)?;
                let second = if eat(&mut rest, ':') { short_digits(&mut rest)? } else { 0 };
                let millisecond = if eat(&mut rest, '.') { fraction(&mut rest)? } else { 0 };
                time_ms = Some(time(number, minute, second, millisecond)?);
            } else {
                year_first |= numbers.is_empty() && length > 2;
                let closes_the_date = numbers.len() == if month.is_some() { 1 } else { 2 };
                let is_short_year = length <= 2 && closes_the_date && !year_first;
                numbers.push(match number {
                    0..50 if is_short_year => number + 2000,
                    50..100 if is_short_year => number + 1900,
                    _ => number,
                });
            }
        } else if next.is_ascii_alphabetic() {
            let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let word = rest[..length].to_ascii_lowercase();
            rest = &rest[length..];
            match word.as_str() {
                "am" => is_afternoon = Some(false),
                "pm" => is_afternoon = Some(true),
                "z" | "gmt" | "utc" => offset = Some(0.0),
                "t" if !numbers.is_empty() => {}
                _ if length >= 3 => {
                    match MONTHS.iter().position(|name| word.starts_with(&name.to_ascii_lowercase())) {
                        Some(at) => month = Some(at as u32 + 1),
                        None => {
                            WEEKDAYS.iter().find(|name| word.starts_with(&name.to_ascii_lowercase()))?;
                        }
                    }
                }
                _ => return None,
            }
        } else if next == '(' {
            rest = &rest[rest.find(')').map_or(rest.len(), |close| close + 1)..];
        } else if (next == '+' || next == '-') && time_ms.is_some() {
            rest = &rest[1..];
            let mut hours = digits(&mut rest, 2)?;
            eat(&mut rest, ':');
            let minutes =
                if rest.starts_with(|c: char| c.is_ascii_digit()) { digits(&mut rest, 2)? } else { 0 };
            hours = hours * 60 + minutes;
            offset = Some(if next == '-' { -f64::from(hours) } else { f64::from(hours) });
        } else if matches!(next, ' ' | ',' | '/' | '-' | '.') {
            rest = &rest[1..];
        } else {
            return None;
        }
    }
    let (year, month, day) = match (month, numbers.as_slice()) {
        (Some(month), [year, day]) if year_first => (*year, month, *day),
        (Some(month), [day, year]) => (*year, month, *day),
        (None, [year, month, day]) if year_first => (*year, *month, *day),
        (None, [month, day, year]) => (*year, *month, *day),
        _ => return None,
    };
    let mut time_ms = time_ms.unwrap_or(0);
    if let Some(is_afternoon) = is_afternoon {
        let hour = time_ms / 3_600_000;
        if !(1..=12).contains(&hour) {
            return None;
        }
        time_ms += 3_600_000 * (hour % 12 + if is_afternoon { 12 } else { 0 } - hour);
    }
    let utc = moment(i64::from(year), month, day, time_ms)?;
    Some(offset.map_or_else(|| from_local(utc), |minutes: f64| utc - minutes * 60_000.0))
}

/// Exactly `count` digits.
fn digits(rest: &mut &str, count: usize) -> Option<u32> {
    let taken = rest.get(..count).filter(|taken| taken.bytes().all(|byte| byte.is_ascii_digit()))?;
    *rest = &rest[count..];
    taken.parse().ok()
}

/// One or two digits.
fn short_digits(rest: &mut &str) -> Option<u32> {
    let count = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
    digits(rest, count)
}

/// Digits after a point, as milliseconds; more than three are cut.
fn fraction(rest: &mut &str) -> Option<u32> {
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    let shown: u32 = rest.get(..count.min(3))?.parse().ok()?;
    *rest = &rest[count..];
    Some(shown * 10_u32.pow(3 - count.min(3) as u32))
}

fn eat(rest: &mut &str, character: char) -> bool {
    match rest.strip_prefix(character) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

/// Milliseconds of the day; 24:00:00 is the end of it.
fn time(hour: u32, minute: u32, second: u32, millisecond: u32) -> Option<i64> {
    let total = i64::from(hour) * 3_600_000 + i64::from(minute) * 60_000 + i64::from(second) * 1000;
    let total = total + i64::from(millisecond);
    (hour <= 24 && minute < 60 && second < 60 && total <= DAY_MS).then_some(total)
}

pub(super) fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    // The year begins in March here, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (i64::from(month) + 9) % 12;
    let of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The expectations were printed by Node.js 20.

    #[test]
    fn writes_iso() {
        for (milliseconds, text) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (1_795_297_108_123.0, "2026-11-21T21:38:28.123Z"),
            (-1.0, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000.0, "2000-02-29T00:00:00.000Z"),
            (8.64e15, "+275760-09-13T00:00:00.000Z"),
            (-8.64e15, "-271821-04-20T00:00:00.000Z"),
            (-62_198_755_200_000.0, "-000001-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(to_iso(milliseconds).as_deref(), Some(text));
            assert_eq!(parse(text), milliseconds, "{text}");
        }
        assert_eq!(to_iso(8.64e15 + 1.0), None);
        assert_eq!(to_iso(f64::NAN), None);
    }

    #[test]
    fn reads_what_people_write() {
        for (text, iso) in [
            ("2026", "2026-01-01T00:00:00.000Z"),
            ("2026-11", "2026-11-01T00:00:00.000Z"),
            ("2026-11-21", "2026-11-21T00:00:00.000Z"),
            ("2026-11-21T10:20Z", "2026-11-21T10:20:00.000Z"),
            ("2026-11-21T10:20:30.5+02:30", "2026-11-21T07:50:30.500Z"),
            ("2026-11-21T10:20:30.123456Z", "2026-11-21T10:20:30.123Z"),
            ("2026-11-21T24:00:00Z", "2026-11-22T00:00:00.000Z"),
            ("Sat, 21 Nov 2026 21:38:28 GMT", "2026-11-21T21:38:28.000Z"),
            ("Sat Nov 21 2026 21:38:28 GMT+0100 (CET)", "2026-11-21T20:38:28.000Z"),
            ("November 21, 2026 9:05 pm UTC", "2026-11-21T21:05:00.000Z"),
            ("11/21/2026 12:00 AM Z", "2026-11-21T00:00:00.000Z"),
            ("2026/11/21 10:00 UTC", "2026-11-21T10:00:00.000Z"),
            ("21 Nov 26 10:00 UTC", "2026-11-21T10:00:00.000Z"),
        ] {
            assert_eq!(to_iso(parse(text)).as_deref(), Some(iso), "{text}");
        }
        for text in ["", "x", "2026-13", "2026-11-21T25:00Z", "2026-11-21T10Z", "21", "13:61"] {
            assert!(parse(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn a_date_as_text_reads_back() {
        for milliseconds in [0.0, 1_795_297_108_000.0, 1_750_000_000_000.0] {
            assert_eq!(parse(&to_text(milliseconds)), milliseconds);
        }
        assert_eq!(to_text(f64::NAN), "Invalid Date");
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_follows_a_paused_one() {
        let before = now();
        tokio::time::advance(std::time::Duration::from_secs(3600)).await;
        let passed = now() - before;
        assert!((3_599_000.0..3_601_000.0).contains(&passed), "{passed}");
    }

    proptest! {
        #[test]
        fn iso_reads_back(milliseconds in -8_640_000_000_000_000_i64..=8_640_000_000_000_000) {
            let milliseconds = milliseconds as f64;
            prop_assert_eq!(parse(&to_iso(milliseconds).unwrap()), milliseconds);
        }

        #[test]
        fn any_text_reads_without_panic(text in "\\PC{0,20}|[-+0-9TZ:. /a-z]{0,24}") {
            parse(&text);
        }
    }
}
