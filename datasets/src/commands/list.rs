//! `data list` tells the corpora of the registry, and what the cache holds of them.

use super::output::{Output, document};
use super::prepared::prepared;
use mos_datasets::cache;
use mos_datasets::cli::ListArgs;
use mos_datasets::registry::{self, Entry};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

/// Lists all entries.
pub fn run(args: &ListArgs) -> anyhow::Result<Output> {
    let cache = cache::root()?;
    let prepared = prepared(&cache, false)?;
    let vocabularies = |entry: &Entry| -> Vec<&str> {
        prepared.iter().filter(|p| p.id == entry.id && p.state.is_ok()).map(|p| p.vocab.as_str()).collect()
    };
    if args.json {
        let mut entries = vec![];
        for e in registry::all() {
            let (downloaded, size) = (downloaded(&cache, e)?, e.source.size(&cache)?);
            let vocabularies = vocabularies(e);
            entries.push(json!({
                "entry": e, "downloaded": downloaded, "size": size, "prepared_vocabularies": vocabularies
            }));
        }
        return Ok(Output { text: document(&json!(entries)), good: true });
    }
    let mut text = String::new();
    for entry in registry::all() {
        let default = if entry.id == registry::DEFAULT { " (default)" } else { "" };
        writeln!(text, "{}{default}", entry.id)?;
        writeln!(text, "  {}", entry.title)?;
        writeln!(text, "  text: {}; from {}", entry.text_licence, entry.source.describe())?;
        let prepared = match &vocabularies(entry)[..] {
            [] => "not prepared".to_string(),
            rows => format!("prepared with {} vocabulary rows", rows.join(", ")),
        };
        let downloaded = if downloaded(&cache, entry)? { "downloaded" } else { "not downloaded" };
        writeln!(text, "  {downloaded}, {prepared}; download: {}", entry.source.size(&cache)?)?;
    }
    writeln!(text, "\nA folder of your own text works too: cargo xtask data show --help")?;
    Ok(Output { text, good: true })
}

/// Whether all files of the entry are there; `data verify` checks their content.
fn downloaded(cache: &Path, entry: &Entry) -> anyhow::Result<bool> {
    Ok(entry.source.downloads(cache)?.is_some_and(|files| files.iter().all(|file| file.path.exists())))
}
