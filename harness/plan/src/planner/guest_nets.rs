//! Names what the searches of other papers' methods found.

use mos_spaces::search::limit::Limit;
use mos_spaces::{Arch, SearchSpace, SpaceName};

use crate::error::Result;
use crate::files::manifest::{GuestCard, SubnetCard};
use crate::subject::{NamedArch, SubnetKind};

/// Name of AutoDistil's row in the table of methods.
pub const AUTODISTIL: &str = "autodistil";

/// Name of NAS-BERT's row in the table of methods.
pub const NAS_BERT: &str = "nas-bert";

/// What follows the name of a guest's net that was trained from scratch with as many FLOPs as stand behind the guest's.
pub const EQUAL_FLOPS: &str = "-equal-flops";

/// A guest's search.
#[derive(Clone, Debug)]
pub struct GuestSearch {
    /// The guest's name in the table of methods.
    pub method: &'static str,
    /// Position of its job.
    pub job: usize,
    /// Position of the training of its supernet.
    pub supernet: usize,
    /// Its space.
    pub space: SpaceName,
    /// Its limit.
    pub limit: Limit,
}

/// A net that a guest's search found.
#[derive(Clone, Debug, PartialEq)]
pub struct GuestNet {
    /// The guest's name in the table of methods.
    pub method: String,
    /// Position of the training of its supernet.
    pub supernet: usize,
    /// Its space.
    pub space: SpaceName,
    /// The limit that it was found under.
    pub limit: Limit,
    /// The net.
    pub subnet: NamedArch,
    /// FLOPs that were counted of its teacher, its supernet and its search, where these have ended.
    pub flops: Option<f64>,
}

impl GuestNet {
    /// Makes the entry that `run.toml` holds of it.
    ///
    /// # Errors
    /// Fails if the space is none of this version's.
    pub fn card(&self) -> Result<GuestCard> {
        let space = SearchSpace::find(self.space.as_str())?;
        Ok(GuestCard {
            method: self.method.clone(),
            space: self.space.as_str().to_string(),
            limit: self.limit,
            subnet: SubnetCard::of(&space, &self.subnet),
        })
    }
}

/// Names what each guest's search found: `guest-1`, ... in the order of the searches. With each comes what was counted of
/// the FLOPs behind it.
pub fn name_guests(found: Vec<(&GuestSearch, Arch, Option<f64>)>) -> Vec<GuestNet> {
    let named = |(i, (search, arch, flops)): (usize, (&GuestSearch, Arch, Option<f64>))| GuestNet {
        method: search.method.to_string(),
        supernet: search.supernet,
        space: search.space.clone(),
        limit: search.limit,
        subnet: NamedArch::numbered(SubnetKind::Guest, i + 1, arch),
        flops,
    };
    found.into_iter().enumerate().map(named).collect()
}

/// Takes the largest net of each space in place of those that are not found yet, for estimates.
///
/// # Errors
/// Fails if a space is none of this version's.
pub fn guest_stand_ins(searches: &[GuestSearch]) -> Result<Vec<GuestNet>> {
    let largest = |search: &GuestSearch| Ok(SearchSpace::find(search.space.as_str())?.largest());
    let archs = searches.iter().map(largest).collect::<Result<Vec<_>>>()?;
    Ok(name_guests(searches.iter().zip(archs).map(|(search, arch)| (search, arch, None)).collect()))
}
