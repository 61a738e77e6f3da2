//! What a run knows of its prepared corpus, whatever its track.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use mos_datasets::hub::pins::{Pinned, PinnedBy};
use mos_plan::files::manifest::DataCard;
use mos_plan::profile::profile::Profile;
use mos_plan::spec::inputs::CorpusRole;

/// A prepared corpus, opened and checked.
#[derive(Debug)]
pub struct Prepared {
    /// Its folder.
    pub dir: PathBuf,
    /// What the report says of it.
    pub card: DataCard,
    /// Rows of the models' embedding tables.
    pub embedding_rows: usize,
}

/// The prepared corpora of a run, by the parts that they play.
pub type PreparedCorpora = BTreeMap<CorpusRole, Prepared>;

/// How a track has its corpora: a row for each track.
pub struct Corpora {
    /// Refuses a corpus that cannot be had, and names the flag.
    pub require: fn(&Profile) -> Result<()>,
    /// Prepares what a profile reads, and returns the folders; every file in them has then been checked.
    pub prepare: fn(&Profile) -> Result<BTreeMap<CorpusRole, PathBuf>>,
    /// Opens prepared folders and refuses what the profile cannot be judged on; `verify` checks every file anew.
    pub open: fn(&Profile, folders: &BTreeMap<CorpusRole, PathBuf>, verify: bool) -> Result<PreparedCorpora>,
}

/// Returns the folder of one part.
///
/// # Errors
/// Fails if there is none.
pub fn folder(folders: &BTreeMap<CorpusRole, PathBuf>, role: CorpusRole) -> Result<&Path> {
    folders.get(&role).map(PathBuf::as_path).with_context(|| format!("the run has no folder of its `{}`", role.name()))
}

/// Says, for the report, which bytes of the hub a corpus was made of.
pub fn pin_note(pinned: &Pinned) -> String {
    let by = match pinned.by {
        PinnedBy::Registry => "pinned by this program's registry",
        PinnedBy::FirstFetch => "pinned by the first fetch on the machine that prepared it",
    };
    format!("{} at commit {}: {} files, {by}.", pinned.dataset, pinned.commit, pinned.files.len())
}
