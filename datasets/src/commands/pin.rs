//! `data pin`.

use crate::{Output, progress};
use mos_datasets::cache;
use mos_datasets::cli::PinArgs;
use mos_datasets::hub::pins::HubFiles;
use mos_datasets::registry;
use mos_datasets::source::Source;
use serde::Serialize;

/// The part of a registry entry that pins fill in.
#[derive(Serialize)]
struct Pinned {
    source: Parts,
}

#[derive(Serialize)]
struct Parts {
    parts: Vec<HubFiles>,
}

pub fn run(args: &PinArgs) -> anyhow::Result<Output> {
    let entry = registry::find(&args.id)?;
    let Source::HuggingFace(hub) = &entry.source else {
        anyhow::bail!("{} is not on the hub: the registry pins it already", args.id);
    };
    let pinned = hub.pinned(&cache::root()?, &progress)?;
    let parts = hub.parts.iter().zip(pinned);
    let parts = parts.map(|(part, pinned)| HubFiles { revision: pinned.commit, pins: pinned.files, ..part.clone() });
    Ok(Output { text: toml::to_string(&Pinned { source: Parts { parts: parts.collect() } })?, good: true })
}
