//! The Hugging Face hub: which files a revision holds, their hashes, and their bytes.
//!
//! The `hf-hub` crate is the client: it reads `HF_ENDPOINT`, finds the cache folder (`HF_HUB_CACHE`, else `HF_HOME`,
//! else `~/.cache/huggingface`), asks the API, and looks files up in the cache, whose layout it shares with the Python
//! tools, so that a file that they have downloaded is used and the other way round. Every file is first looked up by the
//! crate in local files only; `HF_HUB_OFFLINE`, which the crate does not read, leaves it at that.
//!
//! Two things are done here, because the crate cannot: the SHA-256 of a file, which the hub gives with the redirect
//! that the crate follows, and a download that goes on where a broken one stopped (see [`download`]). Both use the HTTP
//! client that the crate brings along.
//!
//! Xet storage stays unused and untested: the bytes are always fetched by plain HTTP from the `resolve` address, which
//! the hub serves for files of both kinds. The crate's own downloads, its uploads and its Xet client are never called.
//!
//! The token (`HF_TOKEN`, or the file that `hf auth login` wrote) goes to the endpoint alone: a redirect to another
//! host or port drops it. Errors are written here, from the status alone, and quote nothing that a server said.

pub mod download;
pub mod pins;
mod trouble;

use crate::{Error, Result};
use hf_hub::{HFClient, HFClientSync, split_id};
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use std::path::PathBuf;
use std::time::Duration;
pub(crate) use trouble::Trouble;

/// How often a request is made that fails for a reason that may pass.
const ATTEMPTS: u32 = 4;
/// Longest wait that is granted to a server that asks for one.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Seconds without a byte after which a server counts as silent.
const SILENCE: Duration = Duration::from_secs(30);

/// A connection to the hub, as the environment describes it.
pub struct Hub {
    client: HFClientSync,
    endpoint: String,
    token: Option<String>,
    silence: Duration,
    /// Follows redirects.
    follow: Client,
    /// Follows redirects within one host only: what the hub says of a file stands in the answer that leads away.
    stay: Client,
}

/// What the hub says of a file, before its bytes.
#[derive(Debug, PartialEq)]
pub(crate) struct FileFacts {
    /// SHA-256, if the file is kept outside git, as all large ones are.
    pub sha256: Option<String>,
    pub bytes: Option<u64>,
    pub commit: Option<String>,
}

/// Whether `HF_HUB_OFFLINE` is set, by the rule of the Python client.
pub fn offline() -> bool {
    let value = std::env::var("HF_HUB_OFFLINE").unwrap_or_default();
    ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str())
}

/// The token: `HF_TOKEN`, else the file `HF_TOKEN_PATH`, else `token` in the hub's folder, in the crate's order.
fn token() -> Option<String> {
    let set = |name| std::env::var(name).ok().filter(|v| !v.is_empty());
    if set("HF_HUB_DISABLE_IMPLICIT_TOKEN").is_some() {
        return None;
    }
    let file = set("HF_TOKEN_PATH").map(PathBuf::from).unwrap_or_else(|| hf_hub::hf_home().join("token"));
    let token = set("HF_TOKEN").or_else(|| std::fs::read_to_string(file).ok())?;
    Some(token.trim().to_string()).filter(|token| !token.is_empty())
}

impl Hub {
    /// Connects nowhere yet.
    pub fn from_env() -> Result<Hub> {
        let option = |option, detail: String| Error::Option { option, detail };
        let silence = match std::env::var("HF_HUB_DOWNLOAD_TIMEOUT") {
            Ok(text) => {
                let seconds = text.parse::<u64>().ok().filter(|seconds| *seconds > 0);
                let detail = format!("'{text}' is not a number of seconds above 0");
                Duration::from_secs(seconds.ok_or_else(|| option("HF_HUB_DOWNLOAD_TIMEOUT", detail))?)
            }
            Err(_) => SILENCE,
        };
        let program = concat!("mos-harness/", env!("CARGO_PKG_VERSION"));
        let cannot = |_| option("HF_ENDPOINT", "no HTTP client can be made; check the system's certificates".into());
        let plain = || Client::builder().user_agent(program).connect_timeout(silence).timeout(silence);
        let asynchronous =
            reqwest::Client::builder().user_agent(program).connect_timeout(silence).read_timeout(silence);
        let token = token();
        if token.as_ref().is_some_and(|token| HeaderValue::from_str(token).is_err()) {
            return Err(option("HF_TOKEN", "the token holds characters that no token has".into()));
        }
        // The crate's own repeats do not heed how long the server asks to wait; those of `repeat` do.
        let mut builder = HFClient::builder().client(asynchronous.build().map_err(cannot)?).retry_max_attempts(0);
        if let Some(token) = &token {
            builder = builder.token(token.clone());
        }
        let client = builder.build().map_err(|_| option("HF_ENDPOINT", "it is not an address".into()))?;
        Ok(Hub {
            endpoint: client.endpoint().to_string(),
            client: HFClientSync::from_inner(client).map_err(|e| option("HF_ENDPOINT", e.to_string()))?,
            token,
            silence,
            follow: plain().build().map_err(cannot)?,
            stay: plain().redirect(same_host()).build().map_err(cannot)?,
        })
    }

    /// The commit of a revision, and the paths of all its files.
    fn list(&self, dataset: &str, revision: &str, progress: &dyn Fn(&str)) -> Result<(String, Vec<String>)> {
        let what = format!("the files of {dataset} at {revision}");
        let (owner, name) = split_id(dataset);
        let repository = self.client.dataset(owner, name);
        let info = self.repeat(&what, progress, || Ok(repository.info().revision(revision).send()?))?;
        let commit = info.sha.ok_or_else(|| self.error(&what, &Trouble::NotTheHub))?;
        Ok((commit, info.siblings.unwrap_or_default().into_iter().map(|file| file.rfilename).collect()))
    }

    /// A file in the hub's cache, by the crate's own look-up, which asks no server.
    fn local(&self, dataset: &str, commit: &str, path: &str) -> Option<PathBuf> {
        let (owner, name) = split_id(dataset);
        let repository = self.client.dataset(owner, name);
        repository.download_file().filename(path).revision(commit).local_files_only(true).send().ok()
    }

    /// What the hub says of a file: the headers of its `resolve` address, before any redirect to a store of bytes.
    pub(crate) fn head(&self, dataset: &str, commit: &str, path: &str, progress: &dyn Fn(&str)) -> Result<FileFacts> {
        self.repeat(&format!("the hash of {path}"), progress, || {
            let response = self.authorised(self.stay.head(self.address(dataset, commit, path))).send()?;
            let leads_away = response.status().is_redirection() && response.headers().contains_key(LOCATION);
            if !leads_away {
                check(&response)?;
            }
            Ok(facts(response.headers()))
        })
    }

    /// `{endpoint}/datasets/{dataset}/resolve/{commit}/{path}`; the paths were checked to need no escapes.
    fn address(&self, dataset: &str, commit: &str, path: &str) -> String {
        format!("{}/datasets/{dataset}/resolve/{commit}/{path}", self.endpoint)
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Calls until it succeeds, or fails for good, or has failed [`ATTEMPTS`] times.
    fn repeat<T>(
        &self,
        what: &str,
        progress: &dyn Fn(&str),
        mut call: impl FnMut() -> std::result::Result<T, Trouble>,
    ) -> Result<T> {
        let mut attempt = 1;
        loop {
            match call() {
                Ok(value) => return Ok(value),
                Err(trouble) if attempt < ATTEMPTS && trouble.may_pass() => {
                    self.wait(&trouble, attempt, progress);
                    attempt += 1;
                }
                Err(trouble) => return Err(self.error(what, &trouble)),
            }
        }
    }

    /// Waits as long as the server asked for, else 0.5, 1, 2 ... seconds.
    fn wait(&self, trouble: &Trouble, attempt: u32, progress: &dyn Fn(&str)) {
        let wait = trouble.wait().unwrap_or(Duration::from_millis(250 << attempt)).min(LONGEST_WAIT);
        progress(&format!("{}; trying again in {:.1} s", trouble.text(self.silence), wait.as_secs_f64()));
        std::thread::sleep(wait);
    }

    fn error(&self, what: &str, trouble: &Trouble) -> Error {
        // Of the address only the host: it can hold a password.
        let host = reqwest::Url::parse(&self.endpoint).ok().and_then(|url| {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            Some(format!("{}{port}", url.host_str()?))
        });
        let detail = format!("{}; {}", trouble.text(self.silence), trouble.way_out());
        Error::Hub { what: what.to_string(), host: host.unwrap_or_default(), detail }
    }
}

fn same_host() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let same = attempt.previous().last().is_some_and(|from| {
            let to = attempt.url();
            (from.host_str(), from.port_or_known_default()) == (to.host_str(), to.port_or_known_default())
        });
        if attempt.previous().len() > 10 {
            attempt.error("too many redirects")
        } else if same {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

/// An answer without success is trouble.
fn check(response: &Response) -> std::result::Result<(), Trouble> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let seconds = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
    Err(Trouble::Status(status.as_u16(), seconds.map(Duration::from_secs)))
}

fn facts(headers: &HeaderMap) -> FileFacts {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_string);
    let tag = text("x-linked-etag").or_else(|| text("etag")).unwrap_or_default();
    let tag = tag.trim_start_matches("W/").trim_matches('"').to_string();
    FileFacts {
        sha256: Some(tag).filter(|tag| pins::is_hex(tag, 64)),
        bytes: text("x-linked-size").and_then(|size| size.parse().ok()),
        commit: text("x-repo-commit"),
    }
}
