//! Files of other servers than the hub are fetched by the same client, without the hub's token.

use super::client::ATTEMPTS;
use super::environment;
use super::http::{Http, absolute, host, link};
use super::trouble::Trouble;
use std::time::Duration;
use ureq::http::Uri;

/// What a server answered.
pub(crate) struct Answer {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The address at which they stood, behind all redirects.
    pub address: Uri,
}

/// Why a file was not fetched.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no connection.
    Unreachable,
    /// There is another trouble, in words.
    Other(String),
}

/// Fetches what stands at an address, of at most `largest` bytes. Trouble that may pass is waited out.
pub(crate) fn get(address: &Uri, largest: u64) -> Result<Answer, Failure> {
    let silence = environment::silence().map_err(|e| Failure::Other(e.to_string()))?;
    let http = Http::without_token(silence);
    let mut attempt = 1;
    loop {
        let trouble = match once(&http, address, largest) {
            Ok(answer) => return Ok(answer),
            Err(trouble) => trouble,
        };
        if attempt == ATTEMPTS || !trouble.may_pass() {
            return Err(match trouble {
                Trouble::Unreachable => Failure::Unreachable,
                Trouble::NotTheHub => Failure::Other("the answer is not that of an index".into()),
                Trouble::Status(404, _) => Failure::Other("it knows no such page or file (status 404)".into()),
                trouble => Failure::Other(trouble.text(silence)),
            });
        }
        std::thread::sleep(Duration::from_millis(250 << attempt));
        attempt += 1;
    }
}

fn once(http: &Http, address: &Uri, largest: u64) -> Result<Answer, Trouble> {
    let (mut response, address) = http.get_from(address)?;
    super::client::check(&response)?;
    let bytes = response.body_mut().with_config().limit(largest).read_to_vec()?;
    Ok(Answer { bytes, address })
}

/// Reads an address with a scheme that is spoken here and a host.
pub(crate) fn address(text: &str) -> Option<Uri> {
    absolute(text)
}

/// Gives the host of an address, and its port if it tells one. The rest of an address can hold secrets.
pub(crate) fn host_of(address: &Uri) -> String {
    host(address)
}

/// Tells where a link on a page leads. Steps to the folder above are taken here, because not every server takes them.
pub(crate) fn follow(page: &Uri, target: &str) -> Option<Uri> {
    let uri = link(page, target)?;
    let mut steps: Vec<&str> = vec![];
    for step in uri.path().split('/').skip(1) {
        match step {
            ".." => {
                steps.pop();
            }
            "." => {}
            step => steps.push(step),
        }
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    absolute(&format!("{}://{}/{}{query}", uri.scheme_str()?, uri.authority()?, steps.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_all_forms_are_followed() {
        let page = address("https://index.org/root/simple/a/").unwrap();
        for (target, expected) in [
            ("../../packages/a-1.tar.gz#sha256=0", "https://index.org/root/packages/a-1.tar.gz"),
            ("/files/./a-1.tar.gz?x=..", "https://index.org/files/a-1.tar.gz?x=.."),
            ("https://files.org/p/a-1.tar.gz", "https://files.org/p/a-1.tar.gz"),
            ("a-1.tar.gz", "https://index.org/root/simple/a/a-1.tar.gz"),
        ] {
            assert_eq!(follow(&page, target).unwrap().to_string(), expected, "{target}");
        }
        assert!(follow(&page, "ftp://files.org/a").is_none());
    }
}
