//! DELETE (`docs/reference/campaign-standard.md` §9).

use actix_web::HttpResponse;

use super::super::error::Failure;
use super::super::pipeline::RequestContext;
use super::address::AddressTarget;
use super::request::CampaignRequest;
use super::verbs::{allowed_on_list, allowed_on_record};
use super::{record, workflow};
use crate::domain::Deleted;

pub(super) async fn delete(context: &RequestContext) -> Result<HttpResponse, Failure> {
    let request = CampaignRequest::new(context)?;
    let address = request.address()?;
    let target = match &address.target {
        AddressTarget::Record(target) => target,
        AddressTarget::List(list) if list.resource.verbs.delete.is_some() => {
            let advice =
                "A DELETE removes one record: put its PKey at the end of the address.".to_owned();
            return Err(Failure::RecordNotNamed { allowed: allowed_on_list(list), advice });
        }
        AddressTarget::List(list) => return Err(Failure::MethodNotAllowed(allowed_on_list(list))),
        AddressTarget::Workflow { rest, .. } => {
            return Err(Failure::MethodNotAllowed(workflow::allowed(rest)));
        }
        _ => return Err(Failure::MethodNotAllowed("GET, OPTIONS")),
    };
    let Some(deleted) = target.resource.verbs.delete else {
        return Err(Failure::MethodNotAllowed(allowed_on_record(target.resource)));
    };
    record::check_parent(&request, target)?;
    let tenant = &request.caller.tenant;
    context.state.services.delete_record(tenant, target.resource, target.key).await?;
    Ok(match deleted {
        Deleted::Ok => HttpResponse::Ok().finish(),
        Deleted::NoContent => HttpResponse::NoContent().finish(),
    })
}
