//! The journal: the last calls of the APIs, without secrets, bounded in number and in bytes. The control API shows it;
//! its own calls and the probes are not in it.

mod entry;
mod matcher;
pub(crate) mod redaction;
mod ring;

pub use entry::Entry;
pub(crate) use entry::{Call, Facts, Head, Message, Text, Texts};
pub(crate) use matcher::{Difference, Matcher};
pub(crate) use ring::Journal;
pub(crate) use ring::{Excerpt, Held, OrgCalls};
