//! The seats of a training room: made at once, each with what its card says, and opened by a short code.

use std::net::Ipv4Addr;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::error::Failure;
use super::super::pipeline::Role;
use super::super::response::{json_response, sorted_json_response};
use super::request::{ControlRequest, RemovedBody};
use crate::auth::Issued;
use crate::domain::{Error, ImsOrgId, Seat, SeatName};
use crate::random::Random;
use crate::service::Services;

/// How long the access token on a card lives: longer than a course.
const CARD_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSeats")]
pub(super) struct CreateBody {
    /// How many; they get the numbers from 1 on.
    #[schemars(range(min = 1, max = Services::MOST_SEATS))]
    count: u32,
    /// How their names begin.
    #[serde(default = "prefix")]
    #[schemars(regex(pattern = SeatName::PREFIX))]
    prefix: String,
}

fn prefix() -> String {
    "seat".to_owned()
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Seats", deny_unknown_fields)]
pub(super) struct SeatsBody {
    seats: Vec<SeatBody>,
}

/// What a seat's card says.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Seat", deny_unknown_fields)]
pub(super) struct SeatBody {
    seat: String,
    org: String,
    ims_org_id: String,
    api_key: String,
    /// For the imitated APIs; good for 30 days.
    access_token: String,
    /// For the calls of this API that seats may make.
    seat_token: String,
    /// What the seat's page is opened with.
    code: String,
    /// The seat's page, opened with the code.
    url: String,
}

impl SeatBody {
    fn new(request: &ControlRequest, seat: &Seat) -> Result<Self, Error> {
        let state = request.state();
        let credential = state.login.credentials(&seat.org).next();
        let api_key = credential.map(|one| one.api_key.clone()).unwrap_or_default();
        // Not the server's own numbers: those that calls draw stay the same, whoever looks at the seats.
        let issued = Issued { now: state.services.clock().now(), id: Random::new(None).uuid() };
        let access_token = state.login.mint(&seat.org, None, None, Some(CARD_LIFE), issued)?;
        let code = state.seat_passes.code(seat);
        let base = state.shared_url(request.context.request.headers());
        Ok(Self {
            seat: seat.name.as_str().to_owned(),
            org: seat.org.to_string(),
            ims_org_id: ImsOrgId::of(&seat.org).to_string(),
            api_key,
            access_token,
            seat_token: state.seat_passes.token(seat)?,
            url: format!("{base}/__admin/seat#code={code}"),
            code,
        })
    }
}

fn shown(request: &ControlRequest, seats: &[Seat]) -> Result<SeatsBody, Error> {
    let seats = seats.iter().map(|seat| SeatBody::new(request, seat));
    Ok(SeatsBody { seats: seats.collect::<Result<_, _>>()? })
}

/// `POST /__admin/seats` `{"count": 25, "prefix": "seat"}`: makes seats with their orgs; those that are there stay as
/// they are.
pub(super) async fn create(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let CreateBody { count, prefix } = request.body()?;
    let most = Services::MOST_SEATS;
    if count == 0 || usize::try_from(count).is_ok_and(|count| count > most) {
        let said = format!("count is 1 to {most}.");
        return Err(Error::RequestInvalid(said).into());
    }
    let seats = request.services().make_seats(SeatName::numbered(&prefix, count)?).await?;
    json_response(StatusCode::CREATED, &shown(&request, &seats)?)
}

/// `GET /__admin/seats`: the seats, by name and number.
pub(super) async fn list(request: ControlRequest) -> Result<HttpResponse, Failure> {
    sorted_json_response(StatusCode::OK, &shown(&request, &request.services().seats())?)
}

/// `DELETE /__admin/seats/{seat}`: a seat with its org.
pub(super) async fn delete(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let name = request.segment("seat");
    let seats = request.services().seats();
    let seat = seats.iter().find(|seat| seat.name.as_str() == name);
    let seat = seat.ok_or_else(|| Failure::NoEntry(format!("There is no seat '{name}'.")))?;
    request.services().delete_tenant(seat.org.as_str()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /__admin/seats`: all seats with their orgs.
pub(super) async fn clear(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let seats = request.services().seats();
    for seat in &seats {
        request.services().delete_tenant(seat.org.as_str()).await?;
    }
    json_response(StatusCode::OK, &RemovedBody { removed: seats.len() })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SeatCode")]
pub(super) struct ExchangeBody {
    /// As it stands on the card, in small or capital letters.
    code: String,
}

/// `POST /__admin/seats/exchange` `{"code": "seat7-k4m2"}`: the seat of that code. After too many wrong codes of an
/// address in a minute none of it is looked at.
pub(super) async fn exchange(request: ControlRequest) -> Result<HttpResponse, Failure> {
    /// How long a wrong code takes, in real time.
    const PAUSE: Duration = Duration::from_millis(100);
    let ExchangeBody { code } = request.body()?;
    let (services, passes) = (request.services(), &request.state().seat_passes);
    let now = services.clock().now();
    let peer = request.context.request.peer_addr();
    let from = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip().to_canonical());
    if services.code_guesses().are_too_many(from, now) {
        return Err(Failure::TooManyCodes);
    }
    if let Some(seat) = services.seats().iter().find(|seat| passes.is_code(seat, &code)) {
        return sorted_json_response(StatusCode::OK, &SeatBody::new(&request, seat)?);
    }
    services.code_guesses().add(from, now);
    actix_rt::time::sleep(PAUSE).await;
    let said = "No seat has this code: type it as it stands on the card, such as seat7-k4m2.";
    Err(Failure::NoEntry(said.to_owned()))
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Caller", deny_unknown_fields)]
pub(super) struct CallerBody<'a> {
    /// `trainer` with the admin token, `open` where none is needed.
    #[schemars(extend("enum" = ["trainer", "seat", "open"]))]
    role: &'static str,
    /// The org of a seat.
    org: Option<&'a str>,
    /// The name of a seat.
    seat: Option<&'a str>,
}

/// `GET /__admin/whoami`: what the caller's token makes of the caller.
pub(super) async fn whoami(request: ControlRequest) -> Result<HttpResponse, Failure> {
    let role = match request.role {
        Role::Seat(_) => "seat",
        Role::Trainer => "trainer",
        Role::Open | Role::Anybody => "open",
    };
    let seat = request.seat();
    let (org, seat) = (seat.map(|one| one.org.as_str()), seat.map(|one| one.name.as_str()));
    json_response(StatusCode::OK, &CallerBody { role, org, seat })
}
