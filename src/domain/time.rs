//! Moments on the server's clock and the ways the vendor writes them.

use std::time::Duration;

use jiff::{SignedDuration, civil, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z. The resolution is Campaign's own.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[schemars(inline)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This moment, `duration` later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// Reads RFC 3339 (`2026-01-31T08:00:00Z`) and Campaign's own form
    /// (`2026-01-31 08:00:00.000Z`); without an offset the moment is UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() < "YYYY-MM-DD HH:MM".len() {
            return None;
        }
        let instant = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let civil: civil::DateTime = text.parse().ok()?;
            Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
        })?;
        Some(Self(instant.as_millisecond()))
    }

    /// The beginning of a day in GMT, written `2026-01-31`.
    #[must_use]
    pub fn of_day(text: &str) -> Option<Self> {
        let plain = text.len() == "YYYY-MM-DD".len() && text.is_ascii();
        let day: civil::Date = text.parse().ok().filter(|_| plain)?;
        let midnight = day.to_zoned(TimeZone::UTC).ok()?;
        Some(Self(midnight.timestamp().as_millisecond()))
    }

    /// Campaign's date-time, `2018-03-26 08:30:12.345Z`
    /// (`docs/reference/campaign-standard.md` §3).
    #[must_use]
    pub fn to_campaign(self) -> String {
        let at = self.civil();
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}Z",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.millisecond()
        )
    }

    /// Privacy Service's date, `10/02/2019 08:25 PM GMT`: twelve hours, zero padded, midnight is
    /// `12:21 AM` (`docs/reference/privacy-service.md` §4).
    #[must_use]
    pub fn to_privacy(self) -> String {
        let at = self.civil();
        let half = if at.hour() < 12 { "AM" } else { "PM" };
        let hour = match at.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        format!(
            "{:02}/{:02}/{:04} {hour:02}:{:02} {half} GMT",
            at.month(),
            at.day(),
            at.year(),
            at.minute()
        )
    }

    /// The form of events, `Wed Oct 23 18:52:32 GMT 2019` (`docs/reference/privacy-service.md` §11).
    #[must_use]
    pub fn to_event(self) -> String {
        self.civil().strftime("%a %b %d %H:%M:%S GMT %Y").to_string()
    }

    /// Reads Privacy Service's date.
    #[must_use]
    pub fn of_privacy(text: &str) -> Option<Self> {
        let plain = text.len() == "MM/DD/YYYY hh:mm AM GMT".len();
        let moment = civil::DateTime::strptime("%m/%d/%Y %I:%M %p GMT", text).ok();
        let moment = moment.filter(|_| plain)?.to_zoned(TimeZone::UTC).ok()?;
        Some(Self(moment.timestamp().as_millisecond()))
    }

    /// RFC 3339 with milliseconds, the form of the control API.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.to_campaign().replacen(' ', "T", 1)
    }

    /// The day in UTC.
    #[must_use]
    pub fn date(self) -> civil::Date {
        self.civil().date()
    }

    /// The day, counted from the Unix epoch.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(24 * 60 * 60 * 1000)
    }

    /// Whole years from `birth` until this moment; 0 for a birth in the future.
    #[must_use]
    pub fn years_since(self, birth: civil::Date) -> i16 {
        let today = self.date();
        let before_birthday = (today.month(), today.day()) < (birth.month(), birth.day());
        (today.year() - birth.year() - i16::from(before_birthday)).max(0)
    }

    /// The calendar in UTC. Moments beyond the calendar's range (year 9999) read as its edge.
    fn civil(self) -> civil::DateTime {
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        TimeZone::UTC.to_datetime(instant)
    }
}

/// Reads a span of time such as `1s`, `250ms`, `1h 30m`, `-5m` or `0s`.
///
/// # Errors
/// A sentence that names the text and shows the form expected.
pub fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    text.parse::<SignedDuration>()
        .map_err(|_| format!("'{text}' is not a duration: write it like 0s, 250ms, 2s or 1h 30m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_input_forms_mean_the_same_moment() {
        let expected = Some(Timestamp::from_millis(1_522_053_012_345));
        for text in [
            "2018-03-26 08:30:12.345Z",
            "2018-03-26T08:30:12.345Z",
            "2018-03-26T10:30:12.345+02:00",
            "2018-03-26 08:30:12.345",
        ] {
            assert_eq!(Timestamp::parse(text), expected, "{text}");
        }
        for text in ["2018-03-26", "2018-02-30 08:00:00Z", "yesterday", ""] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_vendor_forms_are_exact() {
        let evening = Timestamp::from_millis(1_570_047_908_231);
        assert_eq!(evening.to_privacy(), "10/02/2019 08:25 PM GMT");
        assert_eq!(evening.to_campaign(), "2019-10-02 20:25:08.231Z");
        let midnight = Timestamp::parse("2020-01-05T00:21:00Z").unwrap();
        assert_eq!(midnight.to_privacy(), "01/05/2020 12:21 AM GMT");
        let noon = Timestamp::parse("2020-01-05T12:00:00Z").unwrap();
        assert_eq!(noon.to_privacy(), "01/05/2020 12:00 PM GMT");
    }

    #[test]
    fn an_age_turns_on_the_birthday() {
        // `docs/reference/profile-fields.md` §1: 1933-10-24 is 85 in September 2019.
        let birth = civil::date(1933, 10, 24);
        let on = |text: &str| Timestamp::parse(text).unwrap().years_since(birth);
        assert_eq!(on("2019-09-30T12:00:00Z"), 85);
        assert_eq!(on("2019-10-23T23:59:59Z"), 85);
        assert_eq!(on("2019-10-24T00:00:00Z"), 86);
        assert_eq!(on("1900-01-01T00:00:00Z"), 0);
    }

    #[test]
    fn moments_off_the_calendar_do_not_panic() {
        for millis in [i64::MIN, i64::MAX] {
            let edge = Timestamp::from_millis(millis);
            assert!(edge.to_campaign().ends_with('Z'));
        }
        for millis in [0, i64::MAX] {
            let late = Timestamp::from_millis(millis).after(Duration::MAX);
            assert_eq!(late.as_millis(), i64::MAX);
        }
    }
}
