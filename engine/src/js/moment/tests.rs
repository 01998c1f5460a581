// The expectations were worked out by the documentation and rules of Moment.js 2.30.

use super::*;

/// 2026-11-21T21:38:28.123Z, a Saturday.
const NOW: f64 = 1_795_297_108_123.0;

fn utc(text: &str) -> Moment {
    Moment { milliseconds: date::parse(text), zone: Zone::Utc }
}

fn paris(text: &str) -> Moment {
    utc(text).in_zone(Zone::parse("Europe/Paris").unwrap())
}

#[test]
fn writes_by_format() {
    let moment = Moment { milliseconds: NOW, zone: Zone::Utc };
    for (format, text) in [
        ("", "2026-11-21T21:38:28Z"),
        ("YYYY-MM-DD HH:mm:ss.SSS", "2026-11-21 21:38:28.123"),
        ("dddd, MMMM Do YYYY, h:mm:ss a", "Saturday, November 21st 2026, 9:38:28 pm"),
        ("ddd, hA", "Sat, 9PM"),
        ("[Today is] dddd", "Today is Saturday"),
        ("X x", "1795297108 1795297108123"),
        ("w ww W WW gggg GGGG E e", "47 47 47 47 2026 2026 6 6"),
        ("DDD DDDD Q Qo", "325 325 4 4th"),
        (
            "LT LTS L LL LLL LLLL l",
            "9:38 PM 9:38:28 PM 11/21/2026 November 21, 2026 November 21, 2026 9:38 PM Saturday, November 21, 2026 9:38 PM 11/21/2026",
        ),
        ("Z ZZ z", "+00:00 +0000 UTC"),
        ("S SS SSSS", "1 12 1230"),
        ("Hmm Y YY", "2138 2026 26"),
    ] {
        assert_eq!(moment.format(format), text, "{format}");
    }
    assert_eq!(Moment::local(f64::NAN).format("YYYY"), "Invalid date");
    assert_eq!(paris("2026-07-01T12:00:00Z").format("HH:mm Z z"), "14:00 +02:00 CEST");
}

#[test]
fn reckons_by_the_calendar() {
    let iso = |moment: Moment| date::to_iso(moment.milliseconds).unwrap().to_string();
    assert_eq!(iso(utc("2026-01-31T10:00:00Z").add(1.0, Unit::Month)), "2026-02-28T10:00:00.000Z");
    assert_eq!(iso(utc("2024-02-29T00:00:00Z").add(1.0, Unit::Year)), "2025-02-28T00:00:00.000Z");
    assert_eq!(iso(utc("2026-01-01T00:00:00Z").add(-1.0, Unit::Millisecond)), "2025-12-31T23:59:59.999Z");
    // The clocks go forward on 2026-03-29: a day later it is the same time of day.
    assert_eq!(iso(paris("2026-03-28T11:00:00Z").add(1.0, Unit::Day)), "2026-03-29T10:00:00.000Z");
    assert_eq!(iso(paris("2026-03-28T11:00:00Z").add(24.0, Unit::Hour)), "2026-03-29T11:00:00.000Z");
    let moment = Moment { milliseconds: NOW, zone: Zone::Utc };
    for (unit, start, end) in [
        (Unit::Year, "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"),
        (Unit::Quarter, "2026-10-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"),
        (Unit::Month, "2026-11-01T00:00:00.000Z", "2026-11-30T23:59:59.999Z"),
        (Unit::Week, "2026-11-15T00:00:00.000Z", "2026-11-21T23:59:59.999Z"),
        (Unit::IsoWeek, "2026-11-16T00:00:00.000Z", "2026-11-22T23:59:59.999Z"),
        (Unit::Day, "2026-11-21T00:00:00.000Z", "2026-11-21T23:59:59.999Z"),
        (Unit::Hour, "2026-11-21T21:00:00.000Z", "2026-11-21T21:59:59.999Z"),
        (Unit::Second, "2026-11-21T21:38:28.000Z", "2026-11-21T21:38:28.999Z"),
    ] {
        assert_eq!(iso(moment.start_of(unit)), start, "{unit:?}");
        assert_eq!(iso(moment.end_of(unit)), end, "{unit:?}");
    }
    let after = |a: &str, b: &str, unit| utc(a).units_after(&utc(b), unit);
    assert_eq!(after("2026-03-01T00:00:00Z", "2026-01-01T00:00:00Z", Unit::Month), 2.0);
    assert_eq!(after("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", Unit::Year), -1.0);
    assert_eq!(after("2026-01-02T12:00:00Z", "2026-01-01T00:00:00Z", Unit::Day), 1.5);
    assert_eq!(after("2026-02-15T00:00:00Z", "2026-01-31T00:00:00Z", Unit::Month).trunc(), 0.0);
}

#[test]
fn counts_weeks() {
    for (day, week, iso) in [
        ("2026-01-01", (1, 2026), (1, 2026)),
        ("2027-01-01", (1, 2027), (53, 2026)),
        ("2024-12-31", (1, 2025), (1, 2025)),
        ("2023-01-01", (1, 2023), (52, 2022)),
    ] {
        let moment = utc(&format!("{day}T00:00:00Z"));
        assert_eq!((moment.week(), moment.iso_week()), (week, iso), "{day}");
    }
}

#[test]
fn reads_by_format() {
    for (text, format, iso) in [
        ("2026-11-21", "YYYY-MM-DD", "2026-11-21T00:00:00.000Z"),
        ("21/11/26 9:05 pm", "DD/MM/YY h:mm a", "2026-11-21T21:05:00.000Z"),
        ("Nov 5th 2026", "MMM Do YYYY", "2026-11-05T00:00:00.000Z"),
        ("November 5, 2026 1:02 AM", "LLL", "2026-11-05T01:02:00.000Z"),
        ("20261121T101112.5", "YYYYMMDDTHHmmss.S", "2026-11-21T10:11:12.500Z"),
        ("1795297108", "X", "2026-11-21T21:38:28.000Z"),
        ("10:30", "HH:mm", "2026-11-21T10:30:00.000Z"),
        ("2026-11-21 10:00 +02:00", "YYYY-MM-DD HH:mm Z", "2026-11-21T08:00:00.000Z"),
        ("2026 32", "YYYY DDD", "2026-02-01T00:00:00.000Z"),
    ] {
        let moment = Moment::parse(text, format, Zone::Utc, NOW);
        assert_eq!(date::to_iso(moment.milliseconds).as_deref(), Some(iso), "{text}");
    }
    for (text, format) in
        [("x", "YYYY"), ("2026-13-01", "YYYY-MM-DD"), ("2026-02-30", "YYYY-MM-DD"), ("", "L")]
    {
        assert!(!Moment::parse(text, format, Zone::Utc, NOW).is_valid(), "{text}");
    }
}

#[test]
fn says_how_far() {
    let now = Moment { milliseconds: NOW, zone: Zone::Utc };
    for (milliseconds, words) in [
        (-1000.0, "a few seconds ago"),
        (90_000.0, "in 2 minutes"),
        (-3_600_000.0, "an hour ago"),
        (86_400_000.0 * 3.0, "in 3 days"),
        (-86_400_000.0 * 60.0, "2 months ago"),
        (86_400_000.0 * 800.0, "in 2 years"),
    ] {
        let moment = Moment { milliseconds: NOW + milliseconds, zone: Zone::Utc };
        assert_eq!(moment.relative_to(&now, true), words);
    }
    assert_eq!(now.add(-1.0, Unit::Day).calendar(&now), "Yesterday at 9:38 PM");
    assert_eq!(now.add(3.0, Unit::Day).calendar(&now), "Tuesday at 9:38 PM");
    assert_eq!(now.add(-3.0, Unit::Day).calendar(&now), "Last Wednesday at 9:38 PM");
}

proptest::proptest! {
    #[test]
    fn nothing_panics(milliseconds in -8.64e15..8.64e15_f64, amount in -1e12..1e12_f64, format in "\\PC{0,12}|[YMDdHhmsSZXxLlAaWwGgQE\\[\\] :-]{0,20}", text in "\\PC{0,20}|[0-9: apm+-]{0,20}") {
        for zone in [Zone::Utc, Zone::Local, Zone::parse("Pacific/Apia").unwrap(), Zone::Fixed(-90)] {
            let moment = Moment { milliseconds, zone };
            moment.format(&format);
            Moment::parse(&text, &format, zone, NOW);
            for unit in [Unit::Year, Unit::Quarter, Unit::Month, Unit::Week, Unit::IsoWeek, Unit::Day, Unit::Hour] {
                moment.add(amount, unit).format("");
                moment.end_of(unit).units_after(&Moment::local(NOW), unit);
            }
        }
    }
}
