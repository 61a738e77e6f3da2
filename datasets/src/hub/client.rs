//! The connection to the hub: the questions that it answers, and how often a question is asked again.

use super::environment;
use super::http::{Http, LINKED_ETAG, Response, absolute, host, leads_away};
use super::pins::{Repository, is_hex};
use super::trouble::Trouble;
use crate::error::{Error, Result};
use hf_hub::api::RepoInfo;
use hf_hub::api::sync::{Api, ApiBuilder, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};
use std::time::Duration;
use ureq::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use ureq::http::{HeaderMap, Uri};

/// How often a request is made that fails for a reason that may pass.
pub(super) const ATTEMPTS: u32 = 4;
/// Longest wait that is granted to a server that asks for one.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Longest list of files that is read.
const LONGEST_LIST: u64 = 1 << 28;

/// A connection to the hub, as the environment describes it.
pub(super) struct Hub {
    /// The crate's client, which knows the hub's addresses.
    api: Api,
    endpoint: Uri,
    http: Http,
    silence: Duration,
}

/// What the hub says of a file, before its bytes.
pub(super) struct FileFacts {
    /// The SHA-256, if the file is kept outside git, as all large ones are.
    pub sha256: Option<String>,
    /// The size.
    pub bytes: Option<u64>,
    /// The commit that the answer is about.
    pub commit: Option<String>,
    /// The host that told all this, where a mirror sent the question on.
    pub host: String,
}

impl Hub {
    /// Reads the environment, and connects nowhere yet.
    pub fn from_env() -> Result<Hub> {
        let wrong = || Error::Option { option: "HF_ENDPOINT", detail: "it is not an address".into() };
        let silence = environment::silence()?;
        let http = Http::from_env(silence)?;
        let text = environment::endpoint();
        let endpoint = absolute(&text).ok_or_else(wrong)?;
        // The crate's client gets no token, because it makes no requests: `http` does.
        let api = ApiBuilder::from_cache(Cache::new(environment::hub_cache())).with_endpoint(text).with_token(None);
        Ok(Hub { api: api.build().map_err(|_| wrong())?, endpoint, http, silence })
    }

    /// A repository at a revision.
    fn at(&self, repository: Repository, name: &str, revision: &str) -> ApiRepo {
        let kind = match repository {
            Repository::Dataset => RepoType::Dataset,
            Repository::Model => RepoType::Model,
        };
        self.api.repo(Repo::with_revision(name.to_string(), kind, revision.to_string()))
    }

    /// The commit of a revision, and the paths of all its files.
    pub fn list(
        &self,
        repository: Repository,
        name: &str,
        revision: &str,
        progress: &dyn Fn(&str),
    ) -> Result<(String, Vec<String>)> {
        let what = format!("the files of {name} at {revision}");
        let request = self.at(repository, name, revision).info_request();
        let address = request.uri_ref().ok_or_else(|| self.error(&what, &Trouble::NotTheHub))?;
        let info: RepoInfo = self.repeat(&what, progress, || {
            let mut response = self.http.get(address, 0)?;
            check(&response)?;
            let body = response.body_mut().with_config().limit(LONGEST_LIST).read_to_vec()?;
            serde_json::from_slice(&body).map_err(|_| Trouble::NotTheHub)
        })?;
        Ok((info.sha, info.siblings.into_iter().map(|file| file.rfilename).collect()))
    }

    /// What the hub says of a file: the headers of its `resolve` address, before any redirect to a store of bytes, but
    /// behind those of a mirror.
    pub fn head(
        &self,
        repository: Repository,
        name: &str,
        commit: &str,
        path: &str,
        progress: &dyn Fn(&str),
    ) -> Result<FileFacts> {
        let what = format!("the hash of {path}");
        let address = self.address(repository, name, commit, path)?;
        self.repeat(&what, progress, || {
            let (response, place) = self.http.head(&address)?;
            let on_the_way = leads_away(&response);
            if !on_the_way {
                check(&response)?;
            }
            Ok(facts(response.headers(), on_the_way, host(&place)))
        })
    }

    /// `{endpoint}/datasets/{name}/resolve/{commit}/{path}`, for a model without `datasets/`; the paths were checked to
    /// need no escapes.
    pub fn address(&self, repository: Repository, name: &str, commit: &str, path: &str) -> Result<Uri> {
        absolute(&self.at(repository, name, commit).url(path)).ok_or_else(|| self.error(path, &Trouble::NotTheHub))
    }

    /// Asks for the bytes of a file from `start` on. Redirects are followed, and the token goes to the endpoint alone.
    pub fn get(&self, address: &Uri, start: u64) -> std::result::Result<Response, Trouble> {
        self.http.get(address, start)
    }

    /// Makes a call until it succeeds, or fails for good, or has failed [`ATTEMPTS`] times.
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
    pub fn wait(&self, trouble: &Trouble, attempt: u32, progress: &dyn Fn(&str)) {
        let wait = trouble.wait().unwrap_or(Duration::from_millis(250 << attempt)).min(LONGEST_WAIT);
        progress(&format!("{}; trying again in {:.1} s", trouble.text(self.silence), wait.as_secs_f64()));
        std::thread::sleep(wait);
    }

    /// The error of a request that failed for good.
    pub fn error(&self, what: &str, trouble: &Trouble) -> Error {
        let detail = format!("{}; {}", trouble.text(self.silence), trouble.way_out());
        Error::Hub { what: what.to_string(), host: host(&self.endpoint), detail }
    }
}

/// Takes an answer without success for trouble.
pub(super) fn check(response: &Response) -> std::result::Result<(), Trouble> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let seconds = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
    Err(Trouble::Status(status.as_u16(), seconds.map(Duration::from_secs)))
}

/// What the headers of an answer say of a file. The length of the answer is that of the file unless it is a redirect's.
fn facts(headers: &HeaderMap, on_the_way: bool, host: String) -> FileFacts {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_string);
    let tag = text(LINKED_ETAG).or_else(|| text("etag")).unwrap_or_default();
    let tag = tag.trim_start_matches("W/").trim_matches('"').to_string();
    let length = || text(CONTENT_LENGTH.as_str()).filter(|_| !on_the_way);
    FileFacts {
        sha256: Some(tag).filter(|tag| is_hex(tag, 64)),
        bytes: text("x-linked-size").or_else(length).and_then(|size| size.parse().ok()),
        commit: text("x-repo-commit"),
        host,
    }
}
