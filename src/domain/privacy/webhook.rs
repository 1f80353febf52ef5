//! Webhooks: where events go, and for whom (`docs/reference/privacy-service.md` §11).

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};
use uuid::Uuid;

use super::{EventType, invalid};
use crate::domain::{Result, Timestamp};

/// The longest address and the longest name, in bytes.
const LONGEST: usize = 2000;

/// The address of a webhook: `http`, with a host, without user and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// Checks the form.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`](crate::domain::Error::RequestInvalid) with a sentence that says what to write.
    pub fn parse(text: &str) -> Result<Self> {
        let form = "the url of a webhook is an http address such as http://localhost:3000/events";
        let url = Url::parse(text).map_err(|fault| invalid(format!("{form}: {fault}.")))?;
        let fault = match () {
            () if text.len() > LONGEST => "this one is too long",
            () if url.scheme() == "https" => {
                "this server sends plain http only, so put a proxy before a webhook that needs https"
            }
            () if url.scheme() != "http" => "this one has another scheme",
            () if !url.username().is_empty() || url.password().is_some() => "this one has a user",
            () if url.fragment().is_some() => "this one has a fragment",
            () => return Ok(Self(url)),
        };
        Err(invalid(format!("{form}: {fault}.")))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its host, in lower case; an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// Whether it names this machine by a name or an address that can mean no other.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The address that the challenge is asked at.
    #[must_use]
    pub fn with_challenge(&self, challenge: &str) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair("challenge", challenge);
        url.into()
    }
}

impl Serialize for WebhookUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for WebhookUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|fault| {
            // The caller ends the sentence.
            serde::de::Error::custom(fault.to_string().trim_end_matches('.'))
        })
    }
}

/// A registration as somebody asks for it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewEventRegistration")]
pub struct RegistrationSpec {
    /// What to call it; its address, if not given.
    name: Option<String>,
    /// Where the events go.
    #[schemars(with = "String")]
    url: WebhookUrl,
    /// The name of the credential whose client secret signs them; the first, if not given.
    credential: Option<String>,
    /// Which events; all, if not given.
    events: Option<Vec<EventType>>,
}

impl RegistrationSpec {
    /// The credential that it names.
    #[must_use]
    pub fn credential(&self) -> Option<&str> {
        self.credential.as_deref()
    }

    /// Where the events go.
    #[must_use]
    pub const fn url(&self) -> &WebhookUrl {
        &self.url
    }

    /// The registration, with its id and the API key of its credential.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`](crate::domain::Error::RequestInvalid).
    pub fn into_registration(self, id: Uuid, api_key: String) -> Result<EventRegistration> {
        let Self { name, url, events, .. } = self;
        let name = name.unwrap_or_else(|| url.as_str().to_owned());
        let events = events.unwrap_or_else(|| EventType::ALL.to_vec());
        let registration = EventRegistration { id, name, url, api_key, events };
        registration.check()?;
        Ok(registration)
    }
}

/// A registration: which events go to which webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct EventRegistration {
    /// Its id; an org has each once.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Where the events go.
    #[schemars(with = "String")]
    pub url: WebhookUrl,
    /// The API key of the credential whose client secret signs them.
    pub api_key: String,
    /// Which events.
    pub events: Vec<EventType>,
}

impl EventRegistration {
    /// Most registrations of an org: each event is sent to all of them.
    pub const MOST: usize = 20;

    /// Checks what its type does not say.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`](crate::domain::Error::RequestInvalid).
    pub fn check(&self) -> Result<()> {
        if self.name.is_empty() || self.name.len() > LONGEST {
            return Err(invalid("A registration has a name of 1 to 2000 bytes."));
        }
        if self.events.is_empty() {
            return Err(invalid("A registration is for one type of events at least."));
        }
        Ok(())
    }

    /// Checks how many an org would have.
    ///
    /// # Errors
    /// [`Error::RequestInvalid`](crate::domain::Error::RequestInvalid).
    pub fn check_number(number: usize) -> Result<()> {
        if number > Self::MOST {
            let most = Self::MOST;
            return Err(invalid(format!("An org has at most {most} registrations: remove some.")));
        }
        Ok(())
    }
}

/// A registration as the server keeps it.
#[derive(Debug, Clone)]
pub struct KeptRegistration {
    /// What was registered.
    pub registration: EventRegistration,
    /// When it was registered.
    pub created: Timestamp,
    /// When the webhook has answered the challenge; nothing is sent before.
    pub verified: Option<Timestamp>,
    /// When it is asked again.
    pub due: Option<Timestamp>,
    /// Why the last challenge failed.
    pub problem: Option<String>,
}

/// An event for a webhook.
#[derive(Debug, Clone)]
pub struct EventDelivery {
    /// The registration it is for.
    pub registration: Uuid,
    /// The webhook.
    pub url: String,
    /// The type of the event.
    pub kind: EventType,
    /// The job that it tells of.
    pub job_id: Uuid,
    /// The body that is sent.
    pub body: String,
    /// When the event happened.
    pub created: Timestamp,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it has been tried.
    pub attempts: i64,
    /// When it is tried next; `None` when it is over, or waits for an earlier event of its job.
    pub due: Option<Timestamp>,
    /// When it was delivered or given up.
    pub ended: Option<Timestamp>,
    /// Why the last try failed.
    pub problem: Option<String>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum DeliveryStatus {
    /// It has not been tried.
    Pending,
    /// It has failed, and is tried again.
    Retrying,
    /// The webhook has taken it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryStatus {
    /// As it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Retrying => "retrying",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Retrying, Self::Delivered, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_with_a_host() {
        for (text, host, port) in [
            ("http://localhost:3000/events?x=1", "localhost", 3000),
            ("http://LocalHost", "localhost", 80),
            ("http://[::1]:9/", "[::1]", 9),
            ("http://127.1/", "127.0.0.1", 80),
        ] {
            let url = WebhookUrl::parse(text).unwrap();
            assert_eq!((url.host(), url.port(), url.is_loopback()), (host, port, true), "{text}");
        }
        for (text, word) in [
            ("localhost:3000", "another scheme"),
            ("/events", "relative"),
            ("ftp://localhost/", "another scheme"),
            ("https://localhost/", "https"),
            ("http://a:b@localhost/", "a user"),
            ("http://localhost/#a", "a fragment"),
            ("http://", "host"),
        ] {
            let fault = WebhookUrl::parse(text).unwrap_err().to_string();
            assert!(fault.contains(word), "{text}: {fault}");
        }
    }

    #[test]
    fn other_machines_are_not_this_one() {
        for text in ["http://example.com/", "http://10.0.0.1/", "http://localhost.example.com/"] {
            assert!(!WebhookUrl::parse(text).unwrap().is_loopback(), "{text}");
        }
    }

    #[test]
    fn a_challenge_is_one_more_parameter() {
        let asked = |text| WebhookUrl::parse(text).unwrap().with_challenge("a b");
        assert_eq!(asked("http://localhost:1"), "http://localhost:1/?challenge=a+b");
        assert_eq!(asked("http://localhost:1/x?y=z"), "http://localhost:1/x?y=z&challenge=a+b");
    }
}
