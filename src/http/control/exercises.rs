//! The exercises of an org.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::super::error::Failure;
use super::super::response::json_response;
use super::request::ControlRequest;
use crate::domain::Timestamp;
use crate::service::ExerciseStatus;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Exercises", deny_unknown_fields)]
pub(super) struct ExercisesBody<'a> {
    org: &'a str,
    exercises: Vec<ExerciseBody>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline, deny_unknown_fields)]
struct ExerciseBody {
    id: String,
    title: String,
    /// What to do.
    text: String,
    done: bool,
    /// Null until it is done.
    #[schemars(extend("format" = "date-time"))]
    done_at: Option<String>,
}

impl From<ExerciseStatus> for ExerciseBody {
    fn from(exercise: ExerciseStatus) -> Self {
        let ExerciseStatus { id, title, text, done_at } = exercise;
        Self {
            id,
            title,
            text,
            done: done_at.is_some(),
            done_at: done_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// `GET /__admin/exercises?org=…`: the exercises of an org, in the order of the seed. One that was done stays done until
/// the org is reset.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let tenant = request.tenant().await?;
    let found = request.services().exercises(&tenant).await?;
    let exercises = found.into_iter().map(ExerciseBody::from).collect();
    json_response(StatusCode::OK, &ExercisesBody { org: tenant.name.as_str(), exercises })
}
