-- From schema version 8 to 9: exercises. Orgs that there are have none until they are reset.
CREATE TABLE exercise (
    org_id  INTEGER NOT NULL REFERENCES org (id),
    id      TEXT NOT NULL,
    done_at INTEGER,
    PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;
