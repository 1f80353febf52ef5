-- From schema version 4 to 5: a change of ccpaOptOut is a job or a consent in its own transaction. Changes that were still
-- to be forwarded become one when the server starts. And the second generation of an org is called a standby.
CREATE TABLE unqueued_change (
    change_id INTEGER PRIMARY KEY REFERENCES opt_out_change (id)
) STRICT;
INSERT INTO unqueued_change SELECT id FROM opt_out_change WHERE settled_at IS NULL;
DROP INDEX opt_out_change_pending;
ALTER TABLE opt_out_change DROP COLUMN settled_at;

DROP INDEX org_spare;
ALTER TABLE org RENAME COLUMN spare TO standby;
CREATE UNIQUE INDEX org_standby ON org (former_name) WHERE standby = 1;
