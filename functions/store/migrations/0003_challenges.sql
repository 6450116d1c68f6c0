-- An answer is accepted once for each name; those accepted before this version count for every name.
CREATE TABLE used_answers (
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (hash, name)
) STRICT, WITHOUT ROWID;
INSERT INTO used_answers SELECT hash, '', 0, expires FROM challenges;
DROP TABLE challenges;
