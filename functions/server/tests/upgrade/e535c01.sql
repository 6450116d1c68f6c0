PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO _sqlx_migrations VALUES(1,'requests','2026-12-01 01:03:32',1,X'be8688da184b9cfc5d9d014236078cbb3893cf7807c33ff054379df9b391bfb60dad5bb2df826624f5e4f7ad344469a5',1158272);
INSERT INTO _sqlx_migrations VALUES(2,'catalogue','2026-12-01 01:03:32',1,X'4398d915ece71cb7f1b8cbed3f859279feb8fcd770087d88084bf0397fc1a55312a16f9503509426573ca26d344de344',584752);
INSERT INTO _sqlx_migrations VALUES(3,'challenges','2026-12-01 01:03:32',1,X'6cb6c449e961fbb9c3ceb17bf41826edfd8c36fd4107ddf7126d34f5652b839c4d61155fa4088f8f7a5a248d25167e22',353252);
INSERT INTO _sqlx_migrations VALUES(4,'generations','2026-12-01 01:03:32',1,X'6db40425bb4e828f80b71ce75dec2e1a502228d930c57e388594abc5f2b15d0df77a3b71d14d2a46d99519b9d9ad96e0',674009);
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
INSERT INTO requests VALUES('movie',550,'Fight Club','2025-01-02T03:04:05.000006+00:00',1999,NULL,NULL,'tt0137523',NULL,'Zoë','[18]',NULL,NULL,NULL);
INSERT INTO requests VALUES('tv',1399,'Game of Thrones','2025-01-05T03:04:05.000006+00:00',NULL,NULL,NULL,NULL,121361,'ZOË','[18]',NULL,NULL,NULL);
INSERT INTO requests VALUES('movie',603,'The Matrix','2025-01-01T03:04:05.000006+00:00',NULL,NULL,NULL,NULL,NULL,'Zoë','[18]',NULL,NULL,NULL);
INSERT INTO requests VALUES('movie',11,'Star Wars','2025-01-03T03:04:05.000006+00:00',NULL,NULL,NULL,NULL,NULL,'Ana','[18]',NULL,'2025-01-09T00:00:00+00:00','plex://movie/old');
INSERT INTO requests VALUES('movie',13,'Forrest Gump','2024-12-01T03:04:05.000006+00:00',NULL,NULL,NULL,NULL,NULL,'Anna','[]',NULL,NULL,NULL);
INSERT INTO requests VALUES('movie',14,'American Beauty','2024-12-02T03:04:05.000006+00:00',NULL,NULL,NULL,NULL,NULL,'anna ','[]',NULL,NULL,NULL);
INSERT INTO requests VALUES('tv',1400,'Seinfeld','2024-12-03T03:04:05.000006+00:00',NULL,NULL,NULL,NULL,79169,'Ａｎｎａ','[]',NULL,NULL,NULL);
CREATE TABLE library (
    media_type TEXT NOT NULL,
    tmdb_id INTEGER NOT NULL,
    tvdb_id INTEGER,
    title TEXT,
    synced_at INTEGER NOT NULL,
    PRIMARY KEY (media_type, tmdb_id)
) STRICT, WITHOUT ROWID;
INSERT INTO library VALUES('movie',11,NULL,'Star Wars',1796087014333121);
INSERT INTO library VALUES('movie',12,NULL,'Finding Nemo',1796087014333121);
INSERT INTO library VALUES('tv',82728,353546,'Bluey',1796087014361998);
CREATE TABLE guids (
    plex_guid TEXT NOT NULL PRIMARY KEY,
    tmdb_id INTEGER,
    tvdb_id INTEGER,
    cached_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE attempts (
    caller TEXT NOT NULL PRIMARY KEY,
    failed INTEGER NOT NULL,
    first_attempt INTEGER NOT NULL,
    last_attempt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO attempts VALUES('127.0.0.1',5,1796087014,1796087049);
CREATE TABLE subscriptions (
    endpoint TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    language TEXT,
    subscribed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO subscriptions VALUES('http://127.0.0.1:9/c106d155','Zoë','BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4','BTBZMqHH6r4Tts7J_aSIgg',NULL,'2026-12-01T01:03:34.385558+00:00');
INSERT INTO subscriptions VALUES('http://127.0.0.1:9/c6a12698','Zoë','BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4','BTBZMqHH6r4Tts7J_aSIgg',NULL,'2026-12-01T01:03:34.377969+00:00');
INSERT INTO subscriptions VALUES('http://127.0.0.1:9/d7782b2b','ZOË','BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4','BTBZMqHH6r4Tts7J_aSIgg',NULL,'2026-12-01T01:03:34.381327+00:00');
INSERT INTO subscriptions VALUES('http://127.0.0.1:9/dea210f0','Ana','BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4','BTBZMqHH6r4Tts7J_aSIgg',NULL,'2026-12-01T01:03:34.387357+00:00');
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
CREATE TABLE openings (
    media_type TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    filled INTEGER NOT NULL,
    PRIMARY KEY (media_type, opened_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE floors (
    media_type TEXT NOT NULL PRIMARY KEY,
    floor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE challenges (
    hash TEXT NOT NULL PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_by_tvdb_id ON requests (tvdb_id) WHERE tvdb_id IS NOT NULL;
CREATE INDEX requests_by_plex_guid ON requests (plex_guid) WHERE plex_guid IS NOT NULL;
CREATE INDEX subscriptions_by_name ON subscriptions (name);
CREATE INDEX catalogue_best_first ON catalogue (list, score DESC, tmdb_id DESC);
CREATE INDEX catalogue_by_expiry ON catalogue (expires_at);
CREATE INDEX attempts_by_age ON attempts (first_attempt);
COMMIT;
