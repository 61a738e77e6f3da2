//! Handles the sweep behind a profile's rates, as far as a run needs it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mos_base::files::sha256_file;
use mos_plan::choices::last_part;
use mos_plan::experiment::Experiment;
use mos_plan::files::folder::SWEEP;
use mos_reports::{read_records, sweep_remarks};

use super::session::Session;
use crate::system::files;

/// Copies the sweep's records beside `run.toml`, where the profile names them.
pub fn copy_tune_records(session: &Session) -> Result<Option<PathBuf>> {
    let copy = session.store.dir.join(SWEEP);
    let Some(tuning) = &session.experiment.profile.tuning else {
        if copy.exists() {
            std::fs::remove_file(&copy).with_context(|| format!("could not remove {}", copy.display()))?;
        }
        return Ok(None);
    };
    if copy.exists() && sha256_file(&copy)? == tuning.sha256 {
        return Ok(Some(copy));
    }
    let source = session.root.join(&tuning.records);
    let mend = format!("restore it (git checkout {}) or tune again (`{}`)", tuning.records, tuning.command);
    let hash =
        sha256_file(&source).with_context(|| format!("the profile's rates come from {}; {mend}", tuning.records))?;
    if hash != tuning.sha256 {
        bail!("{} is not the file that the profile's rates come from (SHA-256 {hash}); {mend}", tuning.records);
    }
    files::copy_atomic(&source, &copy)?;
    Ok(Some(copy))
}

/// Warns of the rates that no sweep stands behind.
pub fn warn_of_untuned(experiment: &Experiment, tune: Option<&Path>) -> Result<()> {
    let Some(tune) = tune else {
        eprintln!("note: the peak learning rates of profile {} come from no sweep", experiment.name);
        return Ok(());
    };
    let records = read_records(tune)?;
    let profile = &experiment.profile;
    let methods = profile.methods.iter().map(String::as_str);
    for remark in sweep_remarks(&records, profile.track, methods, &last_part(&profile.dataset)) {
        eprintln!("note: peak learning rates: {remark}");
    }
    Ok(())
}
