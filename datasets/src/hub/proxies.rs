//! The proxies that the environment names: `HTTPS_PROXY` and `HTTP_PROXY` for addresses of that scheme, `ALL_PROXY` for
//! those that they leave, and `NO_PROXY` for the hosts that are asked without one. `ureq` reads the same variables, but
//! takes the first that is set for all addresses, and knows no networks in `NO_PROXY`.

use std::net::IpAddr;
use ureq::Proxy;
use ureq::http::Uri;

/// The proxies, by the scheme of an address, and the hosts that are asked without one.
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    direct: Vec<String>,
}

impl Proxies {
    /// Reads the environment.
    pub fn from_env() -> Proxies {
        Proxies::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Proxies {
        let text = |name: &str| variable(name).or_else(|| variable(&name.to_lowercase())).unwrap_or_default();
        // In a CGI program, a request can set HTTP_PROXY, so that none of the variables can be trusted.
        let proxy = |name| Proxy::new(&text(name)).ok().filter(|_| variable("REQUEST_METHOD").is_none());
        let hosts = text("NO_PROXY");
        let direct = hosts.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_string).collect();
        let all = proxy("ALL_PROXY");
        Proxies { http: proxy("HTTP_PROXY").or(all.clone()), https: proxy("HTTPS_PROXY").or(all), direct }
    }

    /// The proxy by which an address is asked, if it is by one.
    pub fn of(&self, address: &Uri) -> Option<&Proxy> {
        let host = address.host()?.trim_matches(['[', ']']);
        if self.direct.iter().any(|entry| covers(entry, host)) {
            return None;
        }
        match address.scheme_str() {
            Some("http") => self.http.as_ref(),
            Some("https") => self.https.as_ref(),
            _ => None,
        }
    }
}

/// Whether an entry of `NO_PROXY` is about a host: `*`, an IP address or a network of such (`10.0.0.0/8`), or a domain,
/// which stands for its subdomains, too.
fn covers(entry: &str, host: &str) -> bool {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return entry == "*" || entry.parse() == Ok(ip) || in_network(entry, ip).unwrap_or(false);
    }
    let domain = entry.strip_prefix('.').unwrap_or(entry).to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    entry == "*" || host.strip_suffix(&domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Whether an address is in a network such as `10.0.0.0/8`; `None` if the text is no network.
fn in_network(network: &str, ip: IpAddr) -> Option<bool> {
    let (base, length) = network.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    match (base.parse().ok()?, ip) {
        (IpAddr::V4(base), IpAddr::V4(ip)) => {
            let differs = u32::from(base) ^ u32::from(ip);
            Some(differs.checked_shr(32u32.checked_sub(length)?).unwrap_or(0) == 0)
        }
        (IpAddr::V6(base), IpAddr::V6(ip)) => {
            let differs = u128::from(base) ^ u128::from(ip);
            Some(differs.checked_shr(128u32.checked_sub(length)?).unwrap_or(0) == 0)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The host of the proxy by which an address is asked, where the environment holds these variables.
    fn proxy(variables: &[(&str, &str)], address: &str) -> Option<String> {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.to_string());
        let proxies = Proxies::from_variables(variable);
        proxies.of(&address.parse().unwrap()).map(|proxy| format!("{}:{}", proxy.host(), proxy.port()))
    }

    #[test]
    fn the_scheme_of_the_address_chooses_the_proxy() {
        let both = [("HTTP_PROXY", "http://a:1"), ("https_proxy", "http://u:p@b:2"), ("ALL_PROXY", "c:3")];
        assert_eq!(proxy(&both, "http://hub.co/x").as_deref(), Some("a:1"));
        assert_eq!(proxy(&both, "https://hub.co/x").as_deref(), Some("b:2"));
        assert_eq!(proxy(&both[..1], "https://hub.co/x"), None);
        assert_eq!(proxy(&both[2..], "https://hub.co/x").as_deref(), Some("c:3"));
        assert_eq!(proxy(&[("HTTPS_PROXY", ""), ("ALL_PROXY", "c:3")], "https://hub.co/x").as_deref(), Some("c:3"));
        assert_eq!(proxy(&[("HTTP_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")], "http://hub.co/x"), None);
    }

    #[test]
    fn hosts_in_no_proxy_are_asked_without_one() {
        let direct = |entry: &str, address: &str| {
            proxy(&[("ALL_PROXY", "http://a:1"), ("NO_PROXY", &format!("x.org, {entry}"))], address).is_none()
        };
        for (entry, address) in [
            ("hub.co", "https://hub.co/x"),
            ("hub.co", "https://cdn.HUB.co/x"),
            (".hub.co", "https://hub.co/x"),
            (".hub.co", "https://cdn.hub.co:8443/x"),
            ("*", "https://hub.co/x"),
            ("*", "https://[::1]/x"),
            ("127.0.0.1", "http://127.0.0.1:80/x"),
            ("10.0.0.0/8", "http://10.1.2.3/x"),
            ("0.0.0.0/0", "http://10.1.2.3/x"),
            ("fd00::/8", "http://[fd12::1]/x"),
        ] {
            assert!(direct(entry, address), "{entry} {address}");
        }
        for (entry, address) in [
            ("hub.co", "https://nothub.co/x"),
            ("hub.co", "https://hub.co.uk/x"),
            ("127.0.0.1", "http://127.0.0.2/x"),
            ("10.0.0.0/8", "http://11.1.2.3/x"),
            ("10.0.0.0/33", "http://10.0.0.0/x"),
            ("", "https://hub.co/x"),
        ] {
            assert!(!direct(entry, address), "{entry} {address}");
        }
    }
}
