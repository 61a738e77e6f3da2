//! The manifest says what searches found; this reads it as the finds of a run.

use mos_plan::SubnetId;
use mos_plan::files::manifest::{RunManifest, SubnetCard};
use mos_spaces::search::limit::Limit;

use crate::error::{Error, Result};

/// A find is a subnet that a method's searches found in the supernet of one seed. It stands once, however many limits
/// led to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    /// The method.
    pub method: String,
    /// The seed.
    pub seed: i64,
    /// The subnet.
    pub subnet: SubnetId,
    /// The limits under which it was found, in the order of the plan.
    pub limits: Vec<Limit>,
}

/// Gives the finds of a run, in the order of the plan.
///
/// # Errors
/// It is an error when a search found a subnet that the manifest does not describe.
pub fn finds(manifest: &RunManifest) -> Result<Vec<Find>> {
    let mut finds: Vec<Find> = Vec::new();
    for card in &manifest.found {
        let same =
            |find: &&mut Find| find.method == card.method && find.seed == card.seed && find.subnet.name == card.subnet;
        match finds.iter_mut().find(same) {
            Some(find) => find.limits.push(card.limit),
            None => finds.push(Find {
                method: card.method.clone(),
                seed: card.seed,
                subnet: described(manifest, &card.subnet)?.id.clone(),
                limits: vec![card.limit],
            }),
        }
    }
    Ok(finds)
}

fn described<'a>(manifest: &'a RunManifest, name: &str) -> Result<&'a SubnetCard> {
    let mut cards = manifest.subnets.iter().chain(&manifest.found_subnets);
    cards.find(|card| card.id.name == name).ok_or_else(|| {
        Error::Render(format!("a search of run {} found `{name}`, which run.toml does not describe", manifest.name))
    })
}
