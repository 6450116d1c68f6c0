//! Cron expressions in EventBridge's dialect: six fields, a `?` in one of the two day fields, and `L`, `W` and `#`.
//!
//! Source: "Cron expressions reference" in the Amazon EventBridge user guide. What that page does not promise (for example
//! a range of days that wraps around the week) is refused, because a deploy would only learn of it half-way.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use croner::Weekday;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::schedule_error::ScheduleError;

/// A year before the program was written: a schedule that ends earlier can never run.
const FIRST_YEAR: u16 = 2026;

/// The years that EventBridge accepts.
const YEARS: std::ops::RangeInclusive<u16> = 1970..=2199;

/// The calendar of weekdays and leap years repeats after this many years.
const CALENDAR_CYCLE: usize = 28;

/// Times of the calendar, such as `cron(0 8 * * ? *)`. Displays with names in capitals and single spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    /// All fields, as croner reads them.
    pub(super) pattern: croner::Cron,
    /// The same days, each at midnight: croner describes them.
    pub(super) days: croner::Cron,
}

impl Cron {
    /// Returns the longest time between two runs; `None` when there is only one.
    pub(super) fn longest_gap(&self) -> Option<Duration> {
        let times = self.times();
        let (first, last) = (*times.first()?, *times.last()?);
        let between = |from: (Date, (i8, i8)), to: (Date, (i8, i8))| {
            let moment = |(day, (hour, minute)): (Date, (i8, i8))| day.at(hour, minute, 0, 0);
            Duration::try_from(moment(to).duration_since(moment(from))).ok()
        };
        let days: Vec<Date> = self.run_days().collect();
        // The times within a day are the same on each: the first day shows them.
        let within = times.windows(2).filter_map(|pair| between((*days.first()?, pair[0]), (*days.first()?, pair[1])));
        let across = days.windows(2).filter_map(|pair| between((pair[0], last), (pair[1], first)));
        within.chain(across).max()
    }

    /// Returns the times of a day at which the schedule runs, hours before minutes.
    pub(super) fn times(&self) -> Vec<(i8, i8)> {
        let small = |value: u16| i8::try_from(value).ok();
        let minutes = self.pattern.pattern.minutes.values();
        let hours = self.pattern.pattern.hours.values().into_iter();
        hours.flat_map(|hour| minutes.iter().filter_map(move |minute| Some((small(hour)?, small(*minute)?)))).collect()
    }

    /// Returns up to `wanted` runs after a moment.
    pub(super) fn next_runs(&self, after: Timestamp, wanted: usize) -> Vec<Timestamp> {
        let runs = self.pattern.iter_after(after.to_zoned(TimeZone::UTC));
        runs.take(wanted).map(|run| run.timestamp()).collect()
    }

    /// Returns how often it runs in a month, on the average of the years in which it runs.
    pub(super) fn runs_a_month(&self) -> f64 {
        let days: Vec<Date> = self.run_days().collect();
        let years: std::collections::BTreeSet<i16> = days.iter().map(|day| day.year()).collect();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (days, runs_a_day, months) =
            (days.len() as f64, self.times().len() as f64, (years.len() * 12).max(1) as f64);
        days * runs_a_day / months
    }

    /// The days on which the schedule runs, over as many years as it takes for the calendar to repeat. croner's own
    /// iterator needs 22 ms for ten thousand days, a walk over the dates 1 ms.
    fn run_days(&self) -> impl Iterator<Item = Date> {
        let years = self.pattern.pattern.years.values().into_iter().filter(|year| *year >= FIRST_YEAR);
        let days = years.take(CALENDAR_CYCLE).filter_map(|year| Date::new(i16::try_from(year).ok()?, 1, 1).ok());
        let of_year = |first: Date| first.series(1.day()).take_while(move |day| day.year() == first.year());
        days.flat_map(of_year).filter(|day| self.runs_on(*day))
    }

    fn runs_on(&self, day: Date) -> bool {
        let weekday = Weekday::from_days_from_sunday(day.weekday().to_sunday_zero_offset().unsigned_abs().into());
        let (month, of_month) = (day.month().unsigned_abs().into(), day.day().unsigned_abs().into());
        let pattern = &self.pattern.pattern;
        let in_month = pattern.month_match(month);
        in_month.is_ok_and(|matches| matches)
            && pattern.day_match(day.year().into(), month, of_month, weekday).is_ok_and(|matches| matches)
    }
}

/// The six fields in their order, with what EventBridge accepts in them.
const FIELDS: [(&str, &str); 6] = [
    ("minutes", "numbers from 0 to 59, ranges such as 5-10, and steps such as 0/10"),
    ("hours", "numbers from 0 to 23, ranges such as 20-2, and steps such as 0/6"),
    ("day of month", "numbers from 1 to 31, ranges such as 1-7, `L` and `15W`"),
    ("month", "numbers from 1 to 12, or names from JAN to DEC"),
    ("day of week", "numbers from 1 to 7, names from SUN to SAT, ranges such as MON-FRI, `3#2` and `6L`"),
    ("year", "numbers from 1970 to 2199"),
];

impl FromStr for Cron {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let upper = text.to_ascii_uppercase();
        let fields: Vec<&str> = upper.split_whitespace().collect();
        let &[minutes, hours, day_of_month, month, day_of_week, year] = fields.as_slice() else {
            return Err(wrong_field_count(text, fields.len()));
        };
        check_one_day_field(&fields, day_of_month, day_of_week)?;
        check_day_of_month(day_of_month)?;
        check_day_of_week(day_of_week)?;
        let shown = [minutes, hours, day_of_month, month, &numbered(day_of_week), year].map(str::to_owned);
        let mut translated = shown.clone();
        translated[1] = without_wrap(hours);
        translated[2] = day_of_month.replace('?', "*");
        translated[4] = if day_of_week == "L" { "7".to_owned() } else { shown[4].replace('?', "*") };
        for (index, field) in translated.iter().enumerate() {
            check_field(index, fields[index], field)?;
        }
        if !year.split([',', '-']).filter_map(first_number).all(|year| YEARS.contains(&year)) {
            return Err(wrong_field(5, year));
        }
        let [minutes, hours, days @ ..] = &translated;
        let days = days.join(" ");
        let cron = Self {
            text: shown.join(" "),
            pattern: parse(&format!("0 {minutes} {hours} {days}"))?,
            days: parse(&format!("0 0 0 {days}"))?,
        };
        if cron.run_days().next().is_none() {
            return Err(cron.never_runs());
        }
        Ok(cron)
    }
}

impl Cron {
    fn never_runs(&self) -> ScheduleError {
        let has_future = self.pattern.pattern.years.values().iter().any(|year| *year >= FIRST_YEAR);
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

/// Checks that one of the two day fields is `?`, and only one.
fn check_one_day_field(fields: &[&str], of_month: &str, of_week: &str) -> Result<(), ScheduleError> {
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
        (_, "?") | ("?", _) => Ok(()),
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

/// Refuses what croner knows and EventBridge does not.
fn check_day_of_month(text: &str) -> Result<(), ScheduleError> {
    if text == "LW" {
        return Err(ScheduleError::new("EventBridge does not know `LW`: use `L`, the last day of the month"));
    }
    let day = text.strip_suffix('W').unwrap_or(text);
    if text != "L" && day.contains(['L', 'W', ',']) && text.contains(['L', 'W']) {
        return Err(ScheduleError::new(format!(
            "`{text}` can't be a day of month: `L` (the last day) and `15W` (the workday nearest to the 15th) stand alone"
        )));
    }
    Ok(())
}

fn check_day_of_week(text: &str) -> Result<(), ScheduleError> {
    if text.contains('/') {
        return Err(ScheduleError::new(format!(
            "`{text}`: the day of week field takes no steps; name the days, for example `MON,WED,FRI`"
        )));
    }
    if text.contains(',') && text.split(',').any(|item| item.contains('#') || item.ends_with('L')) {
        return Err(ScheduleError::new(format!(
            "`{text}` can't be a day of week: `3#2` (the second Tuesday) and `6L` (the last Friday) stand alone"
        )));
    }
    Ok(())
}

/// Finds the field that is wrong: croner reads each one alone.
fn check_field(index: usize, written: &str, translated: &str) -> Result<(), ScheduleError> {
    let mut fields = ["0", "*", "*", "*", "*", "*", "*"];
    fields[index + 1] = translated;
    let is_complete = written.split([',', '-', '/']).all(|part| !part.is_empty());
    if is_complete && !is_long_step(index, written) && parse(&fields.join(" ")).is_ok() {
        return Ok(());
    }
    Err(wrong_field(index, written))
}

fn wrong_field(index: usize, written: &str) -> ScheduleError {
    let (name, accepted) = FIELDS[index];
    ScheduleError::new(format!("`{written}` does not fit into the {name} field, which takes {accepted}"))
}

/// croner takes a step that is longer than the field, which then never comes.
fn is_long_step(index: usize, text: &str) -> bool {
    const LONGEST_STEPS: [u16; 6] = [59, 23, 31, 12, 0, 199];
    let steps = text.split(',').filter_map(|item| item.split_once('/')?.1.parse::<u16>().ok());
    steps.max().is_some_and(|step| step > LONGEST_STEPS[index])
}

fn parse(pattern: &str) -> Result<croner::Cron, ScheduleError> {
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        .sloppy_ranges(true)
        .build();
    parser.parse(pattern).map_err(|error| ScheduleError::new(error.to_string()))
}

fn first_number(item: &str) -> Option<u16> {
    item.split('/').next()?.parse().ok()
}

/// Hours may run over midnight (`20-2`), which croner does not know.
fn without_wrap(hours: &str) -> String {
    let listed = |item: &str| {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let (from, to) = range.split_once('-')?;
        let (from, to, step) = (from.parse::<u8>().ok()?, to.parse::<u8>().ok()?, step.parse::<usize>().ok()?);
        let hours = (from..24).chain(0..=to).step_by(step.max(1)).map(|hour| hour.to_string());
        (from < 24 && to < from && step > 0).then(|| hours.collect::<Vec<_>>().join(","))
    };
    hours.split(',').map(|item| listed(item).unwrap_or_else(|| item.to_owned())).collect::<Vec<_>>().join(",")
}

/// Writes the weekday of `FRIL` and `TUE#2` as a number, the only form of the two that EventBridge documents.
fn numbered(day_of_week: &str) -> String {
    let is_special = day_of_week.contains('#') || day_of_week.ends_with('L');
    let name = WEEKDAYS.iter().position(|name| is_special && day_of_week.starts_with(name));
    name.map_or_else(|| day_of_week.to_owned(), |index| format!("{}{}", index + 1, &day_of_week[3..]))
}

const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

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
