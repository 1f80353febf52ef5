//! Privacy jobs: how they are made and moved, the queue that moves them by itself, and what they do in Campaign.

mod access_file;
mod control;
mod data_subject;
mod downloads;
mod jobs;
mod queue;
mod requests;
mod transitions;

pub(crate) use control::{JobFailure, NamedJob};
pub(crate) use downloads::DownloadPass;
pub(crate) use jobs::{CreatedJobs, JobPage};
pub(in crate::service) use transitions::{JobTransitions, job_request};
