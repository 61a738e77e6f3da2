//! `compare` sets two runs side by side.

use anyhow::Result;
use mos_reports::compare::compare as side_by_side;
use mos_reports::find_run;

use super::json::json;
use super::root;
use crate::cli::CompareArgs;

/// Compares the runs and says what to print.
pub fn compare(args: &CompareArgs) -> Result<String> {
    let runs = root().join("runs");
    let [a, b] = [find_run(Some(&args.a), &runs)?, find_run(Some(&args.b), &runs)?];
    let compared = side_by_side(&a, &b)?;
    let page = args.out.as_ref().map(|folder| compared.page().write(folder, false)).transpose()?;
    if args.json {
        return json(&serde_json::json!({ "a": a, "b": b, "scores": compared.scores, "page": page }));
    }
    let place = page.map(|page| format!("\nPage: {}\n", page.display())).unwrap_or_default();
    Ok(format!("{}{place}", compared.text()))
}
