//! `gap` measures the gap of any CSV table.

use anyhow::Result;
use mos_reports::gap::{Request, measure, to_text};
use mos_reports::stats::{Direction, Settings};

use super::json::json;
use crate::cli::GapArgs;

/// Measures the gaps and says what to print.
pub fn gap(args: &GapArgs) -> Result<String> {
    let direction = if args.lower_is_better { Direction::LowerIsBetter } else { Direction::HigherIsBetter };
    let request = Request {
        scratch: args.scratch.clone(),
        supernets: args.supernet.clone(),
        groups: args.group.clone(),
        direction,
        settings: Settings::new(args.seed),
    };
    let gaps = measure(&args.file, &request)?;
    if args.json { json(&gaps) } else { Ok(to_text(&gaps, &request)) }
}
