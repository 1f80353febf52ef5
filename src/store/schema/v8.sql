-- From schema version 7 to 8: one index of the jobs that Privacy Service lists, where there were two.
DROP INDEX privacy_job_by_status;
DROP INDEX privacy_job_listed;
CREATE INDEX privacy_job_listed ON privacy_job (org_id, regulation, created, id, status)
    WHERE record_number IS NULL;
