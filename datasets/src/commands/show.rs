//! `data show` prepares a corpus and tells what it holds, or describes it for machines.

use super::catalogue::{self, Item};
use super::output::{Output, document};
use super::{croissant, show_documents, show_pairs, show_tasks};
use mos_datasets::cli::ShowArgs;

/// Prepares the corpus if need be, and tells its sizes, its licence and some of its text.
pub fn run(args: &ShowArgs) -> anyhow::Result<Output> {
    let item = catalogue::resolve(&args.id)?;
    if args.croissant {
        return Ok(Output { text: document(&croissant::describe(&item)?), good: true });
    }
    match item {
        Item::Pairs(_) => show_pairs::run(args),
        Item::Documents(entry) => show_documents::run(args, entry),
        Item::Tasks(entry) => show_tasks::run(args, entry),
    }
}
