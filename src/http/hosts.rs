//! Which `Host` names this server answers to. A web page can make a browser call a loopback port
//! under a name of its own (DNS rebinding); such a name is not on the list.

use std::net::{IpAddr, SocketAddr};

use actix_web::dev::RequestHead;
use actix_web::http::header::HOST;

/// The vendor's own names, for machines that resolve them to this server. Nobody else's pages can be
/// under them.
const VENDOR: [&str; 5] = [
    "mc.adobe.io",
    "platform.adobe.io",
    "platform-stage.adobe.io",
    "ims-na1.adobelogin.com",
    "ims-na1-stg1.adobelogin.com",
];

/// Those of them that serve Privacy Service and nothing else.
const PRIVACY: [&str; 2] = ["platform.adobe.io", "platform-stage.adobe.io"];

/// The names and addresses that requests may be made under.
#[derive(Debug, Clone)]
pub struct Hosts {
    bound: IpAddr,
    allowed: Vec<String>,
}

impl Hosts {
    /// Loopback names, the vendor's, the address bound, and `allowed` names, whose ports do not count.
    #[must_use]
    pub fn new(bound: SocketAddr, allowed: &[String]) -> Self {
        let allowed = allowed.iter().map(|name| name_of(name).to_owned()).collect();
        Self { bound: bound.ip(), allowed }
    }

    /// Whether a `Host` header names this server.
    #[must_use]
    pub fn allows(&self, host: &str) -> bool {
        let name = name_of(host);
        let allowed = self.allowed.iter().map(String::as_str).chain(VENDOR);
        if is_loopback(name) || is_among(name, allowed) {
            return true;
        }
        // No rebinding without a name: any address is right for a server bound to all of them.
        address(name).is_some_and(|ip| ip == self.bound || self.bound.is_unspecified())
    }

    /// Whether a `Host` header names this server, and not one of the vendor's.
    #[must_use]
    pub fn is_own(&self, host: &str) -> bool {
        self.allows(host) && !is_among(name_of(host), VENDOR.into_iter())
    }

    /// Whether a `Host` header names the machine itself.
    #[must_use]
    pub fn is_loopback(host: &str) -> bool {
        is_loopback(name_of(host))
    }
}

/// Whether a request names a host of Privacy Service.
pub(super) fn is_privacy_host(head: &RequestHead) -> bool {
    let host = head.headers().get(HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| is_among(name_of(host), PRIVACY.into_iter()))
}

fn is_among<'a>(name: &str, mut hosts: impl Iterator<Item = &'a str>) -> bool {
    hosts.any(|host| host.eq_ignore_ascii_case(name))
}

fn is_loopback(name: &str) -> bool {
    const LOCALHOST: &str = "localhost";
    let sub_domain = || {
        let parent = name.len().checked_sub(LOCALHOST.len() + 1).and_then(|at| name.get(at..));
        parent.is_some_and(|parent| parent.eq_ignore_ascii_case(".localhost"))
    };
    address(name).is_some_and(|ip| ip.is_loopback())
        || name.eq_ignore_ascii_case(LOCALHOST)
        || sub_domain()
}

fn address(name: &str) -> Option<IpAddr> {
    name.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(bound: &str) -> Hosts {
        Hosts::new(
            bound.parse().unwrap(),
            &["Mock.Test".to_owned(), "with-port.test:8443".to_owned()],
        )
    }

    #[test]
    fn loopback_the_bound_address_and_the_allowed_names_pass() {
        let local = hosts("127.0.0.1:8377");
        for host in [
            "localhost",
            "LOCALHOST:8377",
            "app.localhost:1",
            "127.0.0.1:8377",
            "127.0.0.2",
            "[::1]:8377",
            "[::1]",
            "mock.test:443",
            "MOCK.TEST",
            "with-port.test:8443",
            "with-port.test",
            "mc.adobe.io",
            "Platform-Stage.adobe.io:443",
        ] {
            assert!(local.allows(host), "{host}");
            assert_eq!(local.is_own(host), !host.contains("adobe"), "{host}");
        }
        for host in [
            "evil.test",
            "127.0.0.1.evil.test",
            "localhost.evil.test",
            "192.168.1.5",
            "",
            ":",
            "[",
            "[::1",
            "mock.test.evil",
            "notlocalhost",
            "adobe.io",
            "mc.adobe.io.evil.test",
        ] {
            assert!(!local.allows(host), "{host}");
        }
    }

    #[test]
    fn a_server_bound_to_all_addresses_answers_to_any_address_and_no_foreign_name() {
        let open = hosts("0.0.0.0:8377");
        assert!(open.allows("192.168.1.5:8377"));
        assert!(!open.allows("evil.test:8377"));
        assert!(!Hosts::is_loopback("192.168.1.5:8377"));
    }
}
