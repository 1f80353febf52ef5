//! A row of the control API's table of calls: routing, `Allow`, the `OpenAPI` document and the documentation follow from it.

use std::pin::Pin;

use actix_web::HttpResponse;
use actix_web::http::Method;
use schemars::JsonSchema;

use super::super::error::Failure;
use super::super::openapi::JSON;
use super::super::schemas::{self, Describe};
use super::request::ControlRequest;

/// What describes a body or an answer.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) enum Body {
    /// The struct that it is read into or written from.
    Struct(Describe),
    /// A schema of the document by its name.
    Named(&'static str),
}

/// What a call of the control API is sent and answers, as far as it is more than nothing and some JSON.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Shape {
    /// Query parameters that it needs.
    pub(in crate::http) needs: &'static [&'static str],
    /// Query parameters that it takes.
    pub(in crate::http) asks: &'static [&'static str],
    /// The schema of its body, if it takes one.
    pub(in crate::http) takes: Option<Body>,
    /// The status of its answer.
    pub(in crate::http) status: u16,
    /// The type of its answer.
    pub(in crate::http) kind: &'static str,
    /// The schema of its answer.
    pub(in crate::http) answers: Body,
    /// Whether it answers the same with 201 where it has made something.
    pub(in crate::http) may_create: bool,
    /// Statuses of refusals that do not follow from the rest.
    pub(in crate::http) refuses: &'static [u16],
}

impl Shape {
    /// Nothing, and some JSON.
    pub(in crate::http) const PLAIN: Self = Self {
        needs: &[],
        asks: &[],
        takes: None,
        status: 200,
        kind: JSON,
        answers: Body::Named("Anything"),
        may_create: false,
        refuses: &[],
    };
}

pub(super) type Handling = Pin<Box<dyn Future<Output = Result<HttpResponse, Failure>>>>;

/// One call of the control API.
pub struct ControlRoute {
    /// The verb.
    pub method: Method,
    /// The path below the prefix; segments in braces stand for anything.
    pub path: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What it is sent and answers, for its document.
    pub(super) shape: Shape,
    pub(super) handler: fn(ControlRequest) -> Handling,
}

impl ControlRoute {
    /// It needs these query parameters.
    pub(super) const fn needs(mut self, names: &'static [&'static str]) -> Self {
        self.shape.needs = names;
        self
    }

    /// It takes these query parameters.
    pub(super) const fn asks(mut self, names: &'static [&'static str]) -> Self {
        self.shape.asks = names;
        self
    }

    /// It takes a body that is read into a `T`.
    pub(super) const fn takes<T: JsonSchema>(mut self) -> Self {
        self.shape.takes = Some(Body::Struct(schemas::of::<T>()));
        self
    }

    /// It takes a body of that schema.
    pub(super) const fn takes_named(mut self, schema: &'static str) -> Self {
        self.shape.takes = Some(Body::Named(schema));
        self
    }

    /// It answers a `T`.
    pub(super) const fn answers<T: JsonSchema>(mut self) -> Self {
        self.shape.answers = Body::Struct(schemas::of::<T>());
        self
    }

    /// It answers a body of that schema.
    pub(super) const fn answers_named(mut self, schema: &'static str) -> Self {
        self.shape.answers = Body::Named(schema);
        self
    }

    /// It answers 201 and a `T`.
    pub(super) const fn creates<T: JsonSchema>(mut self) -> Self {
        self.shape.status = 201;
        self.answers::<T>()
    }

    /// It answers 204 and nothing.
    pub(super) const fn ends(mut self) -> Self {
        self.shape.status = 204;
        self
    }

    /// It answers text of that type.
    pub(super) const fn serves(mut self, kind: &'static str) -> Self {
        self.shape.kind = kind;
        self.answers_named("Page")
    }

    /// It answers a `T`, with 201 where it has made something.
    pub(super) const fn sets<T: JsonSchema>(mut self) -> Self {
        self.shape.may_create = true;
        self.answers::<T>()
    }

    /// It refuses with these statuses too.
    pub(super) const fn refuses(mut self, statuses: &'static [u16]) -> Self {
        self.shape.refuses = statuses;
        self
    }
}
