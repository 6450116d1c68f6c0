//! Requests and library in the deployment's own table.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::base::error::CommandError;
use stellarr_aws::{AwsError, TableItem, TableQuery, TableValue, Tables};
use stellarr_core::export::{ExportDocument, Imported, LibraryRow};
use stellarr_core::media::MediaType;
use stellarr_core::request::{MediaRequest, newest_first};
use stellarr_core::table::requests::{
    PARTITION, guid_item, library_item, library_partition, library_row, request, request_item,
};
use stellarr_core::table::{Attribute, Attributes, ItemReader};

/// Writes under way at a time.
const WRITES_AT_ONCE: usize = 16;

/// Reads all requests and the whole library of a table into one document.
///
/// # Errors
/// AWS's.
pub async fn export(tables: &dyn Tables, table: &str, now: Timestamp) -> Result<ExportDocument, CommandError> {
    let (requests, library) = tokio::try_join!(list(tables, table), library(tables, table))?;
    Ok(ExportDocument::new(requests, library, written_at(now)))
}

/// Writes the moment of an export: ISO 8601, UTC, to the second.
pub(super) fn written_at(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Reads all requests of a table, newest first.
///
/// # Errors
/// AWS's.
pub async fn list(tables: &dyn Tables, table: &str) -> Result<Vec<MediaRequest>, CommandError> {
    let [movies, series] = MediaType::ALL.map(|media_type| TableQuery::of(PARTITION, media_type.as_str()));
    let (movies, series) = tokio::try_join!(tables.query(table, &movies), tables.query(table, &series))?;
    let mut requests: Vec<MediaRequest> =
        movies.iter().chain(&series).filter_map(|item| request(&reader(item))).collect();
    newest_first(&mut requests);
    Ok(requests)
}

async fn library(tables: &dyn Tables, table: &str) -> Result<Vec<LibraryRow>, CommandError> {
    let [movies, series] = MediaType::ALL.map(|of| TableQuery::of(PARTITION, library_partition(of)));
    let (movies, series) = tokio::try_join!(tables.query(table, &movies), tables.query(table, &series))?;
    Ok(movies.iter().chain(&series).filter_map(|item| library_row(&reader(item))).collect())
}

/// Puts everything of a document into a table that is not there yet, and changes nothing that is.
///
/// # Errors
/// AWS's; what was put until then stays, and a second import goes on from there.
pub async fn import(tables: &dyn Tables, table: &str, document: &ExportDocument) -> Result<Imported, CommandError> {
    let mut imported = Imported::default();
    let add = |item: TableItem| async move { tables.add(table, PARTITION, &item).await };
    let requests = stream::iter(document.requests.iter().map(|request| table_item(request_item(request))));
    let mut results = requests.map(add).buffer_unordered(WRITES_AT_ONCE);
    while let Some(is_new) = results.try_next().await? {
        imported.requests.count(is_new);
    }
    let guids = document.requests.iter().filter_map(|request| Some((request.plex_guid.as_deref()?, request.key())));
    let pointers = guids.map(|(guid, key)| table_item(guid_item(guid, key, &document.exported_at)));
    let pointers = stream::iter(pointers).map(add).buffer_unordered(WRITES_AT_ONCE);
    pointers.try_for_each(|_| async { Ok::<(), AwsError>(()) }).await?;
    let rows = stream::iter(document.library.iter().map(|row| table_item(library_item(&row.item, &row.synced_at))));
    let mut results = rows.map(add).buffer_unordered(WRITES_AT_ONCE);
    while let Some(is_new) = results.try_next().await? {
        imported.library.count(is_new);
    }
    Ok(imported)
}

fn reader<'a>(item: &'a TableItem) -> ItemReader<impl Fn(&str) -> Option<Attribute<'a>>> {
    ItemReader(move |name: &str| item.get(name).and_then(from_table))
}

fn from_table(value: &TableValue) -> Option<Attribute<'_>> {
    match value {
        TableValue::Text(text) => Some(Attribute::text(text.as_str())),
        TableValue::Number(digits) => Some(Attribute::Number(digits.into())),
        TableValue::List(values) => Some(Attribute::List(values.iter().filter_map(from_table).collect())),
        _ => None,
    }
}

fn table_item(attributes: Attributes<'_>) -> TableItem {
    attributes.0.into_iter().map(|(name, value)| (name.to_owned(), to_table(value))).collect()
}

fn to_table(value: Attribute<'_>) -> TableValue {
    match value {
        Attribute::Text(text) => TableValue::Text(text.into_owned()),
        Attribute::Number(digits) => TableValue::Number(digits.into_owned()),
        Attribute::List(values) => TableValue::List(values.into_iter().map(to_table).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stellarr_aws::{AwsErrorKind, Cloud};
    use stellarr_core::library::LibraryItem;
    use stellarr_core::table::requests::ItemKey;
    use stellarr_testing::{FakeCloud, Fault};

    fn document() -> ExportDocument {
        let movie = MediaRequest {
            media_type: MediaType::Movie,
            tmdb_id: 653,
            title: "Nosferatu".to_owned(),
            created_at: "2026-01-02T03:04:05.000006+00:00".to_owned(),
            year: Some(1922),
            overview: Some("A count moves.".to_owned()),
            poster_path: Some("/p.jpg".to_owned()),
            imdb_id: Some("tt0013442".to_owned()),
            tvdb_id: None,
            requested_by: Some("Zoë".to_owned()),
            genre_ids: vec![14, 27],
            original_language: Some("de".to_owned()),
            added_at: Some("2026-02-02T03:04:05.000006+00:00".to_owned()),
            plex_guid: Some("plex://movie/5d7768".to_owned()),
        };
        let series = serde_json::json!({
            "media_type": "tv",
            "tmdb_id": 82728,
            "title": "Bluey",
            "created_at": "2026-01-03T00:00:00.000000+00:00",
            "tvdb_id": 353_546,
        });
        let series = serde_json::from_value(series).unwrap();
        let row = LibraryRow {
            item: LibraryItem {
                media_type: MediaType::Tv,
                tmdb_id: 1399,
                tvdb_id: Some(121_361),
                title: Some("Thrones".to_owned()),
            },
            synced_at: "2026-01-01T00:00:00.000000+00:00".to_owned(),
        };
        ExportDocument::new(vec![movie, series], vec![row], written_at(Timestamp::UNIX_EPOCH))
    }

    #[tokio::test]
    async fn what_is_exported_comes_back_without_loss_and_once() {
        let cloud = FakeCloud::strict("eu-central-1");
        cloud.allow(&["dynamodb:*"]).add_table("old").add_table("new");
        let tables = cloud.tables();
        let first = import(tables.as_ref(), "old", &document()).await.unwrap();
        assert_eq!((first.requests.new, first.library.new), (2, 1));
        let exported = export(tables.as_ref(), "old", Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(exported, document());

        import(tables.as_ref(), "new", &exported).await.unwrap();
        assert_eq!(cloud.items("new"), cloud.items("old"));
        let again = import(tables.as_ref(), "new", &exported).await.unwrap();
        assert_eq!((again.requests.new, again.requests.present, again.library.present), (0, 2, 1));
        assert_eq!(cloud.items("new").len(), 4, "two requests, a row, and what leads from the guid");
    }

    fn key(partition: &str, sort: u64) -> TableItem {
        table_item(ItemKey { partition: partition.to_owned(), sort }.attributes())
    }

    #[tokio::test]
    async fn other_kinds_of_items_are_not_requests() {
        let cloud = FakeCloud::permissive("eu-central-1");
        cloud.add_table("t").add_items("t", [key("PUSH#Ann", 0), key("movie", 7)]);
        let requests = list(cloud.tables().as_ref(), "t").await.unwrap();
        assert_eq!(requests.iter().map(|request| request.tmdb_id).collect::<Vec<_>>(), [7]);
    }

    #[tokio::test]
    async fn an_import_that_broke_off_goes_on() {
        let cloud = FakeCloud::permissive("eu-central-1");
        cloud.add_table("t").inject("dynamodb:PutItem", 2, Fault::Fail(AwsErrorKind::Throttled));
        let tables = cloud.tables();
        assert!(import(tables.as_ref(), "t", &document()).await.is_err());
        let imported = import(tables.as_ref(), "t", &document()).await.unwrap();
        assert_eq!(imported.requests.new + imported.requests.present, 2);
        assert_eq!(cloud.items("t").len(), 4);
    }
}
