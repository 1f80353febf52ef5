-- From schema version 7 to 8: one index of the jobs that Privacy Service lists, where there were two; profiles that are
-- opted out can be counted.
DROP INDEX privacy_job_by_status;
DROP INDEX privacy_job_listed;
CREATE INDEX privacy_job_listed ON privacy_job (org_id, regulation, created, id, status)
    WHERE record_number IS NULL;
CREATE INDEX profile_opted_out ON profile (org_id) WHERE ccpa_opt_out = 1;
