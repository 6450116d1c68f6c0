//! What a cron expression means, in plain words.

use super::cron::Cron;

/// The most times of a day that are listed one by one.
const MAX_LISTED_TIMES: usize = 4;

/// Says when it runs, such as `every day at 08:00 UTC` and `at 09:00 UTC, on Sunday`. croner names the days.
pub(super) fn say(cron: &Cron) -> String {
    let times = cron.times();
    if times.len() > MAX_LISTED_TIMES {
        let words = cron.pattern.describe();
        let words = words.trim_end_matches('.');
        return format!("{}{} (UTC)", words[..1].to_lowercase(), &words[1..]);
    }
    let times = and(times.iter().map(|(hour, minute)| format!("{hour:02}:{minute:02}")));
    let days = cron.days.describe();
    match days.trim_start_matches("At 00:00").trim_end_matches('.') {
        "" => format!("every day at {times} UTC"),
        days => format!("at {times} UTC{days}"),
    }
}

/// Joins words: `a`, `a and b`, `a, b and c`.
fn and(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
