//! Making the seats of a training room, and finding them.

use super::super::services::Services;
use crate::auth::CodeGuesses;
use crate::domain::{Error, OrgName, Result, Seat, SeatName};
use crate::store::{Tx, seats};

impl Services {
    /// Most seats of a server.
    pub const MOST_SEATS: usize = 100;

    /// The seats whose orgs can be called, by name.
    #[must_use]
    pub fn seats(&self) -> Vec<Seat> {
        let mut seats = self.shared.seats.all();
        seats.retain(|seat| self.existing_tenant(seat.org.as_str()).is_ok());
        seats.sort_by(|one, other| one.name.cmp(&other.name));
        seats
    }

    /// The seat of an org that can be called.
    #[must_use]
    pub fn seat_of(&self, org: &OrgName) -> Option<Seat> {
        self.existing_tenant(org.as_str()).ok()?;
        self.shared.seats.find(|seat| seat.org == *org)
    }

    /// Makes seats of the seed's first customer, with their orgs; those that are there stay as they are. Answers all
    /// that were asked for.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`] when there would be more than [`Self::MOST_SEATS`], or when a write fails.
    pub async fn make_seats(&self, names: Vec<SeatName>) -> Result<Vec<Seat>> {
        let customer = self.default_tenant().await?.name.clone();
        let asked = names.into_iter().map(|name| name.of(&customer));
        let asked = asked.collect::<Result<Vec<_>>>()?;
        let known = self.shared.seats.all();
        let new: Vec<Seat> = asked.iter().filter(|seat| !known.contains(seat)).cloned().collect();
        if known.len() + new.len() > Self::MOST_SEATS {
            return Err(Error::RequestInvalid(format!(
                "A server has at most {} seats, and this one has {}: delete some, or ask for fewer.",
                Self::MOST_SEATS,
                known.len()
            )));
        }
        for seat in &asked {
            self.make_tenant(seat.org.as_str()).await?;
        }
        let (rows, seats) = (new.clone(), self.shared.seats.clone());
        let insert = move |tx: &Tx| rows.iter().try_for_each(|seat| seats::insert(tx, seat));
        self.shared.writer.write_then(insert, move |()| seats.add(&new)).await?;
        self.shared.board.lock().await.begin_use(self.journal());
        Ok(asked)
    }

    /// The wrong codes of the last minute.
    #[must_use]
    pub fn code_guesses(&self) -> &CodeGuesses {
        &self.shared.code_guesses
    }
}
