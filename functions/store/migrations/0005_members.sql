-- Addresses that a member signed in from, failures of all addresses by minute since 1970, and names as they were first seen.
-- Times are unix seconds.
CREATE TABLE sign_ins (
    caller TEXT NOT NULL PRIMARY KEY,
    signed_in_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE failures (
    minute INTEGER NOT NULL PRIMARY KEY,
    failed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    key TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
