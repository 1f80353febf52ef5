-- From schema version 2 to 3: products of a job that move one by one, its history, children, archives,
-- consents of Privacy Service, access tokens that were given back, generations of orgs, snapshots.
CREATE TABLE org_3 (
    id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 4194303),
    name        TEXT UNIQUE,
    last_number INTEGER NOT NULL DEFAULT 0,
    profiles    INTEGER NOT NULL DEFAULT 0,
    progression TEXT
) STRICT;
INSERT INTO org_3 SELECT id, name, last_number, profiles, NULL FROM org;
DROP TABLE org;
ALTER TABLE org_3 RENAME TO org;
ALTER TABLE opt_out_change ADD COLUMN applied_by TEXT;

DROP INDEX privacy_job_listed;
DROP INDEX privacy_job_due;
ALTER TABLE privacy_job RENAME TO privacy_job_2;
CREATE TABLE privacy_job (
    id            INTEGER PRIMARY KEY,
    org_id        INTEGER NOT NULL REFERENCES org (id),
    job_id        TEXT NOT NULL,
    request_id    TEXT NOT NULL,
    change_id     INTEGER UNIQUE REFERENCES opt_out_change (id),
    record_number INTEGER,
    parent        TEXT,
    user_key      TEXT NOT NULL,
    action        TEXT NOT NULL CHECK (action IN ('access', 'delete', 'opt-out-of-sale')),
    regulation    TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('submitted', 'processing', 'complete', 'error')),
    submitted_by  TEXT NOT NULL,
    instance      TEXT,
    identities    TEXT NOT NULL,
    products      TEXT NOT NULL,
    history       TEXT NOT NULL,
    progression   TEXT,
    reads         INTEGER NOT NULL DEFAULT 0,
    created       INTEGER NOT NULL,
    last_modified INTEGER NOT NULL,
    due           INTEGER,
    expires       INTEGER,
    claimed       INTEGER NOT NULL DEFAULT 0 CHECK (claimed IN (0, 1)),
    attempts      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (org_id, job_id)
) STRICT;

CREATE TABLE privacy_job_count (
    org_id     INTEGER NOT NULL,
    regulation TEXT NOT NULL,
    status     TEXT NOT NULL,
    jobs       INTEGER NOT NULL,
    PRIMARY KEY (org_id, regulation, status)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER privacy_job_made AFTER INSERT ON privacy_job WHEN new.record_number IS NULL BEGIN
    INSERT INTO privacy_job_count VALUES (new.org_id, new.regulation, new.status, 1)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER privacy_job_moved AFTER UPDATE OF status ON privacy_job
WHEN new.record_number IS NULL AND new.status <> old.status BEGIN
    UPDATE privacy_job_count SET jobs = jobs - 1
        WHERE org_id = old.org_id AND regulation = old.regulation AND status = old.status;
    INSERT INTO privacy_job_count VALUES (new.org_id, new.regulation, new.status, 1)
        ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER privacy_job_gone AFTER DELETE ON privacy_job WHEN old.record_number IS NULL BEGIN
    UPDATE privacy_job_count SET jobs = jobs - 1
        WHERE org_id = old.org_id AND regulation = old.regulation AND status = old.status;
END;

-- The last word of a product that has finished, and the reason of one that has failed.
INSERT INTO privacy_job
SELECT id, org_id, job_id, request_id, change_id, NULL, NULL, user_key, action, regulation, status,
    submitted_by, NULL, identities,
    (SELECT json_group_array(json_patch(
        json_object('product', p.value, 'status', j.status, 'retryCount', max(j.attempts - 1, 0),
            'processed', j.last_modified),
        CASE
            WHEN j.status = 'complete' THEN json_object('outcome', json_object(
                'code', 'PRVCY-6000-200', 'detail', 'Finished successfully.'))
            WHEN j.status = 'error' THEN json_object('outcome', json_object(
                'code', 'PRVCY-1021-400', 'detail', j.last_error))
            ELSE json_object('due', j.due)
        END)) FROM json_each(CASE WHEN json_valid(j.products) THEN j.products ELSE '[]' END) p),
    json_array(
        json_object('status', 'submitted', 'at', created, 'why', 'created'),
        json_object('status', status, 'at', last_modified, 'why', 'as found in an older database')),
    NULL, 0, created, last_modified,
    CASE WHEN status IN ('submitted', 'processing') THEN due END,
    CASE WHEN status IN ('complete', 'error') THEN last_modified + 2592000000 END,
    claimed, 0
FROM privacy_job_2 j;
DROP TABLE privacy_job_2;

CREATE INDEX privacy_job_listed ON privacy_job (org_id, regulation, created, id)
    WHERE record_number IS NULL;
CREATE INDEX privacy_job_by_status ON privacy_job (org_id, regulation, status, created, id)
    WHERE record_number IS NULL;
CREATE INDEX privacy_job_of_record ON privacy_job (org_id, record_number)
    WHERE record_number IS NOT NULL;
CREATE INDEX privacy_job_due ON privacy_job (due) WHERE due IS NOT NULL AND claimed = 0;
CREATE INDEX privacy_job_expires ON privacy_job (expires) WHERE expires IS NOT NULL;
CREATE INDEX privacy_job_parent ON privacy_job (parent) WHERE parent IS NOT NULL;
CREATE TRIGGER privacy_job_orphaned AFTER DELETE ON privacy_job BEGIN
    UPDATE privacy_job SET parent = NULL WHERE parent = old.job_id AND org_id = old.org_id;
END;

CREATE TABLE privacy_archive (
    job_id  TEXT NOT NULL,
    org_id  INTEGER NOT NULL REFERENCES org (id),
    content BLOB NOT NULL,
    expires INTEGER,
    PRIMARY KEY (org_id, job_id)
) STRICT;

CREATE INDEX privacy_archive_expires ON privacy_archive (expires) WHERE expires IS NOT NULL;

INSERT INTO privacy_archive
SELECT job_id, org_id, x'504b0506000000000000000000000000000000000000', expires + 2592000000
FROM privacy_job WHERE action = 'access' AND status = 'complete';

-- Campaign's own privacy requests that were under way go on as jobs.
INSERT INTO privacy_job
SELECT NULL, r.org_id,
    lower(format('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)),
        substr(hex(randomblob(2)), 2), substr(hex(randomblob(2)), 2), hex(randomblob(6)))),
    format('%013d0000RX-000', r.created), NULL, r.id & 1099511627775, NULL,
    coalesce(r.key, ''), coalesce(r.attributes ->> 'type', 'access'),
    lower(coalesce(r.attributes ->> 'regulation', 'gdpr')),
    CASE WHEN r.attributes ->> 'status' IS NULL THEN 'submitted' ELSE 'processing' END,
    '', NULL,
    json_array(json_object('namespace', coalesce(r.attributes ->> 'namespaceName', ''),
        'value', coalesce(r.attributes ->> 'reconciliationValue', ''), 'type', 'custom',
        'isDeletedClientSide', json('false'))),
    json_array(json_object('product', 'Campaign',
        'status', CASE WHEN r.attributes ->> 'status' IS NULL THEN 'submitted' ELSE 'processing' END,
        'retryCount', 0, 'processed', r.last_modified, 'due', r.due)),
    json_array(json_object('status', 'submitted', 'at', r.created, 'why', 'created')),
    NULL, 0, r.created, r.last_modified, r.due, NULL, 0, 0
FROM record r WHERE r.resource = 'privacyTool' AND r.due IS NOT NULL;
UPDATE record SET due = NULL WHERE resource = 'privacyTool';

ALTER TABLE privacy_consent RENAME TO privacy_consent_2;
CREATE TABLE privacy_consent (
    id              INTEGER PRIMARY KEY,
    org_id          INTEGER NOT NULL REFERENCES org (id),
    change_id       INTEGER UNIQUE REFERENCES opt_out_change (id),
    request_id      TEXT,
    transaction_id  TEXT,
    opt_out_of_sale INTEGER NOT NULL CHECK (opt_out_of_sale IN (0, 1)),
    identities      TEXT NOT NULL,
    applied         INTEGER,
    recorded_at     INTEGER NOT NULL
) STRICT;

INSERT INTO privacy_consent
SELECT id, org_id, change_id, NULL, NULL, opt_out_of_sale, identities, NULL, recorded_at
FROM privacy_consent_2;
DROP TABLE privacy_consent_2;
CREATE INDEX privacy_consent_of_org ON privacy_consent (org_id, id);

CREATE TABLE revoked_token (
    token_hash BLOB PRIMARY KEY,
    expires    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    name     TEXT NOT NULL,
    org      TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    counts   TEXT NOT NULL,
    content  TEXT NOT NULL,
    PRIMARY KEY (name, org)
) STRICT;
