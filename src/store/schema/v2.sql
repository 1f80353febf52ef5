-- From schema version 1 to 2: records of any resource, links, and what lists are searched by.
ALTER TABLE org RENAME COLUMN last_profile TO last_number;

ALTER TABLE profile DROP COLUMN opt_out_changes;
ALTER TABLE profile ADD COLUMN key TEXT;
ALTER TABLE profile ADD COLUMN email TEXT AS (coalesce(attributes ->> 'email', '')) VIRTUAL;
ALTER TABLE profile ADD COLUMN first_name TEXT AS (coalesce(attributes ->> 'firstName', '')) VIRTUAL;
ALTER TABLE profile ADD COLUMN last_name TEXT AS (coalesce(attributes ->> 'lastName', '')) VIRTUAL;

CREATE UNIQUE INDEX profile_key ON profile (org_id, key) WHERE key IS NOT NULL;
CREATE INDEX profile_by_created ON profile (org_id, created);
CREATE INDEX profile_by_email ON profile (org_id, email);
CREATE INDEX profile_by_first_name ON profile (org_id, first_name);
CREATE INDEX profile_by_last_name ON profile (org_id, last_name);

CREATE TABLE record (
    id            INTEGER PRIMARY KEY,
    org_id        INTEGER NOT NULL REFERENCES org (id) CHECK (org_id = id >> 40),
    resource      TEXT NOT NULL,
    key           TEXT,
    created       INTEGER NOT NULL,
    last_modified INTEGER NOT NULL,
    due           INTEGER,
    attributes    TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX record_key ON record (org_id, resource, key) WHERE key IS NOT NULL;
CREATE INDEX record_of_resource ON record (org_id, resource);
CREATE INDEX record_due ON record (due) WHERE due IS NOT NULL;

CREATE TABLE link (
    from_id INTEGER NOT NULL,
    name    TEXT NOT NULL,
    to_id   INTEGER NOT NULL,
    PRIMARY KEY (from_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX link_to ON link (to_id, name);
