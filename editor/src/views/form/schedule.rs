//! When something happens again.

use leptos::prelude::*;
use model::json::Json;

use super::Part;
use crate::store::form::schedule::{Days, EVERY_DAY, Schedule, Unit};
use crate::store::form::value::text_of;
use crate::texts::say;

/// The ways, with the key of their title.
const WAYS: [&str; 5] =
    ["schedule.never", "schedule.every", "schedule.between", "schedule.at", "schedule.cron"];
/// Days, Sunday first.
const DAYS: [&str; 7] = [
    "day.sunday",
    "day.monday",
    "day.tuesday",
    "day.wednesday",
    "day.thursday",
    "day.friday",
    "day.saturday",
];

/// A menu of ways, and what the chosen way needs.
pub(super) fn schedule(part: &Part, repeat_key: Option<String>) -> AnyView {
    let Part { scope, field, id, described_by, .. } = part.clone();
    let (properties, key, repeat) = (scope.properties, field.key.clone(), repeat_key.clone());
    let stored = Memo::new(move |_| {
        properties.with(|properties| {
            let text = |key: &str| properties.get(key).map(text_of).unwrap_or_default();
            (repeat.as_deref().map(text).unwrap_or_default(), text(&key))
        })
    });
    // A cron expression that has just been chosen as the way, and is not written yet, looks like another way.
    let shown = RwSignal::new(None::<Schedule>);
    let now = Memo::new(move |_| {
        let (repeat, cron) = stored.get();
        shown.with(|shown| match shown {
            Some(shown) if shown.write() == (repeat.clone(), cron.clone()) => shown.clone(),
            _ => Schedule::read(&repeat, &cron),
        })
    });
    let editor = scope.editor;
    let set = {
        let (scope, field) = (scope.clone(), field.clone());
        Callback::new(move |schedule: Schedule| {
            let (repeat, cron) = schedule.write();
            shown.set(Some(schedule));
            let mut writes = vec![(field.key.clone(), Some(Json::from(cron)))];
            writes.extend(repeat_key.iter().map(|key| (key.clone(), Some(Json::from(repeat.as_str())))));
            scope.write(&field, writes);
        })
    };
    let way = Memo::new(move |_| now.with(place));
    let options = WAYS.iter().enumerate().map(|(at, key)| {
        view! { <option value=at.to_string() prop:selected=Signal::derive(move || way.get() == at)>{say(key)}</option> }
    });
    let choose = move |event| {
        set.run(started(event_target_value(&event).parse().unwrap_or_default(), &now.get_untracked()));
        editor.settle();
    };
    let inside = {
        let part = part.clone();
        move || match way.get() {
            1 => every(&part, now, set),
            2 => between(now, set),
            3 => at_time(now, set),
            4 => cron(&part, now, set),
            _ => ().into_any(),
        }
    };
    view! {
        <div class="schedule" on:focusout=move |_| editor.settle()>
            <select
                class="input"
                id=id.clone()
                aria-labelledby=format!("{id}-label")
                aria-describedby=described_by
                on:change=choose
            >
                {options.collect_view()}
            </select>
            {inside}
        </div>
    }
    .into_any()
}

fn place(schedule: &Schedule) -> usize {
    match schedule {
        Schedule::Never => 0,
        Schedule::Every { .. } => 1,
        Schedule::Between { .. } => 2,
        Schedule::At { .. } => 3,
        Schedule::Cron(_) => 4,
    }
}

/// A way as it starts; days stay.
fn started(way: usize, now: &Schedule) -> Schedule {
    let days = days_of(now);
    match way {
        1 => Schedule::Every { count: "1".into(), unit: Unit::Minutes },
        2 => Schedule::Between { minutes: 5, from: 8, to: 18, days },
        3 => Schedule::At { hour: 12, minute: 0, days },
        4 => Schedule::Cron(match now {
            Schedule::Between { .. } | Schedule::At { .. } => now.write().1,
            _ => "0 * * * *".into(),
        }),
        _ => Schedule::Never,
    }
}

fn days_of(schedule: &Schedule) -> Days {
    match schedule {
        Schedule::Between { days, .. } | Schedule::At { days, .. } => *days,
        _ => EVERY_DAY,
    }
}

fn every(part: &Part, now: Memo<Schedule>, set: Callback<Schedule>) -> AnyView {
    let value = Memo::new(move |_| match now.get() {
        Schedule::Every { count, unit } => (count, unit),
        _ => (String::new(), Unit::Seconds),
    });
    let units = Unit::ALL.into_iter().enumerate().map(|(at, (unit, key))| {
        let is_chosen = move || value.with(|(_, now)| *now == unit);
        view! { <option value=at.to_string() prop:selected=is_chosen>{say(key)}</option> }
    });
    let choose = move |event| {
        let at: usize = event_target_value(&event).parse().unwrap_or_default();
        let unit = Unit::ALL.get(at).map_or(Unit::Seconds, |(unit, _)| *unit);
        set.run(Schedule::Every { count: value.get_untracked().0, unit });
    };
    view! {
        <div class="beside">
            <input
                class="input number"
                type="text"
                inputmode="decimal"
                aria-label=say("schedule.count")
                aria-invalid=part.invalid()
                prop:value=Signal::derive(move || value.get().0)
                on:input=move |event| {
                    let unit = value.get_untracked().1;
                    set.run(Schedule::Every { count: event_target_value(&event), unit });
                }
            />
            <select class="input" aria-label=say("form.unit") on:change=choose>{units.collect_view()}</select>
        </div>
    }
    .into_any()
}

fn between(now: Memo<Schedule>, set: Callback<Schedule>) -> AnyView {
    let value = Memo::new(move |_| match now.get() {
        Schedule::Between { minutes, from, to, .. } => [minutes, from, to],
        _ => [5, 0, 24],
    });
    let menu = |which: usize, values: Vec<u8>, label: &'static str| {
        let options = values.into_iter().map(|one| {
            let title = if which == 0 { one.to_string() } else { format!("{one:02}:00") };
            view! { <option value=one.to_string() prop:selected=Signal::derive(move || value.get()[which] == one)>{title}</option> }
        });
        let choose = move |event| {
            let mut next = value.get_untracked();
            next[which] = event_target_value(&event).parse().unwrap_or(next[which]);
            let [minutes, from, to] = next;
            set.run(Schedule::Between { minutes, from, to, days: days_of(&now.get_untracked()) });
        };
        view! {
            <label class="part">
                <span>{say(label)}</span>
                <select class="input" on:change=choose>{options.collect_view()}</select>
            </label>
        }
    };
    let current = value.get_untracked()[0];
    let mut minutes: Vec<u8> = vec![1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];
    if !minutes.contains(&current) {
        minutes.push(current);
        minutes.sort_unstable();
    }
    view! {
        <div class="parts">
            {menu(0, minutes, "schedule.minutes-every")}
            {menu(1, (0..24).collect(), "schedule.from")}
            {menu(2, (1..=24).collect(), "schedule.to")}
        </div>
        {days(now, set)}
    }
    .into_any()
}

fn at_time(now: Memo<Schedule>, set: Callback<Schedule>) -> AnyView {
    let time = Memo::new(move |_| match now.get() {
        Schedule::At { hour, minute, .. } => format!("{hour:02}:{minute:02}"),
        _ => String::new(),
    });
    let choose = move |event| {
        let text = event_target_value(&event);
        let mut parts = text.split(':').map(str::parse::<u8>);
        if let (Some(Ok(hour)), Some(Ok(minute))) = (parts.next(), parts.next()) {
            set.run(Schedule::At { hour, minute, days: days_of(&now.get_untracked()) });
        }
    };
    view! {
        <label class="part">
            <span>{say("schedule.time")}</span>
            <input class="input" type="time" prop:value=Signal::derive(move || time.get()) on:change=choose/>
        </label>
        {days(now, set)}
    }
    .into_any()
}

fn days(now: Memo<Schedule>, set: Callback<Schedule>) -> AnyView {
    // Monday first.
    let boxes = [1, 2, 3, 4, 5, 6, 0].into_iter().map(|day: usize| {
        let toggle = move |event| {
            let mut schedule = now.get_untracked();
            if let Schedule::Between { days, .. } | Schedule::At { days, .. } = &mut schedule {
                days[day] = event_target_checked(&event);
                set.run(schedule);
            }
        };
        view! {
            <label class="check">
                <input type="checkbox" prop:checked=Signal::derive(move || now.with(|now| days_of(now)[day])) on:change=toggle/>
                {say(DAYS[day])}
            </label>
        }
    });
    view! { <div class="days" role="group" aria-label=say("schedule.days")>{boxes.collect_view()}</div> }
        .into_any()
}

fn cron(part: &Part, now: Memo<Schedule>, set: Callback<Schedule>) -> AnyView {
    let value = move || now.with(|now| now.write().1);
    view! {
        <input
            class="input mono"
            type="text"
            spellcheck="false"
            autocomplete="off"
            aria-label=say("schedule.cron")
            aria-invalid=part.invalid()
            prop:value=value
            on:input=move |event| set.run(Schedule::Cron(event_target_value(&event)))
        />
    }
    .into_any()
}
