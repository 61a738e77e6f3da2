//! Each action of `data` has a module.

mod catalogue;
mod croissant;
mod fetch;
mod list;
mod output;
mod pin;
mod prepared;
mod show;
mod show_documents;
mod show_pairs;
mod show_tasks;
mod task_table;
mod verify;

use mos_datasets::cli::Data;
use output::Output;

/// Carries out an action.
pub fn run(action: &Data) -> anyhow::Result<Output> {
    match action {
        Data::List(args) => list::run(args),
        Data::Fetch(args) => fetch::run(args),
        Data::Verify(args) => verify::run(args),
        Data::Pin(args) => pin::run(args),
        Data::Show(args) => show::run(args),
    }
}
