//! `/metrics`: the counters, for Prometheus.

use actix_web::HttpResponse;

use super::super::error::Failure;
use super::super::pipeline::{RequestContext, admit_to_metrics};
use crate::domain::Error;
use crate::metrics::{OpenWork, exposition};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /metrics`
pub(in crate::http) async fn scrape(context: RequestContext) -> HttpResponse {
    context.respond(read(&context))
}

fn read(context: &RequestContext) -> Result<HttpResponse, Failure> {
    admit_to_metrics(context)?;
    let (state, services) = (&context.state, &context.state.services);
    let metrics = state.metrics.clone().ok_or(Failure::NoMetrics)?;
    let work = OpenWork { jobs: services.unfinished_jobs()?, events: services.all_owed_events()? };
    let text = exposition(metrics, work, services.journal().held());
    let text = text.map_err(Error::internal)?;
    Ok(HttpResponse::Ok().content_type(OPEN_METRICS).body(text))
}
