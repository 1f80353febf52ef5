//! The token service.

mod forgeries;
mod refusals;
mod scopes;
mod support;
mod tokens;
