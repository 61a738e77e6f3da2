//! What the environment says about the hub, by the rules of the Python client. The `hf-hub` crate reads only some of
//! these variables.

use crate::error::{Error, Result};
use std::path::PathBuf;
use std::time::Duration;

/// How long a connection may bring no byte, where `HF_HUB_DOWNLOAD_TIMEOUT` does not say.
const SILENCE: Duration = Duration::from_secs(30);

/// Whether `HF_HUB_OFFLINE` is set, by the rule of the Python client.
pub(super) fn offline() -> bool {
    let value = std::env::var("HF_HUB_OFFLINE").unwrap_or_default();
    ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str())
}

/// The hub's address: `HF_ENDPOINT`, else that of the public hub.
pub(super) fn endpoint() -> String {
    let set = std::env::var("HF_ENDPOINT").unwrap_or_else(|_| "https://huggingface.co".into());
    set.trim_end_matches('/').to_string()
}

/// The folder of the hub's cache: `HF_HUB_CACHE`, else `hub` in the hub's folder.
pub(super) fn hub_cache() -> PathBuf {
    let set = path("HF_HUB_CACHE").or_else(|| path("HUGGINGFACE_HUB_CACHE"));
    set.unwrap_or_else(|| home().join("hub"))
}

/// The hub's folder: `HF_HOME`, else `huggingface` in `XDG_CACHE_HOME`, else `~/.cache/huggingface`.
fn home() -> PathBuf {
    let in_cache = || path("XDG_CACHE_HOME").unwrap_or_else(|| std::env::home_dir().unwrap_or_default().join(".cache"));
    path("HF_HOME").unwrap_or_else(|| in_cache().join("huggingface"))
}

/// The token: `HF_TOKEN`, else the file `HF_TOKEN_PATH`, else `token` in the hub's folder.
pub(super) fn token() -> Option<String> {
    if set("HF_HUB_DISABLE_IMPLICIT_TOKEN").is_some() {
        return None;
    }
    let file = path("HF_TOKEN_PATH").unwrap_or_else(|| home().join("token"));
    let token = set("HF_TOKEN").or_else(|| std::fs::read_to_string(file).ok())?;
    Some(token.trim().to_string()).filter(|token| !token.is_empty())
}

/// How long a connection may bring no byte before the server counts as silent.
pub(super) fn silence() -> Result<Duration> {
    let option = "HF_HUB_DOWNLOAD_TIMEOUT";
    let Ok(text) = std::env::var(option) else { return Ok(SILENCE) };
    match text.parse::<u64>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err(Error::Option { option, detail: format!("'{text}' is not a number of seconds above 0") }),
    }
}

/// A variable that is set to something.
fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable that is set to a path.
fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
