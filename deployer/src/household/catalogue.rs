//! What the catalogue holds: its lists, how old they are, and their best titles.

use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use crate::base::error::CommandError;
use crate::ui;
use stellarr_aws::{TableItem, TableQuery, TableValue, Tables};
use stellarr_core::catalogue::{CatalogueOverview, CatalogueSummary, ListOverview, TitleOverview};
use stellarr_core::table::catalogue::{
    BEST_FIRST_INDEX, EXPIRES, ID, LIST, RATING, RELEASED, SUMMARY, SUMMARY_BODY, TITLE,
};

/// Reads the summary that the last fetch left.
///
/// # Errors
/// AWS's.
pub async fn summary(tables: &dyn Tables, table: &str) -> Result<CatalogueOverview, CommandError> {
    let key = [(LIST, TableValue::text(SUMMARY)), (ID, TableValue::number(0))];
    let key: TableItem = key.map(|(name, value)| (name.to_owned(), value)).into();
    let rows = tables.get(table, vec![key]).await?;
    let body = rows.first().and_then(|row| row.get(SUMMARY_BODY)?.as_text());
    // An unreadable summary counts as none: the next fetch writes a new one.
    Ok(body
        .and_then(|body| serde_json::from_str::<CatalogueSummary>(body).ok())
        .map(CatalogueOverview::from)
        .unwrap_or_default())
}

/// Counts each list as it is now, and reads its best titles.
///
/// # Errors
/// AWS's.
pub async fn overview(
    tables: &dyn Tables,
    table: &str,
    category: Option<&str>,
    titles: usize,
    now: Timestamp,
) -> Result<CatalogueOverview, CommandError> {
    let mut overview = only(summary(tables, table).await?, category)?;
    let lists = overview.lists.into_iter().map(|list| async move {
        let all = TableQuery {
            index: Some(BEST_FIRST_INDEX.to_owned()),
            above: Some((EXPIRES.to_owned(), now.as_second())),
            descending: true,
            ..TableQuery::of(LIST, &list.list)
        };
        let best = TableQuery { limit: Some(titles), ..all.clone() };
        let (items, best) = tokio::try_join!(tables.count(table, &all), tables.query(table, &best))?;
        Ok::<_, CommandError>(ListOverview { items, titles: best.iter().map(title_from).collect(), ..list })
    });
    overview.lists = try_join_all(lists).await?;
    Ok(overview)
}

fn title_from(item: &TableItem) -> TitleOverview {
    let text = |name: &str| item.get(name).and_then(TableValue::as_text);
    TitleOverview {
        id: item.get(ID).and_then(TableValue::as_number).unwrap_or_default(),
        title: text(TITLE).unwrap_or_default().to_owned(),
        year: text(RELEASED).and_then(|date| date.get(..4)?.parse().ok()),
        rating: item.get(RATING).and_then(TableValue::as_number).unwrap_or_default(),
    }
}

/// Leaves only the lists of a category (`popular`) or one list (`popular#movie`).
///
/// # Errors
/// When there is no such list.
pub fn only(mut overview: CatalogueOverview, category: Option<&str>) -> Result<CatalogueOverview, CommandError> {
    let Some(wanted) = category else { return Ok(overview) };
    let is_wanted = |list: &ListOverview| list.list == wanted || list.list.split('#').next() == Some(wanted);
    if !overview.lists.iter().any(is_wanted) {
        let mut known: Vec<&str> = overview.lists.iter().filter_map(|list| list.list.split('#').next()).collect();
        known.sort_unstable();
        known.dedup();
        let error = CommandError::usage(format!("the catalogue holds nothing of {wanted}"));
        return Err(if known.is_empty() {
            error.hint("it is empty: run `stellarr fetch full`")
        } else {
            error.hint(format!("it holds: {}", known.join(", ")))
        });
    }
    overview.lists.retain(is_wanted);
    Ok(overview)
}

/// Lays the lists out, one row each.
#[must_use]
pub fn table(overview: &CatalogueOverview, now: Timestamp) -> String {
    let since = |moment: i64| age(now.as_second() - moment);
    let rows = overview.lists.iter().map(|list| {
        let left = list.expires_at - now.as_second();
        let titles: Vec<&str> = list.titles.iter().map(|title| title.title.as_str()).collect();
        [
            list.list.clone(),
            list.items.to_string(),
            format!("{} ago", since(list.fetched_at)),
            if left > 0 { format!("in {}", age(left)) } else { "expired".to_owned() },
            titles.join(" · "),
        ]
    });
    ui::table(&["list", "titles", "fetched", "expires", "best"], rows)
}

/// Lays the titles of each list out, one row each.
#[must_use]
pub fn titles(overview: &CatalogueOverview) -> String {
    let parts = overview.lists.iter().map(|list| {
        let rows = list.titles.iter().map(|title| {
            let year = title.year.map(|year| year.to_string()).unwrap_or_default();
            [title.id.to_string(), title.title.clone(), year, format!("{:.1}", title.rating)]
        });
        format!("{}\n{}", list.list, ui::table(&["TMDB", "title", "year", "rating"], rows))
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

/// Says a span of seconds roughly: `40 s`, `12 min`, `5 h`, `3 d`.
fn age(seconds: i64) -> String {
    let span = SignedDuration::from_secs(seconds.max(0));
    match span.as_secs() {
        0..60 => format!("{} s", span.as_secs()),
        60..3_600 => format!("{} min", span.as_mins()),
        3_600..172_800 => format!("{} h", span.as_hours()),
        _ => format!("{} d", span.as_hours() / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stellarr_aws::Cloud;
    use stellarr_testing::FakeCloud;

    const NOW: i64 = 1_800_000_000;

    fn item(values: &[(&str, TableValue)]) -> TableItem {
        values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn row(list: &str, id: u64, score: f64, ttl: i64, title: &str) -> TableItem {
        item(&[
            ("list", TableValue::text(list)),
            ("tmdb_id", TableValue::number(id)),
            ("score", TableValue::number(score)),
            ("ttl", TableValue::number(ttl)),
            ("title", TableValue::text(title)),
            ("released", TableValue::text("1922-03-04")),
            ("rating", TableValue::number("7.7")),
        ])
    }

    fn cloud() -> FakeCloud {
        let body = serde_json::json!({
            "updated_at": NOW - 7_200,
            "lists": [
                {"list": "popular#movie", "items": 9, "bytes": 1, "fetched_at": NOW - 7_200, "expires_at": NOW + 170_000},
                {"list": "genre_28#movie", "items": 1, "bytes": 1, "fetched_at": NOW - 400_000, "expires_at": NOW - 1},
            ],
            "last_run": {"scheduleType": "daily", "itemsFetched": 140, "failures": 0},
        });
        let summary = item(&[
            ("list", TableValue::text("SUMMARY")),
            ("tmdb_id", TableValue::number(0)),
            ("body", TableValue::text(body.to_string())),
        ]);
        let cloud = FakeCloud::strict("eu-central-1");
        cloud.allow(&["dynamodb:Query", "dynamodb:BatchGetItem"]).add_table("c").add_items(
            "c",
            [
                summary,
                row("popular#movie", 1, 1.0, NOW + 1, "Metropolis"),
                row("popular#movie", 2, 9.0, NOW + 1, "Nosferatu"),
                row("popular#movie", 3, 99.0, NOW - 1, "Expired"),
            ],
        );
        cloud
    }

    async fn read(category: Option<&str>) -> Result<CatalogueOverview, CommandError> {
        overview(cloud().tables().as_ref(), "c", category, 2, Timestamp::from_second(NOW).unwrap()).await
    }

    #[tokio::test]
    async fn lists_are_counted_as_they_are_now() {
        let overview = read(None).await.unwrap();
        assert_eq!(overview.lists[0].items, 2, "what has expired is not counted");
        assert_eq!(
            table(&overview, Timestamp::from_second(NOW).unwrap()),
            " list            titles  fetched  expires  best\n popular#movie   2       2 h ago  in 47 h  Nosferatu · Metropolis\n \
             genre_28#movie  0       4 d ago  expired"
        );
    }

    #[tokio::test]
    async fn a_category_shows_its_titles() {
        let overview = read(Some("popular")).await.unwrap();
        assert!(
            titles(&overview)
                .starts_with("popular#movie\n TMDB  title       year  rating\n 2     Nosferatu   1922  7.7")
        );
        let error = read(Some("musicals")).await.unwrap_err();
        assert_eq!(error.hints, ["it holds: genre_28, popular"]);
    }
}
