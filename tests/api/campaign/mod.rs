//! The Campaign API: profiles, services, custom resources, messages, workflows, metadata, privacy requests.

mod custom_resources;
mod data_model;
mod deletions;
mod dialect;
mod filter_metadata;
mod filters;
mod keys;
mod list_hrefs;
mod list_model;
mod lists;
mod messages;
mod metadata;
mod opt_out_upserts;
mod opt_outs;
mod org_units;
mod privacy_requests;
mod profiles;
mod refusal_texts;
mod services;
mod subscriptions;
mod support;
mod unknown_filters;
mod workflows;
