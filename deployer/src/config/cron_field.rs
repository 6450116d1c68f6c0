//! One field of a cron expression: numbers, names, lists, ranges and steps.

use super::schedule_error::ScheduleError;

/// What may stand in a field.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) first: u16,
    pub(super) last: u16,
    /// Names for the values, the first name for the first value.
    pub(super) names: &'static [&'static str],
    /// Whether a range may run over the end: `20-2` in hours.
    pub(super) wraps: bool,
    /// Whether `/` is allowed.
    pub(super) steps: bool,
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

pub(super) const MINUTES: Field = Field { name: "minutes", first: 0, last: 59, names: &[], wraps: false, steps: true };
pub(super) const HOURS: Field = Field { name: "hours", first: 0, last: 23, names: &[], wraps: true, steps: true };
pub(super) const DAY_OF_MONTH: Field =
    Field { name: "day of month", first: 1, last: 31, names: &[], wraps: false, steps: true };
pub(super) const MONTH: Field = Field { name: "month", first: 1, last: 12, names: &MONTHS, wraps: false, steps: true };
pub(super) const DAY_OF_WEEK: Field =
    Field { name: "day of week", first: 1, last: 7, names: &WEEKDAYS, wraps: false, steps: false };
pub(super) const YEAR: Field = Field { name: "year", first: 1970, last: 2199, names: &[], wraps: false, steps: true };

/// The values that a field names, each once and in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values(Vec<u16>);

impl Values {
    pub(super) fn contains(&self, value: u16) -> bool {
        self.0.binary_search(&value).is_ok()
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = u16> + '_ {
        self.0.iter().copied()
    }
}

impl Field {
    /// Tells whether these are all values that there are.
    pub(super) fn is_all(&self, values: &Values) -> bool {
        values.0.len() == usize::from(self.last - self.first + 1)
    }

    /// Reads the whole field.
    pub(super) fn parse(&self, text: &str) -> Result<Values, ScheduleError> {
        let mut values = Vec::new();
        for item in text.split(',') {
            values.extend(self.parse_item(item)?);
        }
        values.sort_unstable();
        values.dedup();
        Ok(Values(values))
    }

    /// Reads one value, a number or a name.
    pub(super) fn number(&self, text: &str) -> Result<u16, ScheduleError> {
        if let Some(index) = self.names.iter().position(|name| *name == text) {
            return Ok(self.first + u16::try_from(index).unwrap_or_default());
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<u16>() {
            Ok(value) if is_number && (self.first..=self.last).contains(&value) => Ok(value),
            _ => Err(self.out_of_range(text)),
        }
    }

    fn parse_item(&self, item: &str) -> Result<Vec<u16>, ScheduleError> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(self.step(item, step)?)),
            None => (item, None),
        };
        let values: Vec<u16> = match (range, range.split_once('-')) {
            ("*", _) => (self.first..=self.last).collect(),
            (_, Some((from, to))) => self.range(item, self.number(from)?, self.number(to)?)?,
            (_, None) if step.is_some() => (self.number(range)?..=self.last).collect(),
            (_, None) => vec![self.number(range)?],
        };
        Ok(values.into_iter().step_by(step.unwrap_or(1)).collect())
    }

    fn range(&self, item: &str, from: u16, to: u16) -> Result<Vec<u16>, ScheduleError> {
        if from <= to {
            return Ok((from..=to).collect());
        }
        if self.wraps {
            return Ok((from..=self.last).chain(self.first..=to).collect());
        }
        Err(ScheduleError::new(format!(
            "`{item}` in the {} field runs backwards: write two ranges with a comma between them",
            self.name
        )))
    }

    fn step(&self, item: &str, text: &str) -> Result<usize, ScheduleError> {
        if !self.steps {
            return Err(ScheduleError::new(format!(
                "`{item}`: the {} field takes no steps; name the days, for example `MON,WED,FRI`",
                self.name
            )));
        }
        let most = usize::from(self.last.min(self.last - self.first + 1));
        match text.parse::<usize>() {
            Ok(step) if (1..=most).contains(&step) && !text.starts_with('+') => Ok(step),
            _ => Err(ScheduleError::new(format!(
                "`{item}`: a step in the {} field is a number from 1 to {most}",
                self.name
            ))),
        }
    }

    fn out_of_range(&self, text: &str) -> ScheduleError {
        let names = match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => format!(", or names from {first} to {last}"),
            _ => String::new(),
        };
        let found = if text.is_empty() { "a value is missing".to_owned() } else { format!("`{text}`") };
        ScheduleError::new(format!(
            "{found}: the {} field takes numbers from {} to {}{names}",
            self.name, self.first, self.last
        ))
    }
}
