-- Every table of campaign-mock. All are STRICT; moments are INTEGER milliseconds since the epoch.
-- One writer thread owns the only read-write connection, so "who writes it" names a use case.

-- What the database itself is about: one row per name. Written once, when the file is made.
--   install_key   32 bytes that every PKey and cursor is sealed with
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A generation of a tenant: what it is from its making, or from a reset, to the next reset. Written
-- when the tenant is first called and by resets; the counters move with each record. Its IMS org and
-- its customer follow from its name. One that is over has no name: nobody can call it, nothing of it
-- happens any more, and its rows are removed bit by bit, this one last; or it is mended, where the seed has
-- much: what has changed is put back, and it waits as a standby until a reset gives it the name again.
CREATE TABLE org (
    -- Never of another generation while anybody holds this one.
    id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4194303),
    name        TEXT UNIQUE,                -- the <ORGANIZATION> segment of its URLs; NULL once over
    last_number INTEGER NOT NULL DEFAULT 0, -- number of its newest record; never used again
    profiles    INTEGER NOT NULL DEFAULT 0, -- how many there are, so that lists need not count
    progression TEXT,                       -- JSON: what moves its privacy jobs; NULL as configured
    former_name TEXT,                       -- of a retired one; of a standby, the name that it is to get
    standby     INTEGER NOT NULL DEFAULT 0 CHECK (standby IN (0, 1))
) STRICT;

CREATE UNIQUE INDEX org_standby ON org (former_name) WHERE standby = 1;

-- A profile. Written by create, update and delete, and when a tenant is made from the seed.
-- The id is the org's id and the record's number in one integer: a tenant's profiles lie side by
-- side, a PKey is read by one primary-key look-up, and pages of a list are ranges of the key.
CREATE TABLE profile (
    id            INTEGER PRIMARY KEY,      -- org_id * 2^40 + number
    org_id        INTEGER NOT NULL REFERENCES org (id) CHECK (org_id = id >> 40),
    key           TEXT,                     -- value of the customer's own key field, if he has one
    created       INTEGER NOT NULL,
    last_modified INTEGER NOT NULL,
    ccpa_opt_out  INTEGER NOT NULL CHECK (ccpa_opt_out IN (0, 1)),
    attributes    TEXT NOT NULL,            -- JSON object: every other field that is set, by API name
    -- What lists of any length are searched and ordered by.
    email         TEXT AS (coalesce(attributes ->> 'email', '')) VIRTUAL,
    first_name    TEXT AS (coalesce(attributes ->> 'firstName', '')) VIRTUAL,
    last_name     TEXT AS (coalesce(attributes ->> 'lastName', '')) VIRTUAL
) STRICT;

CREATE UNIQUE INDEX profile_key ON profile (org_id, key) WHERE key IS NOT NULL;
CREATE INDEX profile_opted_out ON profile (org_id) WHERE ccpa_opt_out = 1;
CREATE INDEX profile_by_created ON profile (org_id, created);
CREATE INDEX profile_by_email ON profile (org_id, email);
CREATE INDEX profile_by_first_name ON profile (org_id, first_name);
CREATE INDEX profile_by_last_name ON profile (org_id, last_name);

-- A record of any other resource: a service, a subscription, a record of a customer's own. Ids are
-- made as those of profiles are, from the same numbers, so that no two records share one.
CREATE TABLE record (
    id            INTEGER PRIMARY KEY,      -- org_id * 2^40 + number
    org_id        INTEGER NOT NULL REFERENCES org (id) CHECK (org_id = id >> 40),
    resource      TEXT NOT NULL,            -- API name
    key           TEXT,                     -- value of its key field; of a subscription, the pair
    created       INTEGER NOT NULL,
    last_modified INTEGER NOT NULL,
    due           INTEGER,                  -- when the worker has to look at it
    attributes    TEXT NOT NULL             -- JSON object: every other field that is set
) STRICT;

CREATE UNIQUE INDEX record_key ON record (org_id, resource, key) WHERE key IS NOT NULL;
CREATE INDEX record_of_resource ON record (org_id, resource);
CREATE INDEX record_due ON record (due) WHERE due IS NOT NULL;

-- A link from a record to another; profiles are records too. Written with the record, and gone with
-- either end.
CREATE TABLE link (
    from_id INTEGER NOT NULL,
    name    TEXT NOT NULL,                  -- API name of the field
    to_id   INTEGER NOT NULL,
    PRIMARY KEY (from_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX link_to ON link (to_id, name);

-- The ledger: one row for every change of ccpa_opt_out that a client made, in order. It is the
-- outbox of the privacy queue and the consent history in one.
-- Written by create and update in the profile's own transaction, with the job or the consent that the change becomes.
CREATE TABLE opt_out_change (
    id         INTEGER PRIMARY KEY,         -- the order in which changes were made
    org_id     INTEGER NOT NULL REFERENCES org (id),
    profile_id INTEGER NOT NULL,            -- outlives the profile: no foreign key
    sequence   INTEGER NOT NULL CHECK (sequence > 0),
    from_value INTEGER NOT NULL CHECK (from_value IN (0, 1)),
    to_value   INTEGER NOT NULL CHECK (to_value = 1 - from_value),
    changed_at INTEGER NOT NULL,
    request_id TEXT NOT NULL,               -- X-Request-Id of the write
    api_key    TEXT NOT NULL,               -- client id of the write
    identities TEXT NOT NULL,               -- JSON: how the data subject was known at that moment
    applied_by TEXT,                        -- the privacy job or consent that made the change
    UNIQUE (profile_id, sequence)
) STRICT;

CREATE INDEX opt_out_change_of_org ON opt_out_change (org_id, id);

-- Changes of a file of an earlier version that are still to become a job or a consent; empty once the server has started.
CREATE TABLE unqueued_change (
    change_id INTEGER PRIMARY KEY REFERENCES opt_out_change (id)
) STRICT;

-- A privacy job. Written with an opt-out (change_id is set, and UNIQUE: no change becomes two jobs), by Privacy
-- Service's create calls, with a privacy request of Campaign's own (record_number is set), and when a tenant is made
-- from the seed; moved by the worker, by reads and by the control API.
CREATE TABLE privacy_job (
    id            INTEGER PRIMARY KEY,      -- order of creation
    org_id        INTEGER NOT NULL REFERENCES org (id),
    job_id        TEXT NOT NULL,            -- UUID; a restored snapshot has the same ones
    request_id    TEXT NOT NULL,
    change_id     INTEGER UNIQUE REFERENCES opt_out_change (id),
    record_number INTEGER,                  -- Privacy Service does not show jobs that have one
    parent        TEXT,                     -- job_id of the org's; see privacy_job_orphaned
    user_key      TEXT NOT NULL,
    action        TEXT NOT NULL CHECK (action IN ('access', 'delete', 'opt-out-of-sale')),
    regulation    TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('submitted', 'processing', 'complete', 'error')),
    submitted_by  TEXT NOT NULL,            -- technical account
    instance      TEXT,                     -- the Campaign instance that the request names
    identities    TEXT NOT NULL,            -- JSON
    products      TEXT NOT NULL,            -- JSON array: each product and how far it is
    history       TEXT NOT NULL,            -- JSON array: every move
    progression   TEXT,                     -- JSON: what moves it, if not what moves the org's others
    reads         INTEGER NOT NULL DEFAULT 0, -- since its last move
    created       INTEGER NOT NULL,
    last_modified INTEGER NOT NULL,
    due           INTEGER,                  -- when the next move is to be made; NULL if not by itself
    expires       INTEGER,                  -- set when it is done, but not by the seed; the row goes then
    claimed       INTEGER NOT NULL DEFAULT 0 CHECK (claimed IN (0, 1)), -- the worker is at it
    attempts      INTEGER NOT NULL DEFAULT 0, -- of the next move, counted when claimed
    download      TEXT,                     -- where its result is, if the seed says so
    UNIQUE (org_id, job_id)
) STRICT;

-- With the status, so that a list of one status reads no row that it does not show.
CREATE INDEX privacy_job_listed ON privacy_job (org_id, regulation, created, id, status)
    WHERE record_number IS NULL;
CREATE INDEX privacy_job_of_record ON privacy_job (org_id, record_number)
    WHERE record_number IS NOT NULL;
CREATE INDEX privacy_job_due ON privacy_job (due) WHERE due IS NOT NULL AND claimed = 0;
CREATE INDEX privacy_job_expires ON privacy_job (expires) WHERE expires IS NOT NULL;
CREATE INDEX privacy_job_parent ON privacy_job (parent) WHERE parent IS NOT NULL;

-- What a foreign key would do if it could leave org_id alone.
CREATE TRIGGER privacy_job_orphaned AFTER DELETE ON privacy_job BEGIN
    UPDATE privacy_job SET parent = NULL WHERE parent = old.job_id AND org_id = old.org_id;
END;

-- How many jobs of a kind there are that Privacy Service shows, so that lists need not count. Written with
-- the job, and by the trigger when it goes.
CREATE TABLE privacy_job_count (
    org_id     INTEGER NOT NULL,
    regulation TEXT NOT NULL,
    status     TEXT NOT NULL,
    jobs       INTEGER NOT NULL,
    PRIMARY KEY (org_id, regulation, status)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER privacy_job_gone AFTER DELETE ON privacy_job WHEN old.record_number IS NULL BEGIN
    UPDATE privacy_job_count SET jobs = jobs - 1
        WHERE org_id = old.org_id AND regulation = old.regulation AND status = old.status;
END;

-- What an access job found: the ZIP it offers. Written when Campaign has answered, offered from the
-- end of the job on, and kept longer than the job.
CREATE TABLE privacy_archive (
    job_id  TEXT NOT NULL,                  -- outlives the job: no foreign key
    org_id  INTEGER NOT NULL REFERENCES org (id),
    content BLOB NOT NULL,
    expires INTEGER,                        -- NULL until the job is complete; the row goes then
    PRIMARY KEY (org_id, job_id)
) STRICT;

CREATE INDEX privacy_archive_expires ON privacy_archive (expires) WHERE expires IS NOT NULL;

-- A registration for Privacy Service Events: which events go to which webhook. Written when a tenant is made from the
-- seed or from a snapshot, and by the control API; the worker writes how the challenge went.
CREATE TABLE event_registration (
    id         INTEGER PRIMARY KEY,
    org_id     INTEGER NOT NULL REFERENCES org (id),
    public_id  TEXT NOT NULL,               -- UUID; a restored snapshot has the same ones
    name       TEXT NOT NULL,
    url        TEXT NOT NULL,
    api_key    TEXT NOT NULL,               -- of the credential whose secret signs; the secret is in the seed alone
    events     TEXT NOT NULL,               -- JSON array of types
    created    INTEGER NOT NULL,
    verified   INTEGER,                     -- when the webhook answered the challenge; nothing is sent before
    challenges INTEGER NOT NULL DEFAULT 0,  -- that have failed
    due        INTEGER,                     -- when to ask again; NULL once verified
    problem    TEXT,                        -- of the last challenge
    UNIQUE (org_id, public_id)
) STRICT;

-- An event for a webhook. Written with the move of a job that it tells of, once for each registration there is at that
-- moment; the worker writes how each try went. Of the events of one job for one webhook that are not over, the first
-- alone is due.
CREATE TABLE event_delivery (
    id              INTEGER PRIMARY KEY,    -- the order in which they happened
    org_id          INTEGER NOT NULL REFERENCES org (id),
    registration_id INTEGER NOT NULL REFERENCES event_registration (id) ON DELETE CASCADE,
    job_id          TEXT NOT NULL,          -- outlives the job: no foreign key
    event_id        TEXT NOT NULL,          -- UUID, the same for all webhooks
    type            TEXT NOT NULL,
    body            TEXT NOT NULL,          -- what is sent, the same each time
    created         INTEGER NOT NULL,
    status          TEXT NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'retrying', 'delivered', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    first_tried     INTEGER,
    due             INTEGER,                -- when to try next; NULL while an earlier one is due, and once over
    ended           INTEGER,                -- when it was delivered or given up
    problem         TEXT,                   -- of the last try
    CHECK ((ended IS NULL) = (status IN ('pending', 'retrying')))
) STRICT;

CREATE INDEX event_delivery_of_registration ON event_delivery (registration_id, job_id, id);
CREATE INDEX event_delivery_due ON event_delivery (registration_id, due) WHERE due IS NOT NULL;
CREATE INDEX event_delivery_of_org ON event_delivery (org_id, id);
CREATE INDEX event_delivery_owed ON event_delivery (org_id) WHERE ended IS NULL;
CREATE INDEX event_delivery_ended ON event_delivery (ended) WHERE ended IS NOT NULL;

-- A consent: what a withdrawn opt-out becomes, for which Privacy Service has no job (change_id is
-- set; written with the change), and what Privacy Service's consent call says.
CREATE TABLE privacy_consent (
    id              INTEGER PRIMARY KEY,
    org_id          INTEGER NOT NULL REFERENCES org (id),
    change_id       INTEGER UNIQUE REFERENCES opt_out_change (id),
    request_id      TEXT,                   -- as the caller sent it
    transaction_id  TEXT,                   -- as the caller sent it
    opt_out_of_sale INTEGER NOT NULL CHECK (opt_out_of_sale IN (0, 1)),
    identities      TEXT NOT NULL,          -- JSON
    applied         INTEGER,                -- how many profiles it changed; NULL if it is not to
    recorded_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX privacy_consent_of_org ON privacy_consent (org_id, id);

-- An exercise of a tenant. Written when the tenant is made from the seed or from a snapshot, and once when it is seen
-- that the exercise is done: what it was seen by, such as a request in the journal, may be gone by then.
CREATE TABLE exercise (
    org_id  INTEGER NOT NULL REFERENCES org (id),
    id      TEXT NOT NULL,                  -- as in the seed, which has the rest
    done_at INTEGER,                        -- NULL until it is done
    PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;

-- An access token that was given back before it expired. Written by the token service's invalidate
-- call, which also drops those that have expired since.
CREATE TABLE revoked_token (
    token_hash BLOB PRIMARY KEY,            -- SHA-256; the token itself is kept nowhere
    expires    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An org as it was at a moment, to go back to or to compare with. Written and removed by the control
-- API alone. A document rather than rows of its own: nothing that looks for work can come upon it.
CREATE TABLE snapshot (
    name     TEXT NOT NULL,
    org      TEXT NOT NULL,                 -- the org's name
    taken_at INTEGER NOT NULL,
    counts   TEXT NOT NULL,                 -- JSON: how much of what it holds
    content  TEXT NOT NULL,                 -- JSON: all of it, see src/domain/snapshot
    PRIMARY KEY (name, org)
) STRICT;

-- A seat of a training room: an org that has a token and a code of its own for the control API. Written when seats
-- are made, and removed with the org.
CREATE TABLE seat (
    org  TEXT PRIMARY KEY,                  -- the org's name
    name TEXT NOT NULL                      -- how its code begins
) STRICT, WITHOUT ROWID;
