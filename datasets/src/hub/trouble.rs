//! What goes wrong between here and the hub. The words are our own, because a server's text can be long, have many
//! lines, or hold what was sent to it.

use std::time::Duration;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trouble {
    /// There is no connection.
    Unreachable,
    /// There is no connection that could be trusted.
    Unsafe,
    /// A connection brought no byte for too long.
    Silent,
    /// The connection ended in the middle of an answer.
    Cut,
    /// The answer is one that the hub would not give, such as a login page.
    NotTheHub,
    /// The answer sends on to where nothing is asked for; the text says where that is.
    Astray(String),
    /// The answer has a status without success; the server may ask to wait for some time.
    Status(u16, Option<Duration>),
}

impl Trouble {
    /// Whether the same request may succeed later.
    pub fn may_pass(&self) -> bool {
        match self {
            Trouble::Unreachable | Trouble::Silent | Trouble::Cut => true,
            Trouble::Unsafe | Trouble::NotTheHub | Trouble::Astray(_) => false,
            Trouble::Status(status, _) => matches!(status, 408 | 429 | 500..=599),
        }
    }

    /// How long the server asks to wait, if it does.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Trouble::Status(_, wait) => *wait,
            _ => None,
        }
    }

    /// What happened, for a message.
    pub fn text(&self, silence: Duration) -> String {
        match self {
            Trouble::Unreachable => "it cannot be reached".into(),
            Trouble::Unsafe => "no safe connection to it can be made".into(),
            Trouble::Silent => format!("it sent nothing for {} s", silence.as_secs()),
            Trouble::Cut => "the connection was cut".into(),
            Trouble::NotTheHub => "the answer is not the hub's, but looks like a login page or a proxy's".into(),
            Trouble::Astray(place) => format!("it sends on to {place}"),
            Trouble::Status(401, _) => "it asks for a valid token, or there is no such dataset (status 401)".into(),
            Trouble::Status(403, _) => "it refuses access (status 403)".into(),
            Trouble::Status(404, _) => "it knows no such dataset, revision or file (status 404)".into(),
            Trouble::Status(429, _) => "it gets too many requests (status 429)".into(),
            Trouble::Status(status, _) => format!("it answers with status {status}"),
        }
    }

    /// What to do next, for a message.
    pub fn way_out(&self) -> &'static str {
        match self {
            Trouble::Unreachable => "connect to the network, or set HF_ENDPOINT to a mirror",
            Trouble::Unsafe => "check the system's certificates, HF_ENDPOINT and the proxy",
            Trouble::Silent => "run the same command again, or set HF_HUB_DOWNLOAD_TIMEOUT to more seconds",
            Trouble::Cut => "run the same command again: it goes on where it stopped",
            Trouble::NotTheHub => "log in to the network, and check HF_ENDPOINT and the proxy",
            Trouble::Astray(_) => "set HF_ENDPOINT to another mirror, or unset it",
            Trouble::Status(401, _) => "set HF_TOKEN to a valid token, or unset it for a public dataset",
            Trouble::Status(403, _) => "accept the dataset's terms on its page, or set HF_TOKEN to a token with access",
            Trouble::Status(404, _) => "check HF_ENDPOINT, and report the registry entry if it is wrong",
            Trouble::Status(429, _) => "wait some minutes, or set HF_TOKEN, and run the same command again",
            Trouble::Status(..) => "run the same command again later, or set HF_ENDPOINT to a mirror",
        }
    }
}

impl From<ureq::Error> for Trouble {
    fn from(error: ureq::Error) -> Trouble {
        use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof};
        use ureq::Error::*;
        match error {
            Timeout(_) => Trouble::Silent,
            HostNotFound | ConnectionFailed | ConnectProxyFailed(_) => Trouble::Unreachable,
            Tls(_) | Pem(_) | Rustls(_) => Trouble::Unsafe,
            Io(cause) => match cause.kind() {
                BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => Trouble::Cut,
                // The TLS client says so of a certificate, and of bytes that are not TLS.
                InvalidData => Trouble::Unsafe,
                _ => Trouble::Unreachable,
            },
            BodyExceedsLimit(_) => Trouble::NotTheHub,
            _ => Trouble::Cut,
        }
    }
}
