//! `data fetch` downloads the files of a corpus.

use super::output::{Output, document, progress};
use mos_datasets::cache;
use mos_datasets::cli::FetchArgs;
use mos_datasets::hub::pins::PinnedBy;
use mos_datasets::registry::Entry;
use serde_json::json;
use std::fmt::Write;

/// Downloads what is missing or damaged, and tells all files.
pub fn run(args: &FetchArgs) -> anyhow::Result<Output> {
    let entry = Entry::resolve(&args.id)?;
    let files = entry.source.fetch(&cache::root()?, &progress)?;
    anyhow::ensure!(!files.is_empty(), "{} is a local folder: there is nothing to download", args.id);
    if args.json {
        return Ok(Output { text: document(&json!({"id": entry.id, "files": files})), good: true });
    }
    let mut text = String::new();
    for file in files {
        let pinned = match file.pinned_by {
            PinnedBy::Registry => "the pinned SHA-256",
            PinnedBy::FirstFetch => "the SHA-256 that the hub gave at the first fetch",
        };
        writeln!(text, "{}: {} is in the cache and has {pinned}", entry.id, file.file)?;
    }
    Ok(Output { text, good: true })
}
