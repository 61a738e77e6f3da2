//! `night` adds a night to a history.

use std::path::PathBuf;

use anyhow::Result;
use mos_reports::find_run;
use mos_reports::history::{append, night};

use super::root;
use crate::cli::NightArgs;

/// Adds the night and says where it stands.
pub fn night(args: &NightArgs) -> Result<String> {
    let timings = night::Timings::read(&args.timings)?;
    let runs = root().join("runs");
    let folders = args.runs.iter().map(|run| find_run(Some(run), &runs)).collect::<Result<Vec<PathBuf>, _>>()?;
    let folders: Vec<_> = folders.iter().map(PathBuf::as_path).collect();
    let rows = night::rows(&args.night, &folders, &timings)?;
    let path = append(&args.history, &rows)?;
    Ok(format!("{}: {} rows\n", path.display(), rows.len()))
}
