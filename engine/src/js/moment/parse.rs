//! Reading moments by format.

use super::format::{Piece, localised, long_months, pieces};
use super::{Moment, Zone, days_in_month, wall_of};
use crate::js::date::{Fields, MONTHS};

/// What was found in a text.
#[derive(Default)]
struct Found {
    year: Option<i64>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    millisecond: Option<u32>,
    is_afternoon: Option<bool>,
    offset_minutes: Option<i32>,
    milliseconds: Option<f64>,
    /// Something in the text is out of its range.
    is_wrong: bool,
}

impl Moment {
    /// Reads a text by a format, as Moment.js does when it is not strict: what does not fit is passed over, what
    /// is missing is as small as can be, and a date that is missing is today's. Invalid when nothing fits.
    pub fn parse(text: &str, format: &str, zone: Zone, now: f64) -> Self {
        let mut found = Found::default();
        let mut rest = text;
        let is_any = read(format, &mut rest, &mut found);
        let milliseconds = if is_any && !found.is_wrong {
            found.milliseconds.or_else(|| found.milliseconds_in(zone, now))
        } else {
            None
        };
        Self { milliseconds: milliseconds.unwrap_or(f64::NAN), zone }
    }
}

/// Reads piece after piece; whether any was found.
fn read(format: &str, rest: &mut &str, found: &mut Found) -> bool {
    let mut is_any = false;
    for piece in pieces(format) {
        is_any |= match piece {
            Piece::Literal(literal) => {
                if let Some(after) = rest.find(literal).map(|at| at + literal.len()) {
                    *rest = &rest[after..];
                }
                false
            }
            Piece::Token(token) => match localised(token) {
                Some(format) => read(format, rest, found),
                None => found.take(token, rest).is_some(),
            },
        };
    }
    is_any
}

impl Found {
    /// Takes what a token stands for from the text; `None` when it is not there.
    fn take(&mut self, token: &str, rest: &mut &str) -> Option<()> {
        match token {
            "YYYY" | "YYYYY" | "YYYYYY" | "Y" | "GGGG" | "gggg" => {
                let (number, digits) = number(rest, if token == "YYYY" { 4 } else { 6 })?;
                self.year = Some(if digits == 2 { short_year(number) } else { number });
            }
            "YY" | "GG" | "gg" => self.year = Some(short_year(number(rest, 2)?.0)),
            "M" | "MM" | "Mo" => self.month = Some(self.within(number(rest, 2)?.0, 1, 12)),
            "MMM" | "MMMM" => {
                let word = word(rest)?.to_ascii_lowercase();
                let is_it = |name: &&str| word.starts_with(&name.to_ascii_lowercase());
                let at = long_months().iter().position(is_it).or_else(|| MONTHS.iter().position(is_it));
                self.is_wrong |= at.is_none();
                self.month = Some(at.unwrap_or_default() as u32 + 1);
            }
            "D" | "DD" => self.day = Some(self.within(number(rest, 2)?.0, 1, 31)),
            "Do" => {
                self.day = Some(self.within(number(rest, 2)?.0, 1, 31));
                word(rest);
            }
            "DDD" | "DDDD" | "DDDo" => self.day_of_year = Some(self.within(number(rest, 3)?.0, 1, 366)),
            "dd" | "ddd" | "dddd" => {
                word(rest)?;
            }
            "H" | "HH" | "k" | "kk" => self.hour = Some(self.within(number(rest, 2)?.0, 0, 24)),
            "h" | "hh" => {
                self.hour = Some(self.within(number(rest, 2)?.0, 0, 12));
                self.is_afternoon.get_or_insert(false);
            }
            "m" | "mm" => self.minute = Some(self.within(number(rest, 2)?.0, 0, 59)),
            "s" | "ss" => self.second = Some(self.within(number(rest, 2)?.0, 0, 59)),
            "a" | "A" => {
                let word = word(rest)?;
                self.is_afternoon = Some(word.starts_with(['p', 'P']));
            }
            "Z" | "ZZ" => {
                let at = rest.find(['+', '-', 'Z', 'z'])?;
                *rest = &rest[at..];
                let sign = rest.chars().next()?;
                *rest = &rest[1..];
                self.offset_minutes = Some(match sign {
                    'Z' | 'z' => 0,
                    _ => {
                        let hours = number(rest, 2)?.0;
                        let minutes = number(rest, 2).map_or(0, |(minutes, _)| minutes);
                        let minutes = i32::try_from(hours * 60 + minutes).ok()?;
                        if sign == '-' { -minutes } else { minutes }
                    }
                });
            }
            "x" | "X" => {
                let at = rest.find(|c: char| c.is_ascii_digit() || c == '-')?;
                let length = rest[at..]
                    .bytes()
                    .enumerate()
                    .take_while(|(at, byte)| {
                        byte.is_ascii_digit() || *byte == b'.' || (*at == 0 && *byte == b'-')
                    })
                    .count();
                let number: f64 = rest[at..at + length].parse().ok()?;
                *rest = &rest[at + length..];
                self.milliseconds = Some(if token == "X" { number * 1000.0 } else { number });
            }
            token if token.starts_with('S') => {
                let at = rest.find(|c: char| c.is_ascii_digit())?;
                let digits: String = rest[at..].chars().take_while(char::is_ascii_digit).take(9).collect();
                *rest = &rest[at + digits.len()..];
                self.millisecond = format!("{digits:0<3}")[..3].parse().ok();
            }
            // Weeks, quarters and the like say too little.
            _ => {
                number(rest, 2)?;
            }
        }
        Some(())
    }

    fn within(&mut self, number: i64, least: u32, most: u32) -> u32 {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.is_wrong |= number < least || number > most;
        number.clamp(least, most)
    }

    fn milliseconds_in(&self, zone: Zone, now: f64) -> Option<f64> {
        let today = Moment { milliseconds: now, zone }.fields()?;
        let has_date = self.year.is_some() || self.month.is_some() || self.day.is_some();
        let year = self.year.unwrap_or(today.year);
        let month = match self.month {
            Some(month) => month,
            None if self.year.is_some() => 1,
            None => today.month,
        };
        let day = match self.day {
            Some(day) => day,
            None if has_date => 1,
            None => today.day,
        };
        if day > days_in_month(year, month) {
            return None;
        }
        let hour = self.hour.unwrap_or(0);
        let hour = match self.is_afternoon {
            Some(true) if hour < 12 => hour + 12,
            Some(false) if hour == 12 => 0,
            _ => hour,
        };
        let mut fields = Fields {
            year,
            month,
            day,
            hour,
            minute: self.minute.unwrap_or(0),
            second: self.second.unwrap_or(0),
            millisecond: self.millisecond.unwrap_or(0),
            weekday: 0,
        };
        let mut wall = 0.0;
        if let Some(day_of_year) = self.day_of_year {
            (fields.month, fields.day) = (1, 1);
            wall = f64::from(day_of_year - 1) * 86_400_000.0;
        }
        wall += wall_of(&fields);
        Some(match self.offset_minutes {
            Some(minutes) => wall - f64::from(minutes) * 60_000.0,
            None => zone.moment_of(wall),
        })
    }
}

/// The next number in the text, of so many digits at most, and how many it has.
fn number(rest: &mut &str, most_digits: usize) -> Option<(i64, usize)> {
    let at = rest.find(|c: char| c.is_ascii_digit())?;
    let digits = rest[at..].bytes().take(most_digits).take_while(u8::is_ascii_digit).count();
    let number = rest[at..at + digits].parse().ok()?;
    *rest = &rest[at + digits..];
    Some((number, digits))
}

/// The next word in the text.
fn word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let at = rest.find(char::is_alphabetic)?;
    let length = rest[at..].find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len() - at);
    let word = &rest[at..at + length];
    *rest = &rest[at + length..];
    Some(word)
}

fn short_year(number: i64) -> i64 {
    if number > 68 { 1900 + number } else { 2000 + number }
}
