//! One line of a log: what it tells, and how it is shown.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use owo_colors::OwoColorize;
use serde_json::{Map, Value, json};

use stellarr_aws::LogEvent;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Of no interest to most.
    Debug,
    /// What happened.
    Info,
    /// Something went wrong and was dealt with.
    Warn,
    /// Something went wrong.
    Error,
}

impl Level {
    fn parse(text: &str) -> Self {
        match text.to_ascii_uppercase().as_str() {
            "TRACE" | "DEBUG" => Self::Debug,
            "WARN" | "WARNING" => Self::Warn,
            "ERROR" | "FATAL" | "CRITICAL" => Self::Error,
            _ => Self::Info,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// A line that a person may want to see.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Milliseconds since 1970.
    pub time: i64,
    /// Which function.
    pub function: String,
    /// How bad it is.
    pub level: Level,
    /// Method and route, for a request.
    pub route: Option<String>,
    /// HTTP status, for a request.
    pub status: Option<u16>,
    /// Milliseconds that it took.
    pub duration_ms: Option<f64>,
    /// The rest.
    pub message: String,
}

/// Fields that have a column of their own or that nobody reads.
const SHOWN: &[&str] = &[
    "timestamp",
    "level",
    "message",
    "event",
    "method",
    "route",
    "status",
    "duration_ms",
    "request_id",
    "requestId",
    "target",
];

impl Line {
    /// Reads a line; none for the platform's own chatter and for measurements.
    #[must_use]
    pub fn parse(function: &str, event: &LogEvent) -> Option<Self> {
        let text = event.message.trim();
        let plain = |level, message: String| Self {
            time: event.time,
            function: function.to_owned(),
            level,
            route: None,
            status: None,
            duration_ms: None,
            message,
        };
        let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else {
            return plain_level(text).map(|level| plain(level, text.to_owned()));
        };
        if fields.contains_key("_aws") {
            return None;
        }
        if let Some(kind) = fields.get("type").and_then(Value::as_str).filter(|kind| kind.starts_with("platform.")) {
            return platform(kind, &fields).map(|message| plain(Level::Error, message));
        }
        let word = |name: &str| fields.get(name).and_then(Value::as_str);
        let status = fields.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let level = Level::parse(word("level").unwrap_or_default());
        let route =
            word("route").map(|route| format!("{} {route}", word("method").unwrap_or_default()).trim().to_owned());
        Some(Self {
            level: if status.is_some_and(|status| status >= 500) { Level::Error } else { level },
            status,
            duration_ms: fields.get("duration_ms").and_then(Value::as_f64),
            message: message(&fields, route.is_some()),
            route,
            ..plain(level, String::new())
        })
    }

    /// Says whether something went wrong.
    #[must_use]
    pub fn is_problem(&self) -> bool {
        self.level >= Level::Warn
    }

    /// Lays it out: time, function, level, route, status, duration, message. Colours are taken out where nobody sees them.
    #[must_use]
    pub fn text(&self, zone: &TimeZone) -> String {
        let time = Timestamp::from_millisecond(self.time).unwrap_or_default().to_zoned(zone.clone());
        let level = format!("{:<5}", self.level.name());
        let level = match self.level {
            Level::Error => level.red().to_string(),
            Level::Warn => level.yellow().to_string(),
            Level::Info | Level::Debug => level.dimmed().to_string(),
        };
        let mut line = format!("{} {:<7} {level}", time.strftime("%Y-%m-%d %H:%M:%S%.3f").dimmed(), self.function);
        if let Some(route) = &self.route {
            let _ = write!(line, " {route}");
        }
        if let Some(status) = self.status {
            let status = match status {
                500.. => status.red().to_string(),
                400.. => status.yellow().to_string(),
                _ => status.green().to_string(),
            };
            let _ = write!(line, " {status}");
        }
        if let Some(duration) = self.duration_ms {
            let _ = write!(line, " {duration:.0} ms");
        }
        if !self.message.is_empty() {
            let _ = write!(line, " {}", self.message);
        }
        line
    }

    /// The line as one JSON object.
    #[must_use]
    pub fn json(&self) -> String {
        json!({
            "time": Timestamp::from_millisecond(self.time).unwrap_or_default(),
            "function": self.function,
            "level": self.level.name(),
            "route": self.route,
            "status": self.status,
            "duration_ms": self.duration_ms,
            "message": self.message,
        })
        .to_string()
    }
}

/// How bad a line that is no JSON is; none for what the platform says at every start and end.
fn plain_level(text: &str) -> Option<Level> {
    let chatter = ["START RequestId", "END RequestId", "REPORT RequestId", "INIT_START", "EXTENSION"];
    if text.is_empty() || chatter.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    let bad = ["panicked at", "Task timed out", "Runtime.", "ERROR", "error:"];
    Some(if bad.iter().any(|word| text.contains(word)) { Level::Error } else { Level::Info })
}

/// What the platform reports of an invocation that did not end well.
fn platform(kind: &str, fields: &Map<String, Value>) -> Option<String> {
    let record = fields.get("record")?;
    let word = |name: &str| record.get(name).and_then(Value::as_str);
    if kind != "platform.report" || word("status").is_none_or(|status| status == "success") {
        return None;
    }
    let cause = word("errorType").map(|cause| format!(" ({cause})")).unwrap_or_default();
    Some(match word("status") {
        Some("timeout") => "the function ran into its time limit".to_owned(),
        _ => format!("the function broke off{cause}"),
    })
}

/// The line's own words, then its other fields.
fn message(fields: &Map<String, Value>, is_request: bool) -> String {
    let mut parts = Vec::new();
    parts.extend(fields.get("message").and_then(Value::as_str).map(str::to_owned));
    if !is_request {
        parts.extend(fields.get("event").and_then(Value::as_str).map(str::to_owned));
    }
    for (name, value) in fields.iter().filter(|(name, _)| !SHOWN.contains(&name.as_str())) {
        match value {
            Value::String(text) => parts.push(format!("{name}={text}")),
            Value::Null => {}
            other => parts.push(format!("{name}={other}")),
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str) -> Option<Line> {
        Line::parse("api", &LogEvent { id: "1".to_owned(), time: 1_800_000_000_123, message: message.to_owned() })
    }

    fn text(message: &str) -> String {
        anstream::adapter::strip_str(&line(message).unwrap().text(&TimeZone::UTC)).to_string()
    }

    #[test]
    fn a_request_is_one_row() {
        let request = r#"{"timestamp":"x","level":"INFO","event":"request","request_id":"1","method":"POST","route":"/api/request","status":200,"duration_ms":12.6}"#;
        assert_eq!(text(request), "2027-01-15 08:00:00.123 api     INFO  POST /api/request 200 13 ms");
        let failed = request.replace("200", "502");
        assert!(line(&failed).unwrap().is_problem() && !line(request).unwrap().is_problem());
    }

    #[test]
    fn other_lines_show_their_words_and_fields() {
        let warning = r#"{"level":"WARN","message":"file not renewed","file":"trending-all-en.json","error":"503"}"#;
        assert!(
            text(warning).ends_with("WARN  file not renewed file=trending-all-en.json error=503"),
            "{}",
            text(warning)
        );
        assert!(text("thread main panicked at src/x.rs").contains("ERROR"));
    }

    #[test]
    fn chatter_and_measurements_are_left_out_but_failures_of_the_platform_are_not() {
        for quiet in [
            "START RequestId: 1",
            r#"{"_aws":{},"fresh":3}"#,
            r#"{"type":"platform.start","record":{}}"#,
            r#"{"type":"platform.report","record":{"status":"success"}}"#,
            "",
        ] {
            assert_eq!(line(quiet), None, "{quiet}");
        }
        let timeout = r#"{"type":"platform.report","record":{"status":"timeout"}}"#;
        assert!(text(timeout).ends_with("ERROR the function ran into its time limit"));
    }

    #[test]
    fn json_has_every_column() {
        let value: Value = serde_json::from_str(&line("hello").unwrap().json()).unwrap();
        assert_eq!((&value["time"], &value["message"]), (&json!("2027-01-15T08:00:00.123Z"), &json!("hello")));
    }
}
