//! `report` renders a run's report again.

use anyhow::{Context, Result, anyhow};
use mos_plan::files::folder::REPORT;
use mos_reports::{draw, find_run};

use super::json::json;
use super::{Output, root};
use crate::cli::ReportArgs;

/// Renders the report and says what to print, which is the result even where the report cannot be written.
pub fn report(args: &ReportArgs) -> Result<Output> {
    let runs = root().join("runs");
    let folder = find_run(args.run.as_deref(), &runs)?;
    let drawn = draw(&folder)?;
    let written = match &args.out {
        Some(out) => drawn.write(out, false).context("--out"),
        None => drawn.write(&folder.join(REPORT), true).map_err(|error| {
            anyhow!("the report could not be written: {error}; choose another place with --out FOLDER")
        }),
    };
    let index = written.as_ref().ok();
    let text = if args.json {
        json(&serde_json::json!({ "run": folder, "report": index }))?
    } else {
        let place = index.map(|index| format!("\n\nReport: {}", index.display())).unwrap_or_default();
        format!("{}{place}\n", drawn.headline.trim_end())
    };
    Ok(Output { text, trouble: written.err(), code: 0 })
}
