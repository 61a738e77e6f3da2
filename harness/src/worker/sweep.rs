//! Removes what an unfinished job leaves in its folder and a finished one does not need.

use std::path::Path;

use anyhow::{Context as _, Result};

/// Name of the file with the state of a training.
pub const TRAINING_STATE: &str = "state.json";
/// Name of the file with the state of a search.
pub const SEARCH_STATE: &str = "search.json";
/// Name of the file with the subnets scored so far.
pub const PARTIAL_SCORES: &str = "scored.json";
/// Beginning of the names of files with the best weights so far. The update follows, so that a newer best never
/// overwrites the one that the saved state names.
pub const BEST: &str = "best-";
/// Beginning of the names of checkpoints; the update follows.
pub const CHECKPOINT: &str = "checkpoint-";

/// Name of the file with the latencies that a search has measured.
pub const MEASURED: &str = "measured.json";
/// Name of the file that says how a training's first attempt failed.
pub const FIRST_ATTEMPT: &str = "first-attempt.json";

/// Removes what an unfinished job needs from the folder of a finished one.
pub fn sweep(job_dir: &Path) -> Result<()> {
    remove(job_dir, |name| {
        [SEARCH_STATE, PARTIAL_SCORES, FIRST_ATTEMPT, MEASURED].contains(&name) || is_of_training(name)
    })
}

/// Removes all that a training could be resumed from. The state goes first: it names the other files, and a kill in between
/// leaves files that nobody asks for.
pub fn forget_training(job_dir: &Path) -> Result<()> {
    remove(job_dir, |name| name == TRAINING_STATE)?;
    remove(job_dir, is_of_training)
}

fn is_of_training(name: &str) -> bool {
    name == TRAINING_STATE || name.starts_with(BEST) || name.starts_with(CHECKPOINT)
}

/// Removes the files of a folder whose names `unwanted` picks.
pub fn remove(job_dir: &Path, unwanted: impl Fn(&str) -> bool) -> Result<()> {
    for entry in std::fs::read_dir(job_dir)? {
        let path = entry?.path();
        if path.file_name().and_then(|n| n.to_str()).is_some_and(&unwanted) {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
