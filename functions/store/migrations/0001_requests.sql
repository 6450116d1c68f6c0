CREATE TABLE requests (
    media_type TEXT NOT NULL,
    tmdb_id INTEGER NOT NULL,
    title TEXT NOT NULL,
    created_at TEXT NOT NULL,
    year INTEGER,
    overview TEXT,
    poster_path TEXT,
    imdb_id TEXT,
    tvdb_id INTEGER,
    requested_by TEXT,
    genre_ids TEXT NOT NULL DEFAULT '[]',
    original_language TEXT,
    added_at TEXT,
    plex_guid TEXT,
    PRIMARY KEY (media_type, tmdb_id)
) STRICT;
CREATE INDEX requests_by_tvdb_id ON requests (tvdb_id) WHERE tvdb_id IS NOT NULL;
CREATE INDEX requests_by_plex_guid ON requests (plex_guid) WHERE plex_guid IS NOT NULL;

-- synced_at and opened_at are microseconds since 1970.
CREATE TABLE library (
    media_type TEXT NOT NULL,
    tmdb_id INTEGER NOT NULL,
    tvdb_id INTEGER,
    title TEXT,
    synced_at INTEGER NOT NULL,
    PRIMARY KEY (media_type, tmdb_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE generations (
    media_type TEXT NOT NULL PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    received INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE guids (
    plex_guid TEXT NOT NULL PRIMARY KEY,
    tmdb_id INTEGER,
    tvdb_id INTEGER,
    cached_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Times of logins are unix seconds.
CREATE TABLE attempts (
    caller TEXT NOT NULL PRIMARY KEY,
    failed INTEGER NOT NULL,
    first_attempt INTEGER NOT NULL,
    last_attempt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE challenges (
    hash TEXT NOT NULL PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriptions (
    endpoint TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    language TEXT,
    subscribed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_by_name ON subscriptions (name);
