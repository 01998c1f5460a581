//! Writing moments by format.

use std::fmt::Write;

use super::{Moment, Unit, Zone};
use crate::js::date::{Fields, MONTHS, WEEKDAYS};

const LONG_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const LONG_WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The names of months, in full.
pub(super) fn long_months() -> &'static [&'static str; 12] {
    &LONG_MONTHS
}

/// What a format is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Something of the moment, such as `YYYY`.
    Token(&'a str),
    /// Words that stand for themselves.
    Literal(&'a str),
}

/// Every token, longer ones before those that they begin with.
const TOKENS: &[&str] = &[
    "Hmmss", "hmmss", "Hmm", "hmm", "MMMM", "MMM", "MM", "Mo", "M", "DDDD", "DDDo", "DDD", "DD", "Do", "D",
    "dddd", "ddd", "dd", "do", "d", "ww", "wo", "w", "WW", "Wo", "W", "Qo", "Q", "YYYYYY", "YYYYY", "YYYY",
    "YY", "Y", "gggg", "gg", "GGGG", "GG", "e", "E", "a", "A", "hh", "h", "HH", "H", "kk", "k", "mm", "m",
    "ss", "s", "x", "X", "zz", "z", "ZZ", "Z", "LTS", "LT", "LLLL", "LLL", "LL", "L", "llll", "lll", "ll",
    "l",
];

/// Takes a format apart.
pub(super) fn pieces(format: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), format);
    while let Some(first) = rest.chars().next() {
        let bracketed = rest.strip_prefix('[').and_then(|inside| {
            let end = inside.find(']')?;
            let literal = &inside[..end];
            (!literal.contains('[')).then_some(literal)
        });
        if let Some(literal) = bracketed {
            pieces.push(Piece::Literal(literal));
            rest = &rest[literal.len() + 2..];
            continue;
        }
        let digits = rest.bytes().take(9).take_while(|byte| *byte == b'S').count();
        let length = match TOKENS.iter().find(|token| rest.starts_with(**token)) {
            Some(token) => token.len(),
            None => digits,
        };
        if length > 0 {
            pieces.push(Piece::Token(&rest[..length]));
            rest = &rest[length..];
        } else {
            pieces.push(Piece::Literal(&rest[..first.len_utf8()]));
            rest = &rest[first.len_utf8()..];
        }
    }
    pieces
}

/// The format that a localised token stands for.
pub(super) fn localised(token: &str) -> Option<&'static str> {
    Some(match token {
        "LTS" => "h:mm:ss A",
        "LT" => "h:mm A",
        "L" => "MM/DD/YYYY",
        "LL" => "MMMM D, YYYY",
        "LLL" => "MMMM D, YYYY h:mm A",
        "LLLL" => "dddd, MMMM D, YYYY h:mm A",
        "l" => "M/D/YYYY",
        "ll" => "MMM D, YYYY",
        "lll" => "MMM D, YYYY h:mm A",
        "llll" => "ddd, MMM D, YYYY h:mm A",
        _ => return None,
    })
}

impl Moment {
    /// The moment as text; an empty format is ISO 8601 with the zone's offset.
    pub fn format(&self, format: &str) -> String {
        let Some(fields) = self.fields() else { return "Invalid date".into() };
        let format = match format {
            "" if self.zone == Zone::Utc => "YYYY-MM-DDTHH:mm:ss[Z]",
            "" => "YYYY-MM-DDTHH:mm:ssZ",
            format => format,
        };
        let mut text = String::new();
        self.write(format, &fields, &mut text);
        text
    }

    fn write(&self, format: &str, fields: &Fields, out: &mut String) {
        for piece in pieces(format) {
            match piece {
                Piece::Literal(literal) => out.push_str(literal),
                Piece::Token(token) => match localised(token) {
                    Some(format) => self.write(format, fields, out),
                    None => self.write_token(token, fields, out),
                },
            }
        }
    }

    fn write_token(&self, token: &str, fields: &Fields, out: &mut String) {
        let Fields { year, month, day, hour, minute, second, millisecond, weekday } = *fields;
        let half_day = if hour % 12 == 0 { 12 } else { hour % 12 };
        let offset = self.offset_minutes();
        let sign = if offset < 0 { '-' } else { '+' };
        let (offset_hours, offset_rest) = (offset.abs() / 60, offset.abs() % 60);
        let quarter = (month - 1) / 3 + 1;
        // A string takes whatever is written to it.
        let _ = match token {
            "YYYY" if year > 9999 => write!(out, "+{year}"),
            "YYYY" => write!(out, "{year:04}"),
            "YYYYY" => write!(out, "{year:05}"),
            "YYYYYY" => write!(out, "{year:+07}"),
            "YY" => write!(out, "{:02}", year.rem_euclid(100)),
            "Y" => write!(out, "{year}"),
            "Q" => write!(out, "{quarter}"),
            "Qo" => write!(out, "{}", ordinal(quarter.into())),
            "M" => write!(out, "{month}"),
            "Mo" => write!(out, "{}", ordinal(month.into())),
            "MM" => write!(out, "{month:02}"),
            "MMM" => write!(out, "{}", MONTHS[month as usize - 1]),
            "MMMM" => write!(out, "{}", LONG_MONTHS[month as usize - 1]),
            "D" => write!(out, "{day}"),
            "Do" => write!(out, "{}", ordinal(day.into())),
            "DD" => write!(out, "{day:02}"),
            "DDD" => write!(out, "{}", self.day_of_year()),
            "DDDo" => write!(out, "{}", ordinal(self.day_of_year())),
            "DDDD" => write!(out, "{:03}", self.day_of_year()),
            "d" | "e" => write!(out, "{weekday}"),
            "do" => write!(out, "{}", ordinal(weekday as i64)),
            "dd" => write!(out, "{}", &WEEKDAYS[weekday][..2]),
            "ddd" => write!(out, "{}", WEEKDAYS[weekday]),
            "dddd" => write!(out, "{}", LONG_WEEKDAYS[weekday]),
            "E" => write!(out, "{}", (weekday + 6) % 7 + 1),
            "w" => write!(out, "{}", self.week().0),
            "wo" => write!(out, "{}", ordinal(self.week().0)),
            "ww" => write!(out, "{:02}", self.week().0),
            "W" => write!(out, "{}", self.iso_week().0),
            "Wo" => write!(out, "{}", ordinal(self.iso_week().0)),
            "WW" => write!(out, "{:02}", self.iso_week().0),
            "gg" => write!(out, "{:02}", self.week().1.rem_euclid(100)),
            "gggg" => write!(out, "{:04}", self.week().1),
            "GG" => write!(out, "{:02}", self.iso_week().1.rem_euclid(100)),
            "GGGG" => write!(out, "{:04}", self.iso_week().1),
            "H" => write!(out, "{hour}"),
            "HH" => write!(out, "{hour:02}"),
            "h" => write!(out, "{half_day}"),
            "hh" => write!(out, "{half_day:02}"),
            "k" => write!(out, "{}", if hour == 0 { 24 } else { hour }),
            "kk" => write!(out, "{:02}", if hour == 0 { 24 } else { hour }),
            "hmm" => write!(out, "{half_day}{minute:02}"),
            "hmmss" => write!(out, "{half_day}{minute:02}{second:02}"),
            "Hmm" => write!(out, "{hour}{minute:02}"),
            "Hmmss" => write!(out, "{hour}{minute:02}{second:02}"),
            "a" => write!(out, "{}", if hour < 12 { "am" } else { "pm" }),
            "A" => write!(out, "{}", if hour < 12 { "AM" } else { "PM" }),
            "m" => write!(out, "{minute}"),
            "mm" => write!(out, "{minute:02}"),
            "s" => write!(out, "{second}"),
            "ss" => write!(out, "{second:02}"),
            "x" => write!(out, "{}", self.milliseconds),
            "X" => write!(out, "{}", (self.milliseconds / 1000.0).floor()),
            "Z" => write!(out, "{sign}{offset_hours:02}:{offset_rest:02}"),
            "ZZ" => write!(out, "{sign}{offset_hours:02}{offset_rest:02}"),
            "z" | "zz" => write!(out, "{}", self.zone_name()),
            // S to SSSSSSSSS: fractions of the second, cut.
            _ => {
                let digits = format!("{millisecond:03}000000");
                write!(out, "{}", &digits[..token.len()])
            }
        };
    }

    /// The zone's abbreviation, such as `CET`; empty where Moment.js has none.
    fn zone_name(&self) -> String {
        use chrono::{DateTime, TimeZone};
        use chrono_tz::OffsetName;
        match self.zone {
            Zone::Utc => "UTC".into(),
            Zone::Named(tz) => DateTime::from_timestamp_millis(self.milliseconds as i64)
                .and_then(|utc| {
                    tz.offset_from_utc_datetime(&utc.naive_utc()).abbreviation().map(str::to_owned)
                })
                .unwrap_or_default(),
            Zone::Local | Zone::Fixed(_) => String::new(),
        }
    }

    /// The moment as `toString` has it.
    pub fn to_text(&self) -> String {
        self.format("ddd MMM DD YYYY HH:mm:ss [GMT]ZZ")
    }

    /// How it reads beside another moment: `Today at 2:30 PM`, `Last Monday at 2:30 AM`.
    pub fn calendar(&self, now: &Self) -> String {
        let now = now.in_zone(self.zone);
        let days = self.units_after(&now.start_of(Unit::Day), Unit::Day).floor();
        self.format(match days {
            -6.0..-1.0 => "[Last] dddd [at] LT",
            -1.0 => "[Yesterday at] LT",
            0.0 => "[Today at] LT",
            1.0 => "[Tomorrow at] LT",
            2.0..7.0 => "dddd [at] LT",
            _ => "L",
        })
    }
}

fn ordinal(number: i64) -> String {
    let ending = match (number % 100 / 10, number % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
