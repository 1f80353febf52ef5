//! What a call asks for itself: `Prefer: code=503, delay=2000, fault=EMPTY_RESPONSE`, or `?__code=503&__delay=…`
//! where no header can be set.

use std::time::Duration;

use super::delay::Delay;
use super::effect::{Effect, Fault, Outcome};

/// What is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Preference {
    code: Option<u16>,
    delay: Option<u64>,
    fault: Option<Fault>,
}

impl Preference {
    /// Reads the values of `Prefer` headers; preferences of other kinds are passed over.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub(crate) fn read<'a>(values: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut preference = Self::default();
        for part in values.flat_map(|value| value.split([',', ';'])) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            preference.set(&name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'))?;
        }
        Ok(preference)
    }

    /// Reads and removes what a query asks for.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn take(&mut self, query: &str) -> Result<String, String> {
        let mut left = Vec::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name.strip_prefix("__").filter(|name| ["code", "delay", "fault"].contains(name)) {
                Some(name) => self.set(name, value)?,
                None => left.push(pair),
            }
        }
        Ok(left.join("&"))
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let shown: String = value.chars().take(40).collect();
        match name {
            "code" => {
                let code = value.parse().ok().filter(|code| (400..=599).contains(code));
                self.code = Some(code.ok_or_else(|| {
                    format!("The preference code={shown} is no status from 400 to 599.")
                })?);
            }
            "delay" => {
                self.delay = Some(value.parse().map_err(|_| {
                    format!("The preference delay={shown} is no number of milliseconds.")
                })?);
            }
            "fault" => {
                self.fault = Some(Fault::parse(value).ok_or_else(|| {
                    format!("The preference fault={shown} is none of CONNECTION_RESET_BY_PEER, EMPTY_RESPONSE, MALFORMED_RESPONSE_CHUNK and RANDOM_DATA_THEN_CLOSE.")
                })?);
            }
            _ => {}
        }
        if self.code.is_some() && self.fault.is_some() {
            return Err("A preference is for a code or a fault, not for both.".to_owned());
        }
        Ok(())
    }

    /// What is to happen, if anything is asked for.
    pub(crate) fn effect(self) -> Option<Effect> {
        let said = [
            self.code.map(|code| format!("code={code}")),
            self.delay.map(|delay| format!("delay={delay}")),
            self.fault.map(|fault| format!("fault={}", fault.name())),
        ];
        let said: Vec<_> = said.into_iter().flatten().collect();
        if said.is_empty() {
            return None;
        }
        let said = said.join(", ");
        Some(Effect {
            wait: self.delay.map_or(Duration::ZERO, |delay| Delay::Plain(delay).drawn(|| 0)),
            outcome: match (self.code, self.fault) {
                (_, Some(fault)) => Outcome::Broken(fault),
                (Some(code), None) => Outcome::Refused(code, None),
                (None, None) => Outcome::Answered(None),
            },
            reason: format!("The call asks for it itself: {said}."),
            applied: Some(said),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_asked_for_is_read() {
        let read = |text| Preference::read(std::iter::once(text));
        assert_eq!(
            read("code=503, delay=\"20\"").unwrap(),
            Preference { code: Some(503), delay: Some(20), fault: None }
        );
        assert_eq!(read("return=minimal; wait=5, respond-async").unwrap(), Preference::default());
        let fault = read("Fault=EMPTY_RESPONSE").unwrap();
        assert_eq!(fault.effect().unwrap().outcome, Outcome::Broken(Fault::EmptyResponse));
        for bad in [
            "code=200",
            "code=",
            "code",
            "code=x",
            "delay=-1",
            "fault=empty",
            "code=500,fault=EMPTY_RESPONSE",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_query_is_left_as_if_nothing_had_been_asked() {
        let mut preference = Preference::default();
        let left = preference.take("a=%40&__code=429&b&__delay=5&__other=1").unwrap();
        assert_eq!(left, "a=%40&b&__other=1");
        assert_eq!(preference, Preference { code: Some(429), delay: Some(5), fault: None });
        assert_eq!(Preference::default().take("__code=500").unwrap(), "");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}", value in ".{0,12}") {
            let _ = Preference::read(std::iter::once(text.as_str())).map(Preference::effect);
            let _ = Preference::default().take(&text);
            for name in ["code", "delay", "fault"] {
                let _ = Preference::read(std::iter::once(format!("{name}={value}").as_str()));
                let _ = Preference::default().take(&format!("__{name}={value}"));
            }
        }
    }
}
