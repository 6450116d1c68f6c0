//! What the functions say, read from CloudWatch Logs and laid out for people.

mod line;

use std::collections::{BTreeMap, BTreeSet};

pub use line::{Level, Line};

use stellarr_aws::{AwsError, Logs};

/// Lines of different streams do not arrive in order: so much of what was read is looked at again.
const OVERLAP: i64 = 10_000;

/// Reads several logs, each line once.
#[derive(Debug)]
pub struct Reader {
    since: i64,
    /// By group: the newest time so far, and the lines since shortly before it.
    read: BTreeMap<String, (i64, BTreeSet<(i64, String)>)>,
}

impl Reader {
    /// Begins at a time (milliseconds).
    #[must_use]
    pub fn new(since: i64) -> Self {
        Self { since, read: BTreeMap::new() }
    }

    /// The lines that came since the last call, oldest first. `groups` are functions with the names of their groups.
    ///
    /// # Errors
    /// AWS's.
    pub async fn read(&mut self, logs: &dyn Logs, groups: &[(String, String)]) -> Result<Vec<Line>, AwsError> {
        let mut lines = Vec::new();
        for (function, group) in groups {
            let (newest, seen) = self.read.entry(group.clone()).or_insert_with(|| (self.since, BTreeSet::new()));
            let from = self.since.max(*newest - OVERLAP);
            let mut next = None;
            loop {
                let page = logs.page(group, from, next.as_deref()).await?;
                for event in &page.events {
                    let id = if event.id.is_empty() { event.message.clone() } else { event.id.clone() };
                    if seen.insert((event.time, id)) {
                        *newest = (*newest).max(event.time);
                        lines.extend(Line::parse(function, event));
                    }
                }
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            let keep = *newest - OVERLAP;
            seen.retain(|(time, _)| *time >= keep);
        }
        lines.sort_by_key(|line| line.time);
        Ok(lines)
    }
}

/// Reads `90s`, `30m`, `1h`, `2d` as milliseconds.
///
/// # Errors
/// What is wrong with it, for people.
pub fn parse_span(text: &str) -> Result<i64, String> {
    let help = || format!("`{text}` is no span of time: write 90s, 30m, 1h or 2d");
    let unit = text.chars().last().ok_or_else(help)?;
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| help())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(help()),
    };
    number.checked_mul(seconds * 1_000).filter(|span| *span > 0).ok_or_else(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stellarr_aws::Cloud;
    use stellarr_testing::FakeCloud;

    #[test]
    fn spans_are_read() {
        assert_eq!(
            ["90s", "30m", "1h", "2d"].map(parse_span),
            [Ok(90_000), Ok(1_800_000), Ok(3_600_000), Ok(172_800_000)]
        );
        for wrong in ["", "h", "1", "-1h", "0m", "1w", "1.5h", "9999999999999999d"] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn every_page_is_read_and_no_line_twice() {
        let cloud = FakeCloud::permissive("eu-central-1");
        for number in 0..7 {
            cloud.log("/aws/lambda/home-prod-api", 1_000 + number, &format!("line {number}"));
        }
        let groups = [("api".to_owned(), "/aws/lambda/home-prod-api".to_owned())];
        let mut reader = Reader::new(0);
        assert_eq!(reader.read(cloud.logs().as_ref(), &groups).await.unwrap().len(), 7);
        cloud.log("/aws/lambda/home-prod-api", 900, "late, from another stream");
        cloud.log("/aws/lambda/home-prod-api", 2_000, "new");
        let lines = reader.read(cloud.logs().as_ref(), &groups).await.unwrap();
        assert_eq!(
            lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(),
            ["late, from another stream", "new"]
        );
        assert!(reader.read(cloud.logs().as_ref(), &groups).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_log_that_is_not_there_is_empty() {
        let cloud = FakeCloud::permissive("eu-central-1");
        let groups = [("api".to_owned(), "/aws/lambda/nobody".to_owned())];
        assert!(Reader::new(0).read(cloud.logs().as_ref(), &groups).await.unwrap().is_empty());
    }
}
