//! `data fetch` downloads the files of a corpus.

use super::catalogue;
use super::output::{Output, document, progress};
use mos_datasets::cache;
use mos_datasets::cli::FetchArgs;
use mos_datasets::hub::pins::PinnedBy;
use serde_json::json;
use std::fmt::Write;

/// Downloads what is missing or damaged, and tells all files.
pub fn run(args: &FetchArgs) -> anyhow::Result<Output> {
    let item = catalogue::resolve(&args.id)?;
    let files = item.fetch(&cache::root()?, &progress)?;
    anyhow::ensure!(!files.is_empty(), "{} is a local folder: there is nothing to download", args.id);
    let id = item.head().id;
    if args.json {
        return Ok(Output { text: document(&json!({"id": id, "files": files})), good: true });
    }
    let mut text = String::new();
    for file in files {
        let pinned = match file.pinned_by {
            PinnedBy::Registry => "the pinned SHA-256",
            PinnedBy::FirstFetch => "the SHA-256 that the hub gave at the first fetch",
        };
        writeln!(text, "{id}: {} is in the cache and has {pinned}", file.file)?;
    }
    Ok(Output { text, good: true })
}
