//! The addresses under which other machines reach a server.

use std::net::{IpAddr, SocketAddr};

/// Those of a server that is bound to `address`, as they can be typed; none of one that is on this machine alone.
pub(crate) fn reachable(address: SocketAddr) -> Vec<SocketAddr> {
    if address.ip().is_loopback() {
        return Vec::new();
    }
    if !address.ip().is_unspecified() {
        return vec![address];
    }
    // Without them there is nothing to print, and the server serves all the same.
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let found = interfaces.iter().map(if_addrs::Interface::ip);
    let mut found: Vec<IpAddr> = found.filter(|ip| is_for_others(*ip, address.is_ipv4())).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|ip| SocketAddr::new(ip, address.port())).collect()
}

/// Whether others can type an address: not one of this machine alone, nor one that needs the name of an interface.
fn is_for_others(ip: IpAddr, v4_only: bool) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local(),
        IpAddr::V6(ip) => !v4_only && !ip.is_loopback() && !ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_this_machine_alone_is_reached_by_nobody_else() {
        let reached = |address: &str| reachable(address.parse().unwrap());
        assert!(reached("127.0.0.1:80").is_empty() && reached("[::1]:80").is_empty());
        assert_eq!(reached("192.0.2.7:80"), ["192.0.2.7:80".parse().unwrap()]);
        for one in reached("0.0.0.0:80") {
            assert!(one.is_ipv4() && one.port() == 80 && !one.ip().is_loopback(), "{one}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_typed_is_left_out() {
        let passes = |ip: &str, v4_only| is_for_others(ip.parse().unwrap(), v4_only);
        assert!(passes("192.168.1.5", true) && passes("2001:db8::1", false));
        for ip in ["127.0.0.1", "169.254.1.1", "::1", "fe80::1"] {
            assert!(!passes(ip, false), "{ip}");
        }
        assert!(!passes("2001:db8::1", true));
    }
}
