//! Privacy Service: requests, jobs, lists, opt-outs.

mod access_files;
mod base_of_2019;
mod data_subjects;
mod downloads;
mod identities;
mod jobs;
mod lists;
mod newer_generation;
mod opt_outs;
mod progression;
mod requests;
mod seeded_jobs;
