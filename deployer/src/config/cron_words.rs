//! What a cron expression means, in plain words.

use super::cron::{Cron, Days};
use super::cron_field::{DAY_OF_MONTH, DAY_OF_WEEK, HOURS, MINUTES, MONTH, Values, YEAR};

const MONTHS: [&str; 12] = [
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
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// The most times of a day that are listed one by one.
const MAX_LISTED_TIMES: usize = 4;

/// Says when it runs: days first, then times.
pub(super) fn say(cron: &Cron) -> String {
    let year = if YEAR.is_all(&cron.years) || cron.years.iter().len() > MAX_LISTED_TIMES {
        String::new()
    } else {
        format!(" in {}", and(cron.years.iter().map(|year| year.to_string())))
    };
    format!("{}{}{year}", days(&cron.days, &cron.months), times(cron))
}

fn days(days: &Days, months: &Values) -> String {
    let all_months = MONTH.is_all(months);
    let named = || and(months.iter().map(|month| name(&MONTHS, month, 1)));
    let of_months = if all_months { "every month".to_owned() } else { named() };
    match days {
        Days::OfMonth(values) if DAY_OF_MONTH.is_all(values) => every("day", all_months, named),
        Days::OfMonth(values) => format!("on the {} of {of_months}", and(values.iter().map(ordinal))),
        Days::LastOfMonth => format!("on the last day of {of_months}"),
        Days::NearestWorkday(day) => format!("on the workday nearest to the {} of {of_months}", ordinal(*day)),
        Days::OfWeek(values) if DAY_OF_WEEK.is_all(values) => every("day", all_months, named),
        Days::OfWeek(values) => every(&weekdays(values), all_months, named),
        Days::LastWeekday(day) => format!("on the last {} of {of_months}", name(&WEEKDAYS, *day, 1)),
        Days::NthWeekday(day, nth) => {
            format!("on the {} {} of {of_months}", name(&ORDINALS, *nth, 1), name(&WEEKDAYS, *day, 1))
        }
    }
}

fn every(what: &str, all_months: bool, months: impl Fn() -> String) -> String {
    if all_months { format!("every {what}") } else { format!("every {what} of {}", months()) }
}

fn weekdays(values: &Values) -> String {
    let all: Vec<u16> = values.iter().collect();
    let follow = all.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match (all.first(), all.last()) {
        (Some(first), Some(last)) if follow && all.len() > 2 => {
            format!("day from {} to {}", name(&WEEKDAYS, *first, 1), name(&WEEKDAYS, *last, 1))
        }
        _ => and(all.iter().map(|day| name(&WEEKDAYS, *day, 1))),
    }
}

fn times(cron: &Cron) -> String {
    let all = cron.times();
    if all.len() <= MAX_LISTED_TIMES {
        return format!(" at {} UTC", and(all.iter().map(|(hour, minute)| format!("{hour:02}:{minute:02}"))));
    }
    let minutes: Vec<u16> = cron.minutes.iter().collect();
    if !HOURS.is_all(&cron.hours) {
        return format!(", {} minutes past the hours {} UTC", and(minutes.iter().map(u16::to_string)), hours(cron));
    }
    match (minutes.as_slice(), even_step(&minutes)) {
        _ if MINUTES.is_all(&cron.minutes) => ", every minute".to_owned(),
        ([0], _) => ", every hour on the hour".to_owned(),
        (_, Some(step)) => format!(", every {step} minutes"),
        _ => format!(", {} minutes past every hour", and(minutes.iter().map(u16::to_string))),
    }
}

/// The pause between the minutes, when it is the same all around the hour.
fn even_step(minutes: &[u16]) -> Option<u16> {
    let (first, second) = (*minutes.first()?, *minutes.get(1)?);
    let step = second - first;
    let even = minutes.windows(2).all(|pair| pair[1] - pair[0] == step);
    (even && first == 0 && minutes.last()? + step == 60).then_some(step)
}

fn hours(cron: &Cron) -> String {
    let all: Vec<u16> = cron.hours.iter().collect();
    let follow = all.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match (all.first(), all.last()) {
        (Some(first), Some(last)) if follow && all.len() > 2 => format!("{first} to {last}"),
        _ => and(all.iter().map(u16::to_string)),
    }
}

fn name(names: &[&'static str], value: u16, first: u16) -> String {
    names.get(usize::from(value - first)).copied().unwrap_or_default().to_owned()
}

fn ordinal(day: u16) -> String {
    let end = match (day % 10, day % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{day}{end}")
}

/// Joins words: `a`, `a and b`, `a, b and c`.
fn and(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
