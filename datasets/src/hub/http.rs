//! HTTP by `ureq`, the client that `hf-hub` brings along. Redirects are followed here, because the token must not follow
//! one to another host or port, and `ureq` does not look at the port. None leads from an encrypted connection to one that
//! is not. The package index is asked by the same client, without the token.

use super::environment;
use super::proxies::Proxies;
use super::trouble::Trouble;
use crate::error::{Error, Result};
use std::time::Duration;
use ureq::http::header::{AUTHORIZATION, LOCATION, RANGE};
use ureq::http::{HeaderValue, Method, Request, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// An answer, of which the body has yet to come.
pub(super) type Response = ureq::http::Response<Body>;

/// The header by which the hub tells the hash of a file that it keeps elsewhere.
pub(super) const LINKED_ETAG: &str = "x-linked-etag";
/// How many redirects are followed in a row.
const MOST_REDIRECTS: usize = 10;

/// A client for one hub and the stores of bytes that it leads to.
pub(super) struct Http {
    agent: Agent,
    proxies: Proxies,
    /// What the token is sent as.
    authorisation: Option<HeaderValue>,
}

impl Http {
    /// Reads the token and the proxies from the environment, and connects nowhere yet. A server that sends nothing for
    /// `silence` counts as silent.
    pub fn from_env(silence: Duration) -> Result<Http> {
        let bearer = |token: String| -> Result<HeaderValue> {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::Option {
                option: "HF_TOKEN",
                detail: "the token holds characters that no token has".into(),
            })?;
            value.set_sensitive(true);
            Ok(value)
        };
        let authorisation = environment::token().map(bearer).transpose()?;
        Ok(Http { authorisation, ..Http::without_token(silence) })
    }

    /// Reads the proxies from the environment, and connects nowhere yet.
    pub fn without_token(silence: Duration) -> Http {
        let config = Agent::config_builder()
            .user_agent(concat!("mos-harness/", env!("CARGO_PKG_VERSION")))
            // The hash and the ranges are those of the file itself, not of a compressed form.
            .accept_encoding("identity")
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .timeout_resolve(Some(silence))
            .timeout_connect(Some(silence))
            .timeout_recv_response(Some(silence))
            .timeout_per_read(Some(silence))
            .timeout_per_write(Some(silence));
        Http { agent: config.build().into(), proxies: Proxies::from_env(), authorisation: None }
    }

    /// Asks for what stands at an address, from the byte `start` on, and follows redirects wherever they lead.
    pub fn get(&self, address: &Uri, start: u64) -> std::result::Result<Response, Trouble> {
        let range = (start > 0).then(|| format!("bytes={start}-"));
        self.request(&Method::GET, address, range.as_deref(), |_| true).map(|(response, _)| response)
    }

    /// Asks for what stands at an address, and tells at which address it stood behind all redirects.
    pub fn get_from(&self, address: &Uri) -> std::result::Result<(Response, Uri), Trouble> {
        self.request(&Method::GET, address, None, |_| true)
    }

    /// Asks for the headers of an address, and tells at which address they stood. The hub sends on to a store of bytes on
    /// another host or port, and tells of the file in that answer: it is returned. A mirror that sends on without a word
    /// of the file is followed.
    pub fn head(&self, address: &Uri) -> std::result::Result<(Response, Uri), Trouble> {
        self.request(&Method::HEAD, address, None, |response| !response.headers().contains_key(LINKED_ETAG))
    }

    fn request(
        &self,
        method: &Method,
        address: &Uri,
        range: Option<&str>,
        may_leave: impl Fn(&Response) -> bool,
    ) -> std::result::Result<(Response, Uri), Trouble> {
        let mut address = address.clone();
        let mut authorisation = self.authorisation.as_ref();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = Request::builder().method(method).uri(&address);
            if let Some(value) = authorisation {
                request = request.header(AUTHORIZATION, value);
            }
            if let Some(value) = range {
                request = request.header(RANGE, value);
            }
            let mut request = request.body(()).map_err(|_| Trouble::NotTheHub)?;
            if let Some(proxy) = self.proxies.of(&address) {
                request = self.agent.configure_request(request).proxy(Some(proxy.clone())).build();
            }
            let response = self.agent.run(request)?;
            if !leads_away(&response) {
                return Ok((response, address));
            }
            let next = destination(&address, &response.headers()[LOCATION]).ok_or(Trouble::NotTheHub)?;
            if place(&next) != place(&address) {
                if !may_leave(&response) {
                    return Ok((response, address));
                }
                authorisation = None;
            }
            if loses_encryption(&address, &next) {
                return Err(Trouble::Astray(format!("http://{}, which is not encrypted", host(&next))));
            }
            address = next;
        }
        Err(Trouble::Astray(format!("{}, and so on without an end", host(&address))))
    }
}

/// The host of an address, and its port if it tells one. The rest of an address can hold secrets.
pub(super) fn host(address: &Uri) -> String {
    let port = address.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", address.host().unwrap_or_default())
}

/// Whether a redirect leads from an encrypted connection to one that is not.
fn loses_encryption(from: &Uri, to: &Uri) -> bool {
    from.scheme_str() == Some("https") && to.scheme_str() != Some("https")
}

/// Whether an answer is a redirect.
pub(super) fn leads_away(response: &Response) -> bool {
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) && response.headers().contains_key(LOCATION)
}

/// An address with a scheme that is spoken here and a host, or `None`.
pub(super) fn absolute(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let known = matches!(uri.scheme_str(), Some("http" | "https"));
    (known && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
}

/// Where a redirect leads: an address, or one that is relative to the address that was asked.
fn destination(from: &Uri, location: &HeaderValue) -> Option<Uri> {
    link(from, location.to_str().ok()?)
}

/// Where a link on a page leads, which stands at the address `from`.
pub(super) fn link(from: &Uri, location: &str) -> Option<Uri> {
    let (scheme, host) = (from.scheme_str()?, from.authority()?);
    if location.starts_with("//") {
        absolute(&format!("{scheme}:{location}"))
    } else if location.starts_with('/') {
        absolute(&format!("{scheme}://{host}{location}"))
    } else if location.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':')) {
        absolute(location)
    } else {
        let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        absolute(&format!("{scheme}://{host}{folder}/{location}"))
    }
}

/// What the token is meant for: a scheme, a host and a port.
fn place(uri: &Uri) -> (Option<&str>, Option<String>, u16) {
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    (uri.scheme_str(), uri.host().map(str::to_ascii_lowercase), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_to_addresses_of_all_forms() {
        let from = absolute("https://hub.co/datasets/a/resolve/c/train.parquet?x=1").unwrap();
        let cases = [
            ("https://store.co:8443/b?Signature=a~b%2F*", Some("https://store.co:8443/b?Signature=a~b%2F*")),
            ("/api/resolve-cache/b?etag=%22c%22", Some("https://hub.co/api/resolve-cache/b?etag=%22c%22")),
            ("//store.co/b", Some("https://store.co/b")),
            ("other.parquet?to=http://x", Some("https://hub.co/datasets/a/resolve/c/other.parquet?to=http://x")),
            ("https://store.co/b#part", Some("https://store.co/b")),
            ("ftp://store.co/b", None),
            ("file:///etc/passwd", None),
            ("https:///b", None),
        ];
        for (location, expected) in cases {
            let found = destination(&from, &HeaderValue::from_static(location));
            assert_eq!(found.map(|uri| uri.to_string()).as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn no_redirect_leaves_encryption() {
        let (safe, open) = (absolute("https://hub.co/a").unwrap(), absolute("http://hub.co/a").unwrap());
        let lost =
            [(&safe, &open), (&open, &safe), (&open, &open), (&safe, &safe)].map(|(a, b)| loses_encryption(a, b));
        assert_eq!(lost, [true, false, false, false]);
        assert_eq!(host(&absolute("https://u:p@hub.co:81/secret?x=1").unwrap()), "hub.co:81");
    }

    #[test]
    fn a_token_is_for_one_scheme_host_and_port() {
        let at = |text: &str| absolute(text).unwrap();
        assert_eq!(place(&at("https://Hub.co/a")), place(&at("https://hub.co:443/b")));
        for other in ["http://hub.co/a", "https://hub.co:8443/a", "https://cdn.hub.co/a", "http://hub.co:443/a"] {
            assert_ne!(place(&at("https://hub.co/a")), place(&at(other)), "{other}");
        }
    }
}
