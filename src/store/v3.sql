-- From schema version 2 to 3: access tokens that were given back.
CREATE TABLE revoked_token (
    token_hash BLOB PRIMARY KEY,
    expires    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
