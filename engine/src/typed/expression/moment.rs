//! `$moment()` and the methods of what it gives, as far as flows use Moment.js.

use jsonata::{Data, Fields};

use super::convert::Kept;
use crate::js::date;
use crate::js::moment::{Moment, Unit, Zone, days_in_month, is_leap};
use crate::value::Value;

/// The methods that a moment has.
pub(super) const METHODS: &[&str] = &[
    "add",
    "calendar",
    "clone",
    "date",
    "dates",
    "day",
    "dayOfYear",
    "days",
    "daysInMonth",
    "diff",
    "endOf",
    "format",
    "from",
    "fromNow",
    "get",
    "hour",
    "hours",
    "isAfter",
    "isBefore",
    "isBetween",
    "isLeapYear",
    "isSame",
    "isSameOrAfter",
    "isSameOrBefore",
    "isUtc",
    "isValid",
    "isoWeek",
    "isoWeekYear",
    "isoWeekday",
    "local",
    "locale",
    "millisecond",
    "milliseconds",
    "minute",
    "minutes",
    "month",
    "months",
    "quarter",
    "second",
    "seconds",
    "set",
    "startOf",
    "subtract",
    "to",
    "toArray",
    "toDate",
    "toISOString",
    "toJSON",
    "toNow",
    "toObject",
    "toString",
    "tz",
    "unix",
    "utc",
    "utcOffset",
    "valueOf",
    "week",
    "weekYear",
    "weekday",
    "weeks",
    "year",
    "years",
];

/// The fields of an object that stands for a moment. No message has fields of these names.
const TIME: &str = "\0moment";
const ZONE: &str = "\0zone";

/// `$moment(...)`: now, or what the arguments say.
pub(super) fn make(arguments: &[Data], kept: &Kept) -> Result<Data, String> {
    read(arguments, Zone::Local, kept).map(data_of)
}

/// The time of an object that stands for a moment.
pub(super) fn milliseconds(data: &Data) -> Option<f64> {
    data.get(TIME)?.as_f64()
}

/// Calls a method; `None` when the object is no moment.
pub(super) fn call(
    object: &Data,
    method: &str,
    arguments: &[Data],
    kept: &Kept,
) -> Option<Result<Data, String>> {
    let moment = moment_of(object)?;
    Some(apply(moment, method, arguments, kept))
}

fn data_of(moment: Moment) -> Data {
    let zone = match moment.zone {
        Zone::Local => Data::Null,
        Zone::Utc => Data::Bool(true),
        Zone::Fixed(minutes) => minutes.into(),
        Zone::Named(tz) => tz.name().into(),
    };
    Data::object(Fields::from([(TIME.to_owned(), moment.milliseconds.into()), (ZONE.to_owned(), zone)]))
}

fn moment_of(data: &Data) -> Option<Moment> {
    let zone = match data.get(ZONE)? {
        Data::Number(minutes) => Zone::Fixed(*minutes as i32),
        Data::String(name) => Zone::parse(name)?,
        Data::Bool(_) => Zone::Utc,
        _ => Zone::Local,
    };
    Some(Moment { milliseconds: milliseconds(data)?, zone })
}

/// What the arguments of `moment(...)` say.
fn read(arguments: &[Data], zone: Zone, kept: &Kept) -> Result<Moment, String> {
    let at = |milliseconds: f64| Ok(Moment { milliseconds, zone });
    match arguments {
        [] | [Data::Undefined, ..] => at(date::now()),
        [Data::Number(milliseconds), rest @ ..] if rest.first().and_then(Data::as_str).is_none() => {
            at(*milliseconds)
        }
        [value @ (Data::String(_) | Data::Number(_)), Data::String(format), ..] => {
            let text =
                value.as_str().map_or_else(|| value.as_f64().unwrap_or_default().to_string(), str::to_owned);
            Ok(Moment::parse(&text, format, zone, date::now()))
        }
        [value @ (Data::String(_) | Data::Number(_)), Data::Array(formats), ..] => {
            let text = value.as_str().unwrap_or_default();
            let mut read = formats.iter().filter_map(Data::as_str);
            let found = read.find_map(|format| {
                Some(Moment::parse(text, format, zone, date::now())).filter(Moment::is_valid)
            });
            Ok(found.unwrap_or(Moment { milliseconds: f64::NAN, zone }))
        }
        // A date without a time is midnight here, not in UTC as for JavaScript's own dates.
        [Data::String(text), ..] if text.len() == 10 && !date::parse(text).is_nan() => {
            Ok(Moment::parse(text, "YYYY-MM-DD", zone, date::now()))
        }
        [Data::String(text), ..] => at(date::parse(text)),
        [Data::Array(items), ..] => {
            let part = |at: usize, least: i64| items.get(at).and_then(Data::as_i64).unwrap_or(least);
            // Months are counted from 0.
            let text = format!(
                "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}",
                part(0, 1970),
                part(1, 0) + 1,
                part(2, 1),
                part(3, 0),
                part(4, 0),
                part(5, 0),
                part(6, 0)
            );
            Ok(Moment::parse(&text, "YYYY-MM-DD HH:mm:ss.SSS", zone, date::now()))
        }
        [value, ..] => match (moment_of(value), kept.find(value)) {
            (Some(moment), _) => Ok(moment),
            (None, Some(Value::Date(milliseconds))) => at(milliseconds),
            _ => at(f64::NAN),
        },
    }
}

fn unit(name: Option<&Data>) -> Result<Unit, String> {
    let name = name.and_then(Data::as_str).ok_or("a unit is needed, such as \"days\"")?;
    Unit::parse(name).ok_or_else(|| format!("{name} is no unit; use years, months, days, hours and so on"))
}

/// Later (or, for -1, earlier) by an amount and unit, an object of units and amounts, or milliseconds.
fn shift(moment: Moment, arguments: &[Data], sign: f64) -> Result<Moment, String> {
    let number = |data: &Data| data.as_f64().or_else(|| data.as_str()?.trim().parse().ok());
    match arguments {
        [Data::Object(amounts), ..] => {
            let mut moment = moment;
            for (name, amount) in amounts.iter() {
                let amount = number(amount).ok_or("an amount must be a number")?;
                moment = moment.add(sign * amount, unit(Some(&name.as_str().into()))?);
            }
            Ok(moment)
        }
        [amount, rest @ ..] => {
            let amount = number(amount).ok_or("an amount must be a number")?;
            let unit = if rest.is_empty() { Unit::Millisecond } else { unit(rest.first())? };
            Ok(moment.add(sign * amount, unit))
        }
        [] => Ok(moment),
    }
}

fn apply(moment: Moment, method: &str, arguments: &[Data], kept: &Kept) -> Result<Data, String> {
    let text = |at: usize| arguments.get(at).and_then(Data::as_str);
    let other = || read(arguments, moment.zone, kept);
    // Two moments as far apart as whole units of the second argument.
    let compare = |at: usize, other: &Moment| -> Result<Option<std::cmp::Ordering>, String> {
        let (mut a, mut b) = (moment, other.in_zone(moment.zone));
        if arguments.get(at).is_some_and(|unit| !unit.is_undefined()) {
            let unit = unit(arguments.get(at))?;
            (a, b) = (a.start_of(unit), b.start_of(unit));
        }
        Ok(a.milliseconds.partial_cmp(&b.milliseconds))
    };
    let first = || read(arguments.get(..1).unwrap_or_default(), moment.zone, kept);
    Ok(match method {
        "format" => moment.format(text(0).unwrap_or_default()).into(),
        "add" => data_of(shift(moment, arguments, 1.0)?),
        "subtract" => data_of(shift(moment, arguments, -1.0)?),
        "startOf" => data_of(moment.start_of(unit(arguments.first())?)),
        "endOf" => data_of(moment.end_of(unit(arguments.first())?)),
        "clone" | "locale" => data_of(moment),
        "utc" => data_of(moment.in_zone(Zone::Utc)),
        "local" => data_of(moment.in_zone(Zone::Local)),
        "tz" => match text(0) {
            Some(name) => {
                let zone = Zone::parse(name)
                    .ok_or_else(|| format!("{name} is no time zone; write one such as Europe/Paris"))?;
                data_of(moment.in_zone(zone))
            }
            None => match moment.zone {
                Zone::Named(tz) => tz.name().into(),
                _ => Data::Undefined,
            },
        },
        "utcOffset" => match arguments.first() {
            None | Some(Data::Undefined) => moment.offset_minutes().into(),
            // Small numbers are hours, as in Moment.js.
            Some(Data::Number(offset)) => {
                let minutes = if offset.abs() < 16.0 { offset * 60.0 } else { *offset };
                data_of(moment.in_zone(Zone::Fixed(minutes as i32)))
            }
            Some(_) => {
                let offset = Moment::parse(text(0).unwrap_or_default(), "Z", Zone::Utc, date::now());
                // A time of today in UTC, less the offset.
                let minutes = (offset.start_of(Unit::Day).milliseconds - offset.milliseconds) / 60_000.0;
                data_of(moment.in_zone(Zone::Fixed(fold_offset(minutes))))
            }
        },
        "isUtc" => (moment.zone == Zone::Utc).into(),
        "isValid" => moment.is_valid().into(),
        "valueOf" => moment.milliseconds.into(),
        "unix" => (moment.milliseconds / 1000.0).floor().into(),
        "toISOString" | "toJSON" => match (date::to_iso(moment.milliseconds), arguments.first()) {
            (Some(_), Some(Data::Bool(true))) => moment.format("YYYY-MM-DD[T]HH:mm:ss.SSSZ").into(),
            (Some(iso), _) => iso.as_str().into(),
            (None, _) => Data::Null,
        },
        "toString" => moment.to_text().into(),
        "toDate" => kept.data_of(&Value::Date(moment.milliseconds)),
        "toArray" | "toObject" => parts(&moment, method == "toObject"),
        "diff" => {
            let unit = if text(1).is_some() { unit(arguments.get(1))? } else { Unit::Millisecond };
            let units = moment.units_after(&first()?, unit);
            let is_exact = arguments.get(2).and_then(Data::as_bool) == Some(true);
            (if is_exact { units } else { units.trunc() + 0.0 }).into()
        }
        "isBefore" => compare(1, &first()?)?.is_some_and(std::cmp::Ordering::is_lt).into(),
        "isAfter" => compare(1, &first()?)?.is_some_and(std::cmp::Ordering::is_gt).into(),
        "isSame" => compare(1, &first()?)?.is_some_and(std::cmp::Ordering::is_eq).into(),
        "isSameOrBefore" => compare(1, &first()?)?.is_some_and(std::cmp::Ordering::is_le).into(),
        "isSameOrAfter" => compare(1, &first()?)?.is_some_and(std::cmp::Ordering::is_ge).into(),
        "isBetween" => {
            let last = read(arguments.get(1..2).unwrap_or_default(), moment.zone, kept)?;
            let is_after = compare(2, &first()?)?.is_some_and(std::cmp::Ordering::is_gt);
            let is_before = compare(2, &last)?.is_some_and(std::cmp::Ordering::is_lt);
            (is_after && is_before).into()
        }
        "fromNow" | "toNow" | "from" | "to" => {
            let is_now = method.ends_with("Now");
            let other = if is_now { Moment::local(date::now()) } else { other()? };
            let without = arguments.get(usize::from(!is_now)).and_then(Data::as_bool) == Some(true);
            let (a, b) = if method.starts_with('f') { (moment, other) } else { (other, moment) };
            a.relative_to(&b, !without).into()
        }
        "calendar" => {
            let other = if arguments.is_empty() { Moment::local(date::now()) } else { other()? };
            moment.calendar(&other).into()
        }
        "isLeapYear" => moment.fields().is_some_and(|fields| is_leap(fields.year)).into(),
        "daysInMonth" => {
            moment.fields().map_or(f64::NAN, |fields| days_in_month(fields.year, fields.month).into()).into()
        }
        "get" => get(&moment, text(0).unwrap_or_default())?.into(),
        "set" => match arguments {
            [Data::Object(values), ..] => {
                let mut moment = moment;
                for (name, value) in values.iter() {
                    moment = set(moment, name, value.as_f64().ok_or("a number is needed")?)?;
                }
                data_of(moment)
            }
            [name, value, ..] => {
                let name = name.as_str().ok_or("a unit is needed, such as \"hour\"")?;
                data_of(set(moment, name, value.as_f64().ok_or("a number is needed")?)?)
            }
            _ => data_of(moment),
        },
        // year(), month(2), hours() and so on: without an argument the value, with one a changed moment.
        field => match arguments.first() {
            None | Some(Data::Undefined) => get(&moment, field)?.into(),
            Some(value) => data_of(set(moment, field, value.as_f64().ok_or("a number is needed")?)?),
        },
    })
}

/// Minutes of an offset that were taken from the start of a day.
fn fold_offset(minutes: f64) -> i32 {
    let minutes = minutes.rem_euclid(1440.0) as i32;
    if minutes > 840 { minutes - 1440 } else { minutes }
}

fn parts(moment: &Moment, has_names: bool) -> Data {
    let Some(fields) = moment.fields() else { return Data::Null };
    let values: [(&str, f64); 7] = [
        ("years", fields.year as f64),
        ("months", f64::from(fields.month - 1)),
        ("date", fields.day.into()),
        ("hours", fields.hour.into()),
        ("minutes", fields.minute.into()),
        ("seconds", fields.second.into()),
        ("milliseconds", fields.millisecond.into()),
    ];
    if has_names {
        Data::object(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect())
    } else {
        Data::array(values.iter().map(|(_, value)| (*value).into()).collect())
    }
}

/// A field by the name of its method. Months are counted from 0, Sunday is day 0.
fn get(moment: &Moment, name: &str) -> Result<f64, String> {
    let Some(fields) = moment.fields() else { return Ok(f64::NAN) };
    Ok(match name {
        "year" | "years" | "y" => fields.year as f64,
        "quarter" | "quarters" | "Q" => f64::from((fields.month - 1) / 3 + 1),
        "month" | "months" | "M" => f64::from(fields.month - 1),
        "date" | "dates" | "D" => fields.day.into(),
        "day" | "days" | "d" | "weekday" | "e" => fields.weekday as f64,
        "isoWeekday" | "E" => ((fields.weekday + 6) % 7 + 1) as f64,
        "dayOfYear" | "DDD" => moment.day_of_year() as f64,
        "week" | "weeks" | "w" => moment.week().0 as f64,
        "isoWeek" | "isoWeeks" | "W" => moment.iso_week().0 as f64,
        "weekYear" => moment.week().1 as f64,
        "isoWeekYear" => moment.iso_week().1 as f64,
        "hour" | "hours" | "h" => fields.hour.into(),
        "minute" | "minutes" | "m" => fields.minute.into(),
        "second" | "seconds" | "s" => fields.second.into(),
        "millisecond" | "milliseconds" | "ms" => fields.millisecond.into(),
        _ => return Err(format!("{name} is no part of a date")),
    })
}

/// The moment with a field set; what is too much or too little carries over, except that a month keeps its day
/// within the month.
fn set(moment: Moment, name: &str, value: f64) -> Result<Moment, String> {
    let now = get(&moment, name)?;
    let by = value - now;
    Ok(match name {
        "year" | "years" | "y" => moment.add(by, Unit::Year),
        "quarter" | "quarters" | "Q" => moment.add(by * 3.0, Unit::Month),
        "month" | "months" | "M" => moment.add(by, Unit::Month),
        "week" | "weeks" | "w" | "isoWeek" | "isoWeeks" | "W" => moment.add(by, Unit::Week),
        "weekYear" | "isoWeekYear" => moment.add(by, Unit::Year),
        "hour" | "hours" | "h" => moment.add(by, Unit::Hour),
        "minute" | "minutes" | "m" => moment.add(by, Unit::Minute),
        "second" | "seconds" | "s" => moment.add(by, Unit::Second),
        "millisecond" | "milliseconds" | "ms" => moment.add(by, Unit::Millisecond),
        _ => moment.add(by, Unit::Day),
    })
}
