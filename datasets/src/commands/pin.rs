//! `data pin` prints the pins of the first fetch as TOML for the registry.

use super::catalogue::{self, Item};
use super::output::{Output, progress};
use mos_datasets::cache;
use mos_datasets::cli::PinArgs;
use mos_datasets::hub::pins::{HubFiles, Pinned};
use serde::Serialize;

/// The part of an entry of pairs that pins fill in.
#[derive(Serialize)]
struct Entry {
    source: Parts,
}

/// The table `source` of an entry, as far as pins fill it in.
#[derive(Serialize)]
struct Parts {
    parts: Vec<HubFiles>,
}

/// The tables of files that pins fill in, in other entries, wherever they stand there.
#[derive(Serialize)]
struct Files {
    files: Vec<HubFiles>,
}

/// Prints the pins. The hub is asked for those that are not known yet.
pub fn run(args: &PinArgs) -> anyhow::Result<Output> {
    let item = catalogue::find(&args.id)?;
    let pinned = item.pinned(&cache::root()?, &progress)?;
    anyhow::ensure!(!pinned.is_empty(), "{} is not on the hub: the registry pins it already", args.id);
    let filled_in =
        |(files, pinned): (HubFiles, Pinned)| HubFiles { revision: pinned.commit, pins: pinned.files, ..files };
    let files: Vec<HubFiles> = pinned.into_iter().map(filled_in).collect();
    let text = match item {
        Item::Pairs(_) => toml::to_string(&Entry { source: Parts { parts: files } })?,
        Item::Documents(_) | Item::Tasks(_) => toml::to_string(&Files { files })?,
    };
    Ok(Output { text, good: true })
}
