//! Moments, as they are stored and sent.

pub use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// Tells the time; an argument wherever time matters, so that tests decide it.
pub type TimeSource = std::sync::Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Returns the clock of the machine.
#[must_use]
pub fn machine_clock() -> TimeSource {
    std::sync::Arc::new(Timestamp::now)
}

/// Returns the machine's time since 1970.
#[must_use]
pub fn since_epoch() -> std::time::Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

/// Returns stored unix seconds for sums with moments.
#[must_use]
pub fn signed_seconds(stored: u64) -> i64 {
    i64::try_from(stored).unwrap_or(i64::MAX)
}

/// Writes a moment as the old system did: ISO 8601, UTC, microseconds, `+00:00`.
#[must_use]
pub fn iso(moment: Timestamp) -> String {
    let time = TimeZone::fixed(Offset::UTC).to_datetime(moment);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.subsec_nanosecond() / 1_000
    )
}

/// Reads a stored moment; one without a zone is UTC, as the old SQLite backend wrote them.
#[must_use]
pub fn parse_iso(text: &str) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let local: jiff::civil::DateTime = text.parse().ok()?;
    local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Writes a moment as RSS 2.0 wants it: RFC 2822 in GMT.
#[must_use]
pub fn rfc2822(moment: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let time = TimeZone::fixed(Offset::UTC).to_datetime(moment);
    let day = usize::try_from(time.weekday().to_monday_zero_offset()).unwrap_or_default();
    let month = usize::try_from(time.month() - 1).unwrap_or_default();
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
        DAYS.get(day).unwrap_or(&"Mon"),
        time.day(),
        MONTHS.get(month).unwrap_or(&"Jan"),
        time.year(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_survives_its_text() {
        let moment = Timestamp::from_microsecond(1_700_000_000_000_120).unwrap();
        assert_eq!(iso(moment), "2023-11-14T22:13:20.000120+00:00");
        assert_eq!(parse_iso(&iso(moment)), Some(moment));
        assert_eq!(rfc2822(moment), "Tue, 14 Nov 2023 22:13:20 +0000");
    }

    #[test]
    fn old_texts_are_read() {
        let moment = Timestamp::from_second(1_700_000_000).ok();
        for text in ["2023-11-14T22:13:20+00:00", "2023-11-14T22:13:20", "2023-11-14 22:13:20", "2023-11-14T22:13:20Z"]
        {
            assert_eq!(parse_iso(text), moment, "{text}");
        }
        assert_eq!(parse_iso("soon"), None);
    }
}
