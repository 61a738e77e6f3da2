//! What goes wrong between here and the hub, in words of our own: a server's text can be long, of many lines, or hold
//! what was sent to it.

use hf_hub::HFError;
use std::time::Duration;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// No connection.
    Unreachable,
    /// A connection without a byte for too long.
    Silent,
    /// The connection ended in the middle of an answer.
    Cut,
    /// An answer that the hub would not give, such as a login page.
    NotTheHub,
    /// An answer without success, and how long the server asks to wait.
    Status(u16, Option<Duration>),
}

impl Trouble {
    /// Whether the same request may succeed later.
    pub fn may_pass(&self) -> bool {
        match self {
            Trouble::Unreachable | Trouble::Silent | Trouble::Cut => true,
            Trouble::NotTheHub => false,
            Trouble::Status(status, _) => matches!(status, 408 | 429 | 500..=599),
        }
    }

    /// How long the server asks to wait.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Trouble::Status(_, wait) => *wait,
            _ => None,
        }
    }

    /// What happened.
    pub fn text(&self, silence: Duration) -> String {
        match self {
            Trouble::Unreachable => "it cannot be reached".into(),
            Trouble::Silent => format!("it sent nothing for {} s", silence.as_secs()),
            Trouble::Cut => "the connection was cut".into(),
            Trouble::NotTheHub => "the answer is not the hub's, but looks like a login page or a proxy's".into(),
            Trouble::Status(401, _) => "it asks for a valid token, or there is no such dataset (status 401)".into(),
            Trouble::Status(403, _) => "it refuses access (status 403)".into(),
            Trouble::Status(404, _) => "it knows no such dataset, revision or file (status 404)".into(),
            Trouble::Status(429, _) => "it gets too many requests (status 429)".into(),
            Trouble::Status(status, _) => format!("it answers with status {status}"),
        }
    }

    /// What to do next.
    pub fn way_out(&self) -> &'static str {
        match self {
            Trouble::Unreachable => "connect to the network, or set HF_ENDPOINT to a mirror",
            Trouble::Silent => "run the same command again, or set HF_HUB_DOWNLOAD_TIMEOUT to more seconds",
            Trouble::Cut => "run the same command again: it goes on where it stopped",
            Trouble::NotTheHub => "log in to the network, and check HF_ENDPOINT and the proxy",
            Trouble::Status(401, _) => "set HF_TOKEN to a valid token, or unset it for a public dataset",
            Trouble::Status(403, _) => "accept the dataset's terms on its page, or set HF_TOKEN to a token with access",
            Trouble::Status(404, _) => "check HF_ENDPOINT, and report the registry entry if it is wrong",
            Trouble::Status(429, _) => "wait some minutes, or set HF_TOKEN, and run the same command again",
            Trouble::Status(..) => "run the same command again later, or set HF_ENDPOINT to a mirror",
        }
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Trouble {
        if error.is_timeout() {
            Trouble::Silent
        } else if error.is_connect() {
            Trouble::Unreachable
        } else if error.is_redirect() {
            Trouble::NotTheHub
        } else {
            // A decoding error of JSON never comes here: see below.
            Trouble::Cut
        }
    }
}

impl From<HFError> for Trouble {
    fn from(error: HFError) -> Trouble {
        match error {
            HFError::Request { source, .. } if source.is_decode() && !source.is_timeout() => Trouble::NotTheHub,
            HFError::Request { source, .. } => source.into(),
            HFError::RateLimited { retry_after, .. } => Trouble::Status(429, retry_after),
            HFError::AuthRequired { .. } => Trouble::Status(401, None),
            HFError::Forbidden { .. } => Trouble::Status(403, None),
            HFError::RepoNotFound { .. } | HFError::RevisionNotFound { .. } | HFError::EntryNotFound { .. } => {
                Trouble::Status(404, None)
            }
            HFError::Http { context } => Trouble::Status(context.status.as_u16(), None),
            _ => Trouble::NotTheHub,
        }
    }
}
