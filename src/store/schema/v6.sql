-- From schema version 5 to 6: Privacy Service Events, and where a seed says that the result of a job is.
ALTER TABLE privacy_job ADD COLUMN download TEXT;

CREATE TABLE event_registration (
    id         INTEGER PRIMARY KEY,
    org_id     INTEGER NOT NULL REFERENCES org (id),
    public_id  TEXT NOT NULL,
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,
    api_key    TEXT NOT NULL,
    events     TEXT NOT NULL,
    created    INTEGER NOT NULL,
    verified   INTEGER,
    challenges INTEGER NOT NULL DEFAULT 0,
    due        INTEGER,
    problem    TEXT,
    UNIQUE (org_id, public_id)
) STRICT;

CREATE TABLE event_delivery (
    id              INTEGER PRIMARY KEY,
    org_id          INTEGER NOT NULL REFERENCES org (id),
    registration_id INTEGER NOT NULL REFERENCES event_registration (id) ON DELETE CASCADE,
    job_id          TEXT NOT NULL,
    event_id        TEXT NOT NULL,
    type            TEXT NOT NULL,
    body            TEXT NOT NULL,
    created         INTEGER NOT NULL,
    status          TEXT NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'retrying', 'delivered', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    first_tried     INTEGER,
    due             INTEGER,
    ended           INTEGER,
    problem         TEXT,
    CHECK ((ended IS NULL) = (status IN ('pending', 'retrying')))
) STRICT;

CREATE INDEX event_delivery_of_registration ON event_delivery (registration_id, job_id, id);
CREATE INDEX event_delivery_due ON event_delivery (registration_id, due) WHERE due IS NOT NULL;
CREATE INDEX event_delivery_of_org ON event_delivery (org_id, id);
CREATE INDEX event_delivery_owed ON event_delivery (org_id) WHERE ended IS NULL;
CREATE INDEX event_delivery_ended ON event_delivery (ended) WHERE ended IS NOT NULL;
