-- From schema version 3 to 4: jobs are counted where they are written. A trigger makes SQLite keep a journal
-- of every statement, which costs more the longer a transaction is.
DROP TRIGGER privacy_job_made;
DROP TRIGGER privacy_job_moved;
