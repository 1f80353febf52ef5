//! The values of options: how they are written, and what is said of one that is wrong.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use crate::domain::{OrgName, Timestamp, parse_duration};

/// Where the server listens by default.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8377);

pub(super) fn public_url(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = host.map(|host| host.trim_end_matches('/')).filter(|host| !host.is_empty());
    match host {
        Some(host) if !host.contains(['/', '?', '#', ' ']) => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("use a scheme and a host, such as https://mc.adobe.io".to_owned()),
    }
}

/// An address to listen on. A port alone is one that only this machine reaches.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    if text == "localhost" || text.parse::<IpAddr>().is_ok() {
        let host = if text.contains(':') { format!("[{text}]") } else { text.to_owned() };
        return Err(format!("the port is missing: write {host}:{}", DEFAULT_LISTEN.port()));
    }
    let (host, number) = text.rsplit_once(':').unwrap_or(("", text));
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match (host, is_number) {
        ("" | "localhost", true) => Ok(SocketAddr::new(DEFAULT_LISTEN.ip(), port(number)?)),
        (_, true) if address.is_ok() => Err(port(number).err().unwrap_or_default()),
        _ => Err(
            "use a port, or an IP address and a port, such as 8377, 127.0.0.1:8377 or 0.0.0.0:8377"
                .to_owned(),
        ),
    }
}

pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "use a port from 0 to 65535".to_owned())
}

pub(crate) fn whole_number<T: FromStr>(text: &str) -> Result<T, String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fault = if is_number { "the number is too large" } else { "use a whole number, 0 or more" };
    text.parse().map_err(|_| fault.to_owned())
}

pub(super) fn positive_number(text: &str) -> Result<u32, String> {
    match whole_number(text)? {
        0 => Err("use 1 or more".to_owned()),
        number => Ok(number),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    Duration::try_from(parse_duration(text)?)
        .map_err(|_| "it is negative: use 0s or more".to_owned())
}

pub(crate) fn timestamp(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "write a time like 2026-01-31T08:00:00Z".to_owned())
}

pub(crate) fn org_name(text: &str) -> Result<OrgName, String> {
    OrgName::parse(text).ok_or_else(|| {
        "an org name has letters, digits, dots, dashes and underscores, and starts with a letter or a digit"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_and_localhost_are_this_machine() {
        for text in ["9999", ":9999", "localhost:9999", "127.0.0.1:9999"] {
            assert_eq!(listen_address(text), Ok("127.0.0.1:9999".parse().unwrap()), "{text}");
        }
        for address in ["0.0.0.0:0", "[::1]:8377", "192.168.1.5:80"] {
            assert_eq!(listen_address(address), Ok(address.parse().unwrap()), "{address}");
        }
        for (bad, said) in [
            ("127.0.0.1", "the port is missing: write 127.0.0.1:8377"),
            ("::1", "the port is missing: write [::1]:8377"),
            ("localhost", "the port is missing: write localhost:8377"),
            ("65536", "use a port from 0 to 65535"),
            ("localhost:65536", "use a port from 0 to 65535"),
            ("0.0.0.0:65536", "use a port from 0 to 65535"),
            ("[::1]:65536", "use a port from 0 to 65535"),
            ("", "use a port, or an IP address"),
            (":", "use a port, or an IP address"),
            ("nowhere", "use a port, or an IP address"),
            ("nowhere:80", "use a port, or an IP address"),
            ("http://localhost:80", "use a port, or an IP address"),
            ("256.0.0.1:80", "use a port, or an IP address"),
        ] {
            let fault = listen_address(bad).unwrap_err();
            assert!(fault.starts_with(said), "{bad}: {fault}");
        }
    }
}
