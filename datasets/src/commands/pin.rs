//! `data pin` prints the pins of the first fetch as TOML for the registry.

use super::output::{Output, progress};
use mos_datasets::cache;
use mos_datasets::cli::PinArgs;
use mos_datasets::hub::pins::HubFiles;
use mos_datasets::registry;
use mos_datasets::sources::Source;
use serde::Serialize;

/// The part of a registry entry that pins fill in.
#[derive(Serialize)]
struct Entry {
    source: Parts,
}

/// The table `source` of an entry, as far as pins fill it in.
#[derive(Serialize)]
struct Parts {
    parts: Vec<HubFiles>,
}

/// Prints the pins. The hub is asked for those that are not known yet.
pub fn run(args: &PinArgs) -> anyhow::Result<Output> {
    let entry = registry::find(&args.id)?;
    let Source::HuggingFace(hub) = &entry.source else {
        anyhow::bail!("{} is not on the hub: the registry pins it already", args.id);
    };
    let pinned = hub.pinned(&cache::root()?, &progress)?;
    let parts = hub.parts.iter().zip(pinned);
    let parts = parts.map(|(part, pinned)| HubFiles { revision: pinned.commit, pins: pinned.files, ..part.clone() });
    Ok(Output { text: toml::to_string(&Entry { source: Parts { parts: parts.collect() } })?, good: true })
}
