-- Several generations of a library may be open; times are microseconds since 1970, and rows synced before the floor are
-- gone.
CREATE TABLE openings (
    media_type TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    filled INTEGER NOT NULL,
    PRIMARY KEY (media_type, opened_at)
) STRICT, WITHOUT ROWID;
INSERT INTO openings SELECT media_type, opened_at, received > 0 FROM generations;
DROP TABLE generations;

CREATE TABLE floors (
    media_type TEXT NOT NULL PRIMARY KEY,
    floor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An answer to a challenge is accepted once. Times of logins are unix seconds.
CREATE TABLE challenges (
    hash TEXT NOT NULL PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO challenges SELECT hash, max(expires) FROM used_answers GROUP BY hash;
DROP TABLE used_answers;

CREATE INDEX attempts_by_age ON attempts (first_attempt);
