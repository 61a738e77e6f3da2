//! `data list` tells the corpora and tasks of the registry, and what the cache holds of them.

use super::catalogue::{self, Item};
use super::output::{Output, document};
use super::prepared::prepared;
use mos_datasets::cache;
use mos_datasets::cli::ListArgs;
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

/// Lists all entries.
pub fn run(args: &ListArgs) -> anyhow::Result<Output> {
    let cache = cache::root()?;
    let prepared = prepared(&cache, false)?;
    let vocabularies = |id: &str| -> Vec<&str> {
        prepared.iter().filter(|p| p.id == id && p.state.is_ok()).map(|p| p.vocab.as_str()).collect()
    };
    if args.json {
        let mut entries = vec![];
        for item in catalogue::all() {
            let (downloaded, size) = (downloaded(&cache, &item)?, item.size(&cache)?);
            let vocabularies = vocabularies(item.head().id);
            entries.push(json!({
                "entry": item.json(), "downloaded": downloaded, "size": size, "prepared_vocabularies": vocabularies
            }));
        }
        return Ok(Output { text: document(&json!(entries)), good: true });
    }
    let mut text = String::new();
    for item in catalogue::all() {
        let head = item.head();
        let default = if head.is_default { " (default)" } else { "" };
        writeln!(text, "{}{default}", head.id)?;
        writeln!(text, "  {}", head.title)?;
        writeln!(text, "  text: {}; from {}", head.text_licence, item.describe())?;
        if let Some(tasks) = tasks(&item) {
            writeln!(text, "  tasks: {tasks}")?;
        }
        let prepared = match &vocabularies(head.id)[..] {
            [] => "not prepared".to_string(),
            rows => format!("prepared with {} vocabulary rows", rows.join(", ")),
        };
        let downloaded = if downloaded(&cache, &item)? { "downloaded" } else { "not downloaded" };
        writeln!(text, "  {downloaded}, {prepared}; download: {}", item.size(&cache)?)?;
    }
    writeln!(text, "\nA folder of your own text works too: cargo xtask data show --help")?;
    Ok(Output { text, good: true })
}

/// Names the tasks of an entry, if it has some.
fn tasks(item: &Item) -> Option<String> {
    let tasks = match item {
        Item::Pairs(_) => return None,
        Item::Documents(entry) => &entry.tasks,
        Item::Tasks(entry) => &entry.tasks,
    };
    let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whether all files of the entry are there; `data verify` checks their content.
fn downloaded(cache: &Path, item: &Item) -> anyhow::Result<bool> {
    Ok(item.downloads(cache)?.is_some_and(|files| files.iter().all(|file| file.path.exists())))
}
