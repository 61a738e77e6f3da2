//! `report` renders a run's report again.

use std::env;
use std::path::PathBuf;

use anyhow::Result;
use mos_reports::{find_run, render};

use super::json::json;
use crate::cli::ReportArgs;

/// Renders the report and says what to print.
pub fn report(args: &ReportArgs) -> Result<String> {
    let runs = env::var_os("MOS_ROOT").map_or_else(PathBuf::new, PathBuf::from).join("runs");
    let folder = find_run(args.run.as_deref(), &runs)?;
    let rendered = render(&folder)?;
    if args.json {
        json(&serde_json::json!({ "run": folder, "report": rendered.index }))
    } else {
        Ok(format!("{}\n\nReport: {}\n", rendered.headline.trim_end(), rendered.index.display()))
    }
}
