//! Requests and library in the deployment's own table.
//!
//! The table's keys are `media_type` and `tmdb_id`, whatever an item is; the partitions of films and series hold
//! requests, and those with `LIBRARY#` before them the library.

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::document::{Document, Imported, LibraryRow};
use crate::base::error::CommandError;
use stellarr_aws::{AwsError, TableItem, TableQuery, TableValue, Tables};
use stellarr_core::library::LibraryItem;
use stellarr_core::media::MediaType;
use stellarr_core::request::{MediaRequest, newest_first};

const PARTITION: &str = "media_type";
const SORT: &str = "tmdb_id";
const LIBRARY: &str = "LIBRARY#";

/// Writes under way at a time.
const WRITES_AT_ONCE: usize = 16;

/// The most bytes that a partition key takes.
const LONGEST_KEY: usize = 2_048;

/// Reads all requests and the whole library of a table into one document.
///
/// # Errors
/// AWS's.
pub async fn export(tables: &dyn Tables, table: &str, now: Timestamp) -> Result<Value, CommandError> {
    let (requests, library) = tokio::try_join!(list(tables, table), library(tables, table))?;
    serde_json::to_value(Document::new(requests, library, now))
        .map_err(|error| CommandError::failed(format!("the export could not be written: {error}")))
}

/// Reads all requests of a table, newest first.
///
/// # Errors
/// AWS's.
pub async fn list(tables: &dyn Tables, table: &str) -> Result<Vec<MediaRequest>, CommandError> {
    let [movies, series] = MediaType::ALL.map(|media_type| TableQuery::of(PARTITION, media_type.as_str()));
    let (movies, series) = tokio::try_join!(tables.query(table, &movies), tables.query(table, &series))?;
    let mut requests: Vec<MediaRequest> = movies.iter().chain(&series).filter_map(request_from).collect();
    newest_first(&mut requests);
    Ok(requests)
}

async fn library(tables: &dyn Tables, table: &str) -> Result<Vec<LibraryRow>, CommandError> {
    let [movies, series] = MediaType::ALL.map(|media_type| TableQuery::of(PARTITION, format!("{LIBRARY}{media_type}")));
    let (movies, series) = tokio::try_join!(tables.query(table, &movies), tables.query(table, &series))?;
    Ok(movies.iter().chain(&series).filter_map(row_from).collect())
}

/// Puts everything of a document into a table that is not there yet, and changes nothing that is.
///
/// # Errors
/// AWS's; what was put until then stays, and a second import goes on from there.
pub async fn import(tables: &dyn Tables, table: &str, document: &Document) -> Result<Imported, CommandError> {
    let mut imported = Imported::default();
    let add = |item: TableItem| async move { tables.add(table, PARTITION, &item).await };
    let requests = stream::iter(document.requests.iter().map(to_request));
    let mut results = requests.map(add).buffer_unordered(WRITES_AT_ONCE);
    while let Some(is_new) = results.try_next().await? {
        imported.requests.count(is_new);
    }
    let pointers = document.requests.iter().filter_map(|request| to_pointer(request, &document.exported_at));
    let pointers = stream::iter(pointers).map(add).buffer_unordered(WRITES_AT_ONCE);
    pointers.try_for_each(|_| async { Ok::<(), AwsError>(()) }).await?;
    let rows = stream::iter(document.library.iter().map(to_row));
    let mut results = rows.map(add).buffer_unordered(WRITES_AT_ONCE);
    while let Some(is_new) = results.try_next().await? {
        imported.library.count(is_new);
    }
    Ok(imported)
}

fn text(item: &TableItem, name: &str) -> Option<String> {
    item.get(name)?.as_text().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn number<T: std::str::FromStr>(item: &TableItem, name: &str) -> Option<T> {
    item.get(name)?.as_number()
}

fn request_from(item: &TableItem) -> Option<MediaRequest> {
    let genre_ids = match item.get("genre_ids") {
        Some(TableValue::List(ids)) => ids.iter().filter_map(TableValue::as_number).collect(),
        _ => Vec::new(),
    };
    Some(MediaRequest {
        media_type: text(item, PARTITION)?.parse().ok()?,
        tmdb_id: number(item, SORT)?,
        title: text(item, "title").unwrap_or_default(),
        created_at: text(item, "created_at").unwrap_or_default(),
        year: number(item, "year"),
        overview: text(item, "overview"),
        poster_path: text(item, "poster_path"),
        imdb_id: text(item, "imdb_id"),
        tvdb_id: number(item, "tvdb_id"),
        requested_by: text(item, "requested_by"),
        genre_ids,
        original_language: text(item, "original_language"),
        added_at: text(item, "added_at"),
        plex_guid: text(item, "plex_guid"),
    })
}

fn row_from(item: &TableItem) -> Option<LibraryRow> {
    Some(LibraryRow {
        item: LibraryItem {
            media_type: text(item, PARTITION)?.strip_prefix(LIBRARY)?.parse().ok()?,
            tmdb_id: number(item, SORT)?,
            tvdb_id: number(item, "tvdb_id"),
            title: text(item, "title"),
        },
        synced_at: text(item, "synced_at").unwrap_or_default(),
    })
}

/// An item's key, and ways to add to it what there is.
struct NewItem(TableItem);

impl NewItem {
    fn new(partition: impl Into<String>, sort: u64) -> Self {
        let key = [(PARTITION, TableValue::text(partition)), (SORT, TableValue::number(sort))];
        Self(key.map(|(name, value)| (name.to_owned(), value)).into())
    }

    fn text(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.insert(name.to_owned(), TableValue::text(value));
        }
        self
    }

    fn number(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), TableValue::number(value));
        }
        self
    }
}

fn to_request(request: &MediaRequest) -> TableItem {
    // What series are found by when only TheTVDB's id is known.
    let lookup = request.tvdb_id.filter(|_| request.media_type == MediaType::Tv).map(|id| format!("TVDB#{id}"));
    let mut item = NewItem::new(request.media_type.as_str(), request.tmdb_id)
        .text("title", Some(&request.title))
        .text("created_at", Some(&request.created_at))
        .number("year", request.year)
        .text("overview", request.overview.as_deref())
        .text("poster_path", request.poster_path.as_deref())
        .text("imdb_id", request.imdb_id.as_deref())
        .number("tvdb_id", request.tvdb_id)
        .text("requested_by", request.requested_by.as_deref())
        .text("original_language", request.original_language.as_deref())
        .text("added_at", request.added_at.as_deref())
        .text("plex_guid", request.plex_guid.as_deref())
        .text("lookup", lookup.as_deref())
        .0;
    if !request.genre_ids.is_empty() {
        let ids = request.genre_ids.iter().map(TableValue::number).collect();
        item.insert("genre_ids".to_owned(), TableValue::List(ids));
    }
    item
}

/// What leads from Plex's guid to the request that arrived under it.
fn to_pointer(request: &MediaRequest, cached_at: &str) -> Option<TableItem> {
    let guid = request.plex_guid.as_deref()?;
    let plain = format!("PLEX_GUID#{guid}");
    let partition = if plain.len() <= LONGEST_KEY {
        plain
    } else {
        format!("PLEX_GUID#sha256:{}", hex::encode(Sha256::digest(guid)))
    };
    let item = NewItem::new(partition, 0)
        .text("plex_guid", Some(guid))
        .text("cached_at", Some(cached_at))
        .text("request_type", Some(request.media_type.as_str()))
        .number("request_id", Some(request.tmdb_id));
    Some(item.0)
}

fn to_row(row: &LibraryRow) -> TableItem {
    NewItem::new(format!("{LIBRARY}{}", row.item.media_type), row.item.tmdb_id)
        .text("synced_at", Some(&row.synced_at))
        .number("tvdb_id", row.item.tvdb_id)
        .text("title", row.item.title.as_deref())
        .0
}

#[cfg(test)]
mod tests {
    use super::*;
    use stellarr_aws::{AwsErrorKind, Cloud};
    use stellarr_testing::{FakeCloud, Fault};

    fn document() -> Document {
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
        Document::new(vec![movie, series], vec![row], Timestamp::UNIX_EPOCH)
    }

    #[tokio::test]
    async fn what_is_exported_comes_back_without_loss_and_once() {
        let cloud = FakeCloud::strict("eu-central-1");
        cloud.allow(&["dynamodb:*"]).add_table("old").add_table("new");
        let tables = cloud.tables();
        let first = import(tables.as_ref(), "old", &document()).await.unwrap();
        assert_eq!((first.requests.new, first.library.new), (2, 1));
        let exported = export(tables.as_ref(), "old", Timestamp::UNIX_EPOCH).await.unwrap();
        let document = Document::parse(&exported.to_string()).unwrap();
        assert_eq!(document, self::document());

        import(tables.as_ref(), "new", &document).await.unwrap();
        assert_eq!(cloud.items("new"), cloud.items("old"));
        let again = import(tables.as_ref(), "new", &document).await.unwrap();
        assert_eq!((again.requests.new, again.requests.present, again.library.present), (0, 2, 1));
        assert_eq!(cloud.items("new").len(), 4, "two requests, a row, and what leads from the guid");
    }

    #[tokio::test]
    async fn other_kinds_of_items_are_not_requests() {
        let cloud = FakeCloud::permissive("eu-central-1");
        cloud.add_table("t").add_items("t", [NewItem::new("PUSH#Ann", 0).0, NewItem::new("movie", 7).0]);
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
