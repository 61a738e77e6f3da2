//! What `data show` tells of tasks.

use super::output::{Output, document, progress};
use super::show_documents;
use super::task_table::table;
use mos_datasets::cli::ShowArgs;
use mos_datasets::documents::registry as documents;
use mos_datasets::tasks::set::{self, TaskSet, TaskSetEntry};
use serde_json::json;
use std::fmt::Write;

/// Prepares a task set with the vocabulary of the default corpus, and tells its sizes and licences.
pub fn run(args: &ShowArgs, entry: &TaskSetEntry) -> anyhow::Result<Output> {
    let (_, corpus) = show_documents::open(args, documents::find(documents::DEFAULT)?)?;
    let folder = set::prepare(&entry.id, &corpus, &progress)?;
    let set = TaskSet::open(&folder, true)?;
    let m = set.manifest();
    if args.json {
        let text = document(&json!({"folder": folder, "manifest": m}));
        return Ok(Output { text, good: true });
    }
    let mut text = format!("{}: {}\n", m.id, m.title);
    writeln!(text, "licence   text: {}", m.text_licence)?;
    writeln!(text, "cite      {}", m.citation)?;
    writeln!(text, "tokens    vocabulary of {}, examples of {}; data hash {}", m.corpus, m.sequence_length, m.hash)?;
    text.push_str(&table(&m.tasks)?);
    writeln!(text)?;
    for note in &m.notes {
        writeln!(text, "note      {note}")?;
    }
    writeln!(text, "folder    {}", folder.display())?;
    Ok(Output { text, good: true })
}
