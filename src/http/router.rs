//! Every path, method and guard on one screen.

use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::guard;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, PayloadConfig, ServiceConfig};
use actix_web::{App, Resource, Route};

use super::error::Failure;
use super::pipeline::{self, LARGEST_BODY, RequestContext};
use super::response::options;
use super::state::AppState;
use super::target::{CONSENT, GDPR, ICONS, IMS, JOBS, LIVE, METRICS, PRIVACY, READY, Target};
use super::{campaign, control, hosts, ims, privacy};

/// The whole HTTP side of the server.
#[must_use]
pub fn routes(
    state: Rc<AppState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(state)
        .app_data(PayloadConfig::new(LARGEST_BODY))
        .configure(own)
        .configure(token_service)
        .configure(privacy_service)
        .configure(campaign_standard)
        // What is no path at all, such as the asterisk of OPTIONS.
        .default_service(web::to(campaign::unknown_path))
        .wrap(from_fn(pipeline::pass))
}

/// Ours: no credentials. The control API has a table of its own, and a gate, behind which the metrics are too. What
/// browsers call by themselves leads to the console where the pipeline says so.
fn own(routes: &mut ServiceConfig) {
    routes
        .service(only_get(LIVE, web::get().to(control::live)))
        .service(only_get(READY, web::get().to(control::ready)))
        .service(only_get(METRICS, web::get().to(control::scrape)).wrap(from_fn(pipeline::protect)))
        .configure(control::register);
    let for_console = || {
        guard::fn_guard(|context| {
            let target = context.req_data().get::<Rc<Target>>().cloned();
            target.is_some_and(|target| *target == Target::CONSOLE)
        })
    };
    routes
        .service(web::resource("/").guard(for_console()).to(control::to_console))
        .service(web::resource(ICONS).guard(for_console()).to(control::icon));
}

/// `ims-na1.adobelogin.com`. The handlers look at the verb; the spellings are those that clients use
/// (`docs/reference/ims-auth.md` §1, §2, §5).
fn token_service(routes: &mut ServiceConfig) {
    const EXCHANGE: [&str; 3] = ["/exchange/jwt", "/exchange/jwt/", "/exchange/v1/jwt"];
    routes.service(
        web::scope(IMS)
            .service(web::resource(EXCHANGE).to(ims::exchange))
            .service(web::resource(["/token/v3", "/token/v2", "/token/v4"]).to(ims::token))
            .service(web::resource("/token/v1").to(ims::token_of_code))
            .service(web::resource("/validate_token/v1").to(ims::validate))
            .service(web::resource("/invalidate_token/v2").to(ims::invalidate))
            .service(web::resource("/profile/v1").to(ims::profile))
            .default_service(web::to(ims::unknown_path)),
    );
}

/// `platform.adobe.io` and `platform-stage.adobe.io`: two bases with the same behavior, with and
/// without a slash at the end, and HTML for everything else below `/data`, or for everything else at
/// all where the call names one of these hosts (`docs/reference/privacy-service.md` §1).
fn privacy_service(routes: &mut ServiceConfig) {
    for base in [JOBS, GDPR] {
        routes.service(
            web::scope(base)
                .wrap(from_fn(pipeline::to_privacy))
                .service(
                    web::resource(["", "/"])
                        .get(privacy::list)
                        .post(privacy::create)
                        .route(web::method(Method::OPTIONS).to(options))
                        .default_service(web::to(privacy::only_get_and_post)),
                )
                .service(
                    web::resource(["/{job_id}", "/{job_id}/"])
                        .get(privacy::read)
                        .route(web::method(Method::OPTIONS).to(options))
                        .default_service(web::to(privacy::only_get)),
                )
                .service(
                    web::resource(child_paths(base))
                        .post(privacy::create_child)
                        .route(web::method(Method::OPTIONS).to(options))
                        .default_service(web::to(privacy::only_post)),
                )
                .service(
                    web::resource("/{job_id}/content")
                        .get(privacy::content)
                        .route(web::method(Method::OPTIONS).to(options))
                        .default_service(web::to(privacy::only_get)),
                )
                .default_service(web::to(privacy::unknown_path)),
        );
    }
    routes
        .service(
            web::scope(CONSENT)
                .wrap(from_fn(pipeline::to_privacy))
                .service(
                    web::resource(["", "/"])
                        .post(privacy::consent)
                        .route(web::method(Method::OPTIONS).to(options))
                        .default_service(web::to(privacy::only_post)),
                )
                .default_service(web::to(privacy::unknown_path)),
        )
        .service(web::scope(PRIVACY).default_service(web::to(privacy::unknown_path)))
        .service(
            web::scope("")
                .guard(guard::fn_guard(|context| hosts::is_privacy_host(context.head())))
                .default_service(web::to(privacy::unknown_path)),
        );
}

/// Where children are created; the base of 2019 has the name that it had then as well.
fn child_paths(base: &str) -> Vec<&'static str> {
    let mut paths = vec!["/{job_id}/child-job", "/{job_id}/child-job/"];
    if base == GDPR {
        paths.extend(["/{job_id}/child", "/{job_id}/child/"]);
    }
    paths
}

/// `mc.adobe.io`, which has the rest of all paths. GET, POST and PATCH have a handler each, and
/// `campaign/address.rs` reads the path: a pattern of the router would take longer than the answer.
fn campaign_standard(routes: &mut ServiceConfig) {
    routes.service(
        web::scope("")
            .wrap(from_fn(pipeline::to_campaign))
            .default_service(web::to(campaign::answer_by_verb)),
    );
}

fn only_get(path: &str, get: Route) -> Resource {
    let refusal = |context: RequestContext| {
        std::future::ready(context.respond(Err(Failure::MethodNotAllowed("GET"))))
    };
    web::resource(path).route(get).default_service(web::to(refusal))
}
