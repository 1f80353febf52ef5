//! DELETE (`reference/campaign-standard.md` §9).

use actix_web::HttpResponse;

use super::address::Place;
use super::patch::{allowed_on_list, allowed_on_record};
use super::{Call, Context, Failure, record, workflow};
use crate::domain::Deleted;

pub(super) async fn delete(call: &Call) -> Result<HttpResponse, Failure> {
    let context = Context::new(call)?;
    let address = context.address()?;
    let target = match &address.place {
        Place::Record(target) => target,
        Place::List(list) => return Err(Failure::MethodNotAllowed(allowed_on_list(list))),
        Place::Workflow { rest, .. } => {
            return Err(Failure::MethodNotAllowed(workflow::allowed(rest)));
        }
        _ => return Err(Failure::MethodNotAllowed("GET, OPTIONS")),
    };
    let Some(deleted) = target.resource.verbs.delete else {
        return Err(Failure::MethodNotAllowed(allowed_on_record(target.resource)));
    };
    record::check_above(&context, target)?;
    let tenant = &context.admitted.tenant;
    call.api.services.delete_record(tenant, target.resource, target.key).await?;
    Ok(match deleted {
        Deleted::Ok => HttpResponse::Ok().finish(),
        Deleted::NoContent => HttpResponse::NoContent().finish(),
    })
}
