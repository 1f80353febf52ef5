//! What every call passes, whichever API it is for.

mod cors;
mod gateway;
mod hosts;
mod limits;
mod placeholders;
