//! A row of the control API's table of calls: routing, `Allow`, the `OpenAPI` document and the documentation follow from it.

use std::pin::Pin;

use actix_web::HttpResponse;
use actix_web::http::Method;
use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::super::error::Failure;
use super::super::openapi::JSON;
use super::super::pipeline::Audience;
use super::super::schemas::{self, Describe};
use super::request::ControlRequest;

/// What a call of the control API is sent and answers, as far as it is more than nothing and some JSON.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Shape {
    /// What its query is read into, if it takes one.
    pub(in crate::http) asks: Option<Describe>,
    /// What its body is read into, if it takes one.
    pub(in crate::http) takes: Option<Describe>,
    /// The status of its answer.
    pub(in crate::http) status: u16,
    /// The type of its answer.
    pub(in crate::http) kind: &'static str,
    /// What its answer is written from.
    pub(in crate::http) answers: Describe,
    /// Whether it answers the same with 201 where it has made something.
    pub(in crate::http) may_create: bool,
    /// A body to try, beside what the members of its struct say.
    pub(in crate::http) example: Option<fn() -> Value>,
    /// Statuses of refusals that do not follow from the rest.
    pub(in crate::http) refuses: &'static [u16],
}

impl Shape {
    /// Nothing, and some JSON.
    pub(in crate::http) const PLAIN: Self = Self {
        asks: None,
        takes: None,
        example: None,
        status: 200,
        kind: JSON,
        answers: schemas::of::<Map<String, Value>>(),
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
    /// Who may call.
    pub audience: Audience,
    pub(super) handler: fn(ControlRequest) -> Handling,
}

impl ControlRoute {
    /// Seats may call it. It changes nothing and shows one org, which its query or its path names, or nothing of orgs.
    pub(super) const fn for_seats(mut self) -> Self {
        self.audience = Audience::Seats;
        self
    }

    /// It needs no token.
    pub(super) const fn for_anybody(mut self) -> Self {
        self.audience = Audience::Anybody;
        self
    }

    /// It is a page or a file of one: it needs no token and holds nothing secret.
    pub(super) const fn open(mut self) -> Self {
        self.audience = Audience::Links;
        self
    }

    /// It takes a query that is read into a `T`.
    pub(super) const fn asks<T: JsonSchema>(mut self) -> Self {
        self.shape.asks = Some(schemas::of::<T>());
        self
    }

    /// It takes a body that is read into a `T`.
    pub(super) const fn takes<T: JsonSchema>(mut self) -> Self {
        self.shape.takes = Some(schemas::of::<T>());
        self
    }

    /// It takes this body, which works on the demo data. Without it the examples of the struct's members
    /// make one.
    pub(super) const fn example(mut self, body: fn() -> Value) -> Self {
        self.shape.example = Some(body);
        self
    }

    /// It answers a `T`.
    pub(super) const fn answers<T: JsonSchema>(mut self) -> Self {
        self.shape.answers = schemas::of::<T>();
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
        self.answers::<String>()
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
