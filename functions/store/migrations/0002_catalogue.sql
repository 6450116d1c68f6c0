-- Times are unix seconds. A packed overview is Brotli.
CREATE TABLE catalogue (
    list TEXT NOT NULL,
    tmdb_id INTEGER NOT NULL,
    score REAL NOT NULL,
    expires_at INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    title TEXT NOT NULL,
    overview ANY NOT NULL,
    poster_path TEXT,
    backdrop_path TEXT,
    release_date TEXT,
    genre_ids TEXT NOT NULL,
    popularity REAL NOT NULL,
    vote_average REAL NOT NULL,
    vote_count INTEGER NOT NULL,
    original_language TEXT NOT NULL,
    adult INTEGER NOT NULL,
    PRIMARY KEY (list, tmdb_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_best_first ON catalogue (list, score DESC, tmdb_id DESC);
CREATE INDEX catalogue_by_expiry ON catalogue (expires_at);

CREATE TABLE library_facts (
    media_type TEXT NOT NULL,
    tmdb_id INTEGER NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (media_type, tmdb_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogue_summary (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    body TEXT NOT NULL
) STRICT;
