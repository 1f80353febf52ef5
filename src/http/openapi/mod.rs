//! What the APIs are, as `OpenAPI` 3.0.3 says it: a document each, made of what the code declares. That
//! of Campaign is made of the catalogue, that of the control API of its table of calls, and those of
//! Privacy Service and the token service of their settings and the words of the domain.

mod campaign;
mod control;
mod ims;
mod parts;
mod privacy;

pub(super) use campaign::document as campaign;
pub(super) use control::{Shape, document as control};
pub(super) use ims::document as ims;
pub(super) use privacy::document as privacy;
