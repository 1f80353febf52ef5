-- From schema version 3 to 4: jobs are counted where they are written. A trigger makes SQLite keep a journal
-- of every statement, which costs more the longer a transaction is. And spares.
DROP TRIGGER privacy_job_made;
DROP TRIGGER privacy_job_moved;

ALTER TABLE org ADD COLUMN former_name TEXT;
ALTER TABLE org ADD COLUMN spare INTEGER NOT NULL DEFAULT 0 CHECK (spare IN (0, 1));
CREATE UNIQUE INDEX org_spare ON org (former_name) WHERE spare = 1;
