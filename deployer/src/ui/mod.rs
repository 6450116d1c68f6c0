//! What the person sees: lines, progress, tables and questions.

mod asker;
mod bar;
mod printer;
mod profile;
mod progress;
mod prompt;
mod table;

pub use asker::{Asker, Check, Defaults, Terminal};
pub use bar::Bar;
pub use printer::{Printer, Verbosity};
pub use profile::with_profile;
pub use progress::Progress;
pub use prompt::{ask_secret, can_ask, confirm, type_to_confirm};
pub use table::table;

use std::time::Duration;

/// Says a duration the way a person would: `0.4 s`, `12 s`, `3 min 05 s`.
#[must_use]
pub fn human_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else if seconds >= 10 {
        format!("{seconds} s")
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// Says a size the way a person would: `812 B`, `3.4 kB`, `2.8 MB`.
#[must_use]
pub fn human_bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let value = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", value / 1e3),
        _ => format!("{:.1} MB", value / 1e6),
    }
}

/// Says a count with its noun: `1 file`, `3 files`.
#[must_use]
pub fn count(number: usize, singular: &str, plural: &str) -> String {
    format!("{number} {}", if number == 1 { singular } else { plural })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        let said: Vec<_> = [350, 9_940, 12_400, 185_000].map(|ms| human_duration(Duration::from_millis(ms))).into();
        assert_eq!(said, ["0.3 s", "9.9 s", "12 s", "3 min 05 s"]);
    }

    #[test]
    fn sizes_read_naturally() {
        assert_eq!([812, 3_400, 2_800_000].map(human_bytes), ["812 B", "3.4 kB", "2.8 MB"]);
    }
}
