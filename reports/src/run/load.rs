//! This reads the folder of a run.

use std::fs;
use std::path::Path;

use mos_base::text::one_line;
use mos_plan::Record;
use mos_plan::files::folder::{MANIFEST, SWEEP};
use mos_plan::files::job::RECORDS;
use mos_plan::files::manifest::RunManifest;

use super::loaded::Run;
use super::records::read_records;
use crate::error::{Error, Result};

/// Reads the run in `folder`, and the records of the sweep behind its rates where there are any.
///
/// # Errors
/// This fails when a file of the run is missing, damaged or of a newer version, and when the run has no finished
/// training.
pub fn load(folder: &Path) -> Result<(Run, Option<Vec<Record>>)> {
    let path = folder.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
    let manifest = RunManifest::parse(&text).map_err(|reason| Error::Manifest { path, reason: one_line(&reason) })?;
    let records = read_records(&folder.join(RECORDS))?;
    let sweep = folder.join(SWEEP);
    let sweep = if sweep.exists() { Some(read_records(&sweep)?) } else { None };
    Ok((Run::new(manifest, &records)?, sweep))
}
