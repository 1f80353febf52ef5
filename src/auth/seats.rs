//! What opens a seat of a training room: a token that is signed like access tokens, and a code that is short enough to
//! type. Both follow from the server's secret and the org, so nothing of them is kept.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use super::Secret;
use super::token::{LONGEST, asks_for_extensions, signature_only};
use crate::domain::{Error, OrgName, Result, Seat, Timestamp};

/// What a seat's token says of itself, unlike any other token.
const KIND: &str = "seat_token";

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(rename = "type")]
    kind: String,
    org: String,
}

/// Makes and reads the tokens and codes of seats.
pub struct SeatPasses {
    secret: Secret,
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
}

impl SeatPasses {
    /// Those of that secret.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self {
            signing: EncodingKey::from_secret(secret.as_bytes()),
            verifying: DecodingKey::from_secret(secret.as_bytes()),
            validation: signature_only(Algorithm::HS256),
            secret: secret.clone(),
        }
    }

    /// The token of a seat, the same each time.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn token(&self, seat: &Seat) -> Result<String> {
        let claims = Claims { kind: KIND.to_owned(), org: seat.org.as_str().to_owned() };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signing).map_err(Error::internal)
    }

    /// The org of a seat's token; `None` when it is no such token, or of another secret.
    #[must_use]
    pub fn org_of(&self, token: &str) -> Option<OrgName> {
        if token.len() > LONGEST || asks_for_extensions(token)? {
            return None;
        }
        let claims = decode::<Claims>(token, &self.verifying, &self.validation).ok()?.claims;
        if claims.kind == KIND { OrgName::parse(&claims.org) } else { None }
    }

    /// The code of a seat, such as `seat7-k4m2`, the same each time.
    #[must_use]
    pub fn code(&self, seat: &Seat) -> String {
        /// Letters and digits of which none looks like another one; `32` of them, so that each is as likely.
        const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let derived = self.secret.derive_bytes(&format!("seat-code/{}", seat.org));
        let signs =
            derived.as_ref().iter().take(4).map(|byte| char::from(SIGNS[usize::from(byte % 32)]));
        format!("{}-{}", seat.name.as_str(), signs.collect::<String>())
    }

    /// Whether a code, as somebody has typed it, is that of the seat.
    #[must_use]
    pub fn is_code(&self, seat: &Seat, typed: &str) -> bool {
        let typed = typed.trim().to_ascii_lowercase();
        verify_slices_are_equal(self.code(seat).as_bytes(), typed.as_bytes()).is_ok()
    }
}

/// The wrong codes of the last minute, each with where it came from: who guesses locks out nobody else. The minute has
/// passed when it has on the server's clock, or on the machine's: who stops the server's clock locks nobody out.
#[derive(Debug, Default)]
pub struct CodeGuesses(Mutex<VecDeque<Guess>>);

#[derive(Debug)]
struct Guess {
    from: IpAddr,
    at: Timestamp,
    since: Instant,
}

impl CodeGuesses {
    /// How many wrong codes there may be in a minute from one address.
    pub const MOST: usize = 20;
    /// How many there may be from all of them.
    const MOST_OF_ALL: usize = 1000;
    const MINUTE: Duration = Duration::from_secs(60);

    /// Whether there were so many wrong codes that none from this address is looked at.
    #[must_use]
    pub fn are_too_many(&self, from: IpAddr, now: Timestamp) -> bool {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|Guess { at, since, .. }| {
            let recent = *at <= now && now < at.after(Self::MINUTE);
            recent && since.elapsed() < Self::MINUTE
        });
        wrong.len() >= Self::MOST_OF_ALL
            || wrong.iter().filter(|guess| guess.from == from).count() >= Self::MOST
    }

    /// Counts a wrong code from an address.
    pub fn add(&self, from: IpAddr, now: Timestamp) {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() < Self::MOST_OF_ALL {
            wrong.push_back(Guess { from, at: now, since: Instant::now() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SeatName;

    fn seat(number: usize) -> Seat {
        let names = SeatName::numbered("seat", 30).unwrap();
        names[number - 1].clone().of(&OrgName::parse("acme").unwrap()).unwrap()
    }

    fn passes(letter: &str) -> SeatPasses {
        SeatPasses::new(&Secret::new(&letter.repeat(32)).unwrap())
    }

    #[test]
    fn a_token_is_of_one_org_and_one_secret() {
        let (ours, theirs) = (passes("x"), passes("y"));
        let token = ours.token(&seat(7)).unwrap();
        assert_eq!(token, ours.token(&seat(7)).unwrap());
        assert_eq!(ours.org_of(&token).unwrap().as_str(), "acme-seat7");
        assert_eq!(theirs.org_of(&token), None);
        for bad in ["", "x", "a.b.c", &"x".repeat(20_000)] {
            assert_eq!(ours.org_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_code_follows_from_secret_and_seat_and_can_be_typed() {
        let (ours, theirs) = (passes("x"), passes("y"));
        let code = ours.code(&seat(7));
        let (name, signs) = code.rsplit_once('-').unwrap();
        assert_eq!((name, signs.len()), ("seat7", 4));
        assert!((1..=30).all(|number| !ours.code(&seat(number)).ends_with(['l', 'o', '0', '1'])));
        assert_ne!(code, theirs.code(&seat(7)));
        assert!(ours.is_code(&seat(7), &format!(" {} ", code.to_uppercase())));
        assert!(!ours.is_code(&seat(8), &code) && !ours.is_code(&seat(7), "seat7-"));
    }

    #[test]
    fn a_minute_on_the_server_s_clock_is_enough() {
        let guesses = CodeGuesses::default();
        let (here, now) = (IpAddr::from([192, 0, 2, 1]), Timestamp::from_millis(0));
        for _ in 0..CodeGuesses::MOST {
            assert!(!guesses.are_too_many(here, now));
            guesses.add(here, now);
        }
        assert!(guesses.are_too_many(here, now.after(Duration::from_millis(59_999))));
        assert!(!guesses.are_too_many(here, now.after(Duration::from_secs(60))));
    }

    #[test]
    fn who_guesses_locks_out_nobody_else_until_there_are_too_many() {
        let guesses = CodeGuesses::default();
        let (other, now) = (IpAddr::from([198, 51, 100, 1]), Timestamp::from_millis(0));
        for number in 0..CodeGuesses::MOST_OF_ALL {
            assert!(!guesses.are_too_many(other, now), "{number}");
            let last = u8::try_from(number / CodeGuesses::MOST).unwrap();
            guesses.add(IpAddr::from([192, 0, 2, last]), now);
        }
        assert!(guesses.are_too_many(other, now));
    }
}
