//! Privacy Service: requests, jobs, lists, opt-outs.

mod data_subjects;
mod jobs;
mod lists;
mod newer_generation;
mod opt_outs;
mod progression;
mod requests;
