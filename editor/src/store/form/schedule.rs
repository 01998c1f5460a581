//! When a node starts again by itself: an interval in seconds, or a cron expression, as Node-RED's inject keeps them.

/// When it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// Not again.
    Never,
    /// Every so often.
    Every {
        /// How many.
        count: String,
        /// Of what.
        unit: Unit,
    },
    /// Every so many minutes, between two hours of some days.
    Between {
        /// Minutes from 1 to 59.
        minutes: u8,
        /// The first hour, 0 to 23.
        from: u8,
        /// The hour that ends it, 1 to 24.
        to: u8,
        /// The days.
        days: Days,
    },
    /// At a time of some days.
    At {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
        /// The days.
        days: Days,
    },
    /// By a cron expression of any other form.
    Cron(String),
}

/// A unit of time of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 1 s.
    Seconds,
    /// 60 s.
    Minutes,
    /// 3,600 s.
    Hours,
}

impl Unit {
    /// All, with the key of their title.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Seconds, "schedule.seconds"),
        (Self::Minutes, "schedule.minutes"),
        (Self::Hours, "schedule.hours"),
    ];

    fn seconds(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Minutes => 60.0,
            Self::Hours => 3_600.0,
        }
    }
}

/// Days of the week, Sunday first.
pub type Days = [bool; 7];

/// Every day.
pub const EVERY_DAY: Days = [true; 7];

impl Schedule {
    /// From the seconds of an interval and a cron expression, each empty for none.
    pub fn read(repeat: &str, cron: &str) -> Self {
        let (repeat, cron) = (repeat.trim(), cron.trim());
        if !cron.is_empty() {
            return regular(cron).unwrap_or_else(|| Self::Cron(cron.to_owned()));
        }
        let Ok(seconds) = repeat.parse::<f64>() else {
            return match repeat {
                "" => Self::Never,
                odd => Self::Every { count: odd.to_owned(), unit: Unit::Seconds },
            };
        };
        let is_whole = |unit: Unit| seconds >= unit.seconds() && seconds % unit.seconds() == 0.0;
        let unit =
            [Unit::Hours, Unit::Minutes].into_iter().find(|unit| is_whole(*unit)).unwrap_or(Unit::Seconds);
        let count =
            if unit == Unit::Seconds { repeat.to_owned() } else { (seconds / unit.seconds()).to_string() };
        Self::Every { count, unit }
    }

    /// The seconds of an interval and a cron expression; of the two at most one is not empty.
    pub fn write(&self) -> (String, String) {
        match self {
            Self::Never => Default::default(),
            Self::Every { count, unit } => {
                let seconds = match count.trim().parse::<f64>() {
                    Ok(number) if *unit != Unit::Seconds => (number * unit.seconds()).to_string(),
                    _ => count.trim().to_owned(),
                };
                (seconds, String::new())
            }
            Self::Between { minutes, from, to, days } => {
                let every = if *minutes <= 1 { "*".to_owned() } else { format!("*/{minutes}") };
                (String::new(), format!("{every} {} * * {}", hours(*from, *to), day_list(days)))
            }
            Self::At { hour, minute, days } => {
                (String::new(), format!("{minute:02} {hour:02} * * {}", day_list(days)))
            }
            Self::Cron(cron) => (String::new(), cron.clone()),
        }
    }
}

fn regular(cron: &str) -> Option<Schedule> {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minute, hour, "*", "*", days] = fields.as_slice() else { return None };
    let days = read_days(days)?;
    if let (Ok(minute), Ok(hour)) = (minute.parse::<u8>(), hour.parse::<u8>()) {
        return (minute < 60 && hour < 24).then_some(Schedule::At { hour, minute, days });
    }
    let minutes = match minute.strip_prefix("*/") {
        Some(minutes) => minutes.parse().ok().filter(|minutes| (1..60).contains(minutes))?,
        None if *minute == "*" => 1,
        None => return None,
    };
    let (from, to) = read_hours(hour)?;
    Some(Schedule::Between { minutes, from, to, days })
}

fn read_hours(hours: &str) -> Option<(u8, u8)> {
    let hour = |text: &str| text.parse::<u8>().ok().filter(|hour| *hour < 24);
    let range = |text: &str| match text.split_once('-') {
        Some((from, to)) => Some((hour(from)?, hour(to)? + 1)),
        None => hour(text).map(|hour| (hour, hour + 1)),
    };
    match hours.split_once(',') {
        None if hours == "*" => Some((0, 24)),
        None => range(hours),
        // Over midnight.
        Some((late, early)) => match (range(late)?, range(early)?) {
            ((from, 24), (0, to)) if to <= from => Some((from, to)),
            _ => None,
        },
    }
}

fn hours(from: u8, to: u8) -> String {
    let range =
        |from: u8, to: u8| if from + 1 >= to { from.to_string() } else { format!("{from}-{}", to - 1) };
    match (from, to) {
        (0, 24 | 0) => "*".to_owned(),
        (from, to) if from < to => range(from, to),
        (from, 0) => range(from, 24),
        (from, to) => format!("{},{}", range(from, 24), range(0, to)),
    }
}

fn read_days(days: &str) -> Option<Days> {
    if days == "*" {
        return Some(EVERY_DAY);
    }
    let mut chosen = [false; 7];
    for part in days.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
        if from > to || to > 7 {
            return None;
        }
        // Both 0 and 7 are Sunday.
        (from..=to).for_each(|day| chosen[day % 7] = true);
    }
    Some(chosen)
}

fn day_list(days: &Days) -> String {
    let chosen: Vec<String> = (0..7).filter(|day| days[*day]).map(|day| day.to_string()).collect();
    if chosen.len() == 7 || chosen.is_empty() { "*".to_owned() } else { chosen.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_node_red_writes_is_read_and_written_again() {
        let workdays = [false, true, true, true, true, true, false];
        for (repeat, cron, expected) in [
            ("", "", Schedule::Never),
            ("0.5", "", Schedule::Every { count: "0.5".into(), unit: Unit::Seconds }),
            ("90", "", Schedule::Every { count: "90".into(), unit: Unit::Seconds }),
            ("120", "", Schedule::Every { count: "2".into(), unit: Unit::Minutes }),
            ("7200", "", Schedule::Every { count: "2".into(), unit: Unit::Hours }),
            ("${EVERY}", "", Schedule::Every { count: "${EVERY}".into(), unit: Unit::Seconds }),
            ("", "00 12 * * *", Schedule::At { hour: 12, minute: 0, days: EVERY_DAY }),
            ("", "05 07 * * 1,2,3,4,5", Schedule::At { hour: 7, minute: 5, days: workdays }),
            ("", "*/5 9-16 * * 1,2,3,4,5", Schedule::Between { minutes: 5, from: 9, to: 17, days: workdays }),
            ("", "* * * * *", Schedule::Between { minutes: 1, from: 0, to: 24, days: EVERY_DAY }),
            ("", "*/10 22-23,0-5 * * *", Schedule::Between { minutes: 10, from: 22, to: 6, days: EVERY_DAY }),
            (
                "",
                "*/10 23 * * 0",
                Schedule::Between {
                    minutes: 10,
                    from: 23,
                    to: 24,
                    days: [true, false, false, false, false, false, false],
                },
            ),
            ("", "0 0 1 * *", Schedule::Cron("0 0 1 * *".into())),
            ("", "*/90 * * * *", Schedule::Cron("*/90 * * * *".into())),
            ("", "nonsense", Schedule::Cron("nonsense".into())),
        ] {
            let schedule = Schedule::read(repeat, cron);
            assert_eq!(schedule, expected, "{repeat} {cron}");
            assert_eq!(schedule.write(), (repeat.to_owned(), cron.to_owned()), "{schedule:?}");
        }
        assert_eq!(Schedule::read("", "0 9 * * 1-5"), Schedule::At { hour: 9, minute: 0, days: workdays });
    }
}
