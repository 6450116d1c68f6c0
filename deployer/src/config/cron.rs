//! Cron expressions in EventBridge's dialect: six fields, a `?` in one of the two day fields, and `L`, `W` and `#`.
//!
//! Source: "Cron expressions reference" in the Amazon EventBridge user guide. What that page does not promise (for example
//! a range of days that wraps around the week) is refused, because a deploy would only learn of it half-way.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Weekday};

use super::cron_field::{DAY_OF_MONTH, DAY_OF_WEEK, Field, HOURS, MINUTES, MONTH, Values, YEAR};
use super::schedule_error::ScheduleError;

/// A year before the program was written: a schedule that ends earlier can never run.
const FIRST_YEAR: i16 = 2026;

/// The calendar of weekdays and leap years repeats after this many years.
const CALENDAR_CYCLE: usize = 28;

/// Times of the calendar, such as `cron(0 8 * * ? *)`. Displays with names in capitals and single spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    pub(super) minutes: Values,
    pub(super) hours: Values,
    pub(super) days: Days,
    pub(super) months: Values,
    pub(super) years: Values,
}

/// The days of a month on which a schedule runs. Weekdays count from 1, Sunday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Days {
    OfMonth(Values),
    LastOfMonth,
    NearestWorkday(u16),
    OfWeek(Values),
    LastWeekday(u16),
    NthWeekday(u16, u16),
}

impl Cron {
    /// Returns the longest time between two runs; `None` when there is only one.
    pub(super) fn longest_gap(&self) -> Option<Duration> {
        let times = self.times();
        let (first, last) = (*times.first()?, *times.last()?);
        let of_day = |day: Date, time: (i8, i8)| day.at(time.0, time.1, 0, 0);

        let mut longest = None;
        let mut note = |from: DateTime, to: DateTime| {
            longest = longest.max(Duration::try_from(to.duration_since(from)).ok());
        };
        let mut previous: Option<Date> = None;
        for day in self.run_days() {
            match previous {
                Some(previous) => note(of_day(previous, last), of_day(day, first)),
                // The times within a day are the same on each: the first day shows them.
                None => times.windows(2).for_each(|pair| note(of_day(day, pair[0]), of_day(day, pair[1]))),
            }
            previous = Some(day);
        }
        longest
    }

    /// Returns the times of a day at which the schedule runs, hours before minutes.
    pub(super) fn times(&self) -> Vec<(i8, i8)> {
        let small = |value: u16| i8::try_from(value).ok();
        let of_hour = |hour: u16| self.minutes.iter().filter_map(move |minute| Some((small(hour)?, small(minute)?)));
        self.hours.iter().flat_map(of_hour).collect()
    }

    /// Returns up to `wanted` runs after a moment, in UTC.
    pub(super) fn next_runs(&self, after: DateTime, wanted: usize) -> Vec<DateTime> {
        let times = self.times();
        self.days_from(after.year())
            .skip_while(|day| *day < after.date())
            .flat_map(|day| times.iter().map(move |(hour, minute)| day.at(*hour, *minute, 0, 0)))
            .filter(|run| *run > after)
            .take(wanted)
            .collect()
    }

    /// Returns how often it runs in a month, on the average of the years in which it runs.
    pub(super) fn runs_a_month(&self) -> f64 {
        let (mut days, mut years) = (0_u32, std::collections::BTreeSet::new());
        for day in self.run_days() {
            days += 1;
            years.insert(day.year());
        }
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (runs_a_day, months) = (self.times().len() as f64, (years.len() * 12).max(1) as f64);
        f64::from(days) * runs_a_day / months
    }

    /// Walks the days on which the schedule runs, over as many years as it takes for the calendar to repeat.
    fn run_days(&self) -> impl Iterator<Item = Date> + '_ {
        self.days_from(FIRST_YEAR)
    }

    fn days_from(&self, year: i16) -> impl Iterator<Item = Date> + '_ {
        (year..=2199)
            .filter(|year| self.years.contains(year.unsigned_abs()))
            .take(CALENDAR_CYCLE)
            .flat_map(|year| (1..=12_i8).filter_map(move |month| Date::new(year, month, 1).ok()))
            .filter(|first| self.months.contains(u16::from(first.month().unsigned_abs())))
            .flat_map(|first| (1..=first.days_in_month()).filter_map(move |day| first.with().day(day).build().ok()))
            .filter(|day| self.days.contains(*day))
    }
}

impl Days {
    fn contains(&self, date: Date) -> bool {
        let day = u16::from(date.day().unsigned_abs());
        let weekday = u16::from(date.weekday().to_sunday_one_offset().unsigned_abs());
        let last = u16::from(date.days_in_month().unsigned_abs());
        match *self {
            Self::OfMonth(ref days) => days.contains(day),
            Self::LastOfMonth => day == last,
            Self::NearestWorkday(wanted) => day == nearest_workday(date, wanted),
            Self::OfWeek(ref days) => days.contains(weekday),
            Self::LastWeekday(wanted) => weekday == wanted && day + 7 > last,
            Self::NthWeekday(wanted, nth) => weekday == wanted && day.div_ceil(7) == nth,
        }
    }
}

/// Returns the Monday-to-Friday day of the month nearest to `wanted`, or 0 when the month has no such day.
fn nearest_workday(of_month: Date, wanted: u16) -> u16 {
    let Some(date) = i8::try_from(wanted).ok().and_then(|day| of_month.with().day(day).build().ok()) else {
        return 0;
    };
    let is_last = date.day() == date.days_in_month();
    match date.weekday() {
        // It stays in its month: the first and the last day look the other way.
        Weekday::Saturday if wanted == 1 => 3,
        Weekday::Saturday => wanted - 1,
        Weekday::Sunday if is_last => wanted - 2,
        Weekday::Sunday => wanted + 1,
        _ => wanted,
    }
}

impl FromStr for Cron {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let upper = text.to_ascii_uppercase();
        let fields: Vec<&str> = upper.split_whitespace().collect();
        let &[minutes, hours, day_of_month, month, day_of_week, year] = fields.as_slice() else {
            return Err(wrong_field_count(text, fields.len()));
        };
        let (days, day_of_week) = parse_days(&fields, day_of_month, day_of_week)?;
        let cron = Self {
            text: [minutes, hours, day_of_month, month, &day_of_week, year].join(" "),
            minutes: MINUTES.parse(minutes)?,
            hours: HOURS.parse(hours)?,
            days,
            months: MONTH.parse(month)?,
            years: YEAR.parse(year)?,
        };
        if cron.run_days().next().is_none() {
            return Err(cron.never_runs());
        }
        Ok(cron)
    }
}

impl Cron {
    fn never_runs(&self) -> ScheduleError {
        let has_future = (FIRST_YEAR..=2199).any(|year| self.years.contains(year.unsigned_abs()));
        ScheduleError::new(if has_future {
            format!("`{self}` never runs: no month and year it names have that day")
        } else {
            format!("`{self}` never runs: its years are over. Write `*` as the last field")
        })
    }
}

fn wrong_field_count(text: &str, count: usize) -> ScheduleError {
    let remedy = match from_unix(text) {
        Some(cron) => format!("write `{cron}`"),
        None => "minutes, hours, day of month, month, day of week, year".to_owned(),
    };
    let fields = if count == 1 { "1 field".to_owned() } else { format!("{count} fields") };
    ScheduleError::new(format!("`cron({text})` has {fields}, and EventBridge wants six: {remedy}"))
}

/// Reads the two day fields, of which one must be `?`. Also returns the day of week as it is to be written.
fn parse_days(fields: &[&str], of_month: &str, of_week: &str) -> Result<(Days, String), ScheduleError> {
    let with = |of_month: &str, of_week: &str| {
        let mut fields = fields.to_vec();
        (fields[2], fields[4]) = (of_month, of_week);
        fields.join(" ")
    };
    match (of_month, of_week) {
        ("?", "?") => Err(ScheduleError::new(format!(
            "only one of day of month and day of week may be `?`: write for example `cron({})`",
            with("*", "?")
        ))),
        (_, "?") => Ok((parse_day_of_month(of_month)?, of_week.to_owned())),
        ("?", _) => parse_day_of_week(of_week),
        ("*", _) if of_week != "*" => Err(ScheduleError::new(format!(
            "one of day of month and day of week must be `?`: write `cron({})`",
            with("?", of_week)
        ))),
        (_, "*") => Err(ScheduleError::new(format!(
            "one of day of month and day of week must be `?`: write `cron({})`",
            with(of_month, "?")
        ))),
        _ => Err(ScheduleError::new(format!(
            "EventBridge can't combine a day of month with a day of week: write `cron({})` or `cron({})`",
            with(of_month, "?"),
            with("?", of_week)
        ))),
    }
}

fn parse_day_of_month(text: &str) -> Result<Days, ScheduleError> {
    if text == "L" {
        return Ok(Days::LastOfMonth);
    }
    if let Some(day) = text.strip_suffix('W') {
        if day == "L" {
            return Err(ScheduleError::new("EventBridge does not know `LW`: use `L`, the last day of the month"));
        }
        return DAY_OF_MONTH.number(day).map(Days::NearestWorkday);
    }
    if text.contains(['L', 'W']) {
        return Err(ScheduleError::new(format!(
            "`{text}` can't be a day of month: `L` (the last day) and `15W` (the workday nearest to the 15th) stand alone"
        )));
    }
    DAY_OF_MONTH.parse(text).map(Days::OfMonth)
}

fn parse_day_of_week(text: &str) -> Result<(Days, String), ScheduleError> {
    if text == "L" {
        return Ok((Days::OfWeek(DAY_OF_WEEK.parse("7")?), text.to_owned()));
    }
    if text.contains(',') && text.split(',').any(|item| item.contains('#') || is_last_weekday(item)) {
        return Err(ScheduleError::new(format!(
            "`{text}` can't be a day of week: `3#2` (the second Tuesday) and `6L` (the last Friday) stand alone"
        )));
    }
    if let Some((day, nth)) = text.split_once('#') {
        let weekday = DAY_OF_WEEK.number(day)?;
        let nth = NTH.number(nth)?;
        return Ok((Days::NthWeekday(weekday, nth), format!("{weekday}#{nth}")));
    }
    if is_last_weekday(text) {
        let weekday = DAY_OF_WEEK.number(text.trim_end_matches('L'))?;
        return Ok((Days::LastWeekday(weekday), format!("{weekday}L")));
    }
    Ok((Days::OfWeek(DAY_OF_WEEK.parse(text)?), text.to_owned()))
}

const NTH: Field = Field { name: "the number after `#`", first: 1, last: 5, names: &[], wraps: false, steps: false };

fn is_last_weekday(text: &str) -> bool {
    text.len() > 1 && text.ends_with('L')
}

/// Translates a five-field Unix schedule, where that is possible.
pub(super) fn from_unix(text: &str) -> Option<Cron> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let &[minutes, hours, day_of_month, month, day_of_week] = fields.as_slice() else {
        return None;
    };
    let (day_of_month, day_of_week) = match (day_of_month, day_of_week) {
        (_, "*" | "?") => (if day_of_month == "?" { "*" } else { day_of_month }, "?".to_owned()),
        ("*" | "?", days) => ("?", weekdays_from_unix(days)?),
        _ => return None,
    };
    format!("{minutes} {hours} {day_of_month} {month} {day_of_week} *").parse().ok()
}

/// Adds one to each number: Unix counts from Sunday 0, EventBridge from Sunday 1.
fn weekdays_from_unix(text: &str) -> Option<String> {
    if text.chars().any(|symbol| !(symbol.is_ascii_alphanumeric() || symbol == ',' || symbol == '-')) {
        return None;
    }
    let mut translated = String::new();
    for symbol in text.chars() {
        match symbol.to_digit(10) {
            Some(day) if day < 8 => translated.push_str(&(day % 7 + 1).to_string()),
            Some(_) => return None,
            None => translated.push(symbol),
        }
    }
    Some(translated)
}

impl fmt::Display for Cron {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cron({})", self.text)
    }
}
