-- From schema version 6 to 7: the seats of a training room.
CREATE TABLE seat (
    org  TEXT PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
