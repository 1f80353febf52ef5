//! The seed: the customers a server knows, their credentials and data models, and the records their
//! tenants start with. A folder with one sub-folder per customer's org:
//!
//! ```text
//! acme/org.json            {"credentials": [{"name", "apiKey", "clientSecret", "technicalAccount", "apis",
//!                          "certificates"}], "products"}
//! acme/<certificate>.pem   what org.json names
//! acme/model.ndjson        the customer's own fields, resources, filters and events, one a line
//! acme/<resource>.ndjson   records, one a line: profile.ndjson, service.ndjson, cusPurchase.ndjson …
//! ```
//!
//! Everything is checked when it is loaded; a fault names file, line and field.

mod customer;
mod customer_record;
mod demo;
mod error;
mod line;
mod org;
pub(crate) mod sample_people;

pub use customer::{Customer, Generated, Seed};
pub use customer_record::SeedRecord;
pub use demo::{DEMO_PRIVATE_KEY, demo_set_up};
pub use error::SeedError;
pub use org::{Certificate, Credential};
