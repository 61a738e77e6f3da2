//! The verb `arch` prints parameters, FLOPs and router features of architectures.

use anyhow::{Context, Result};
use mos_plan::cli::ArchArgs;
use mos_spaces::SearchSpace;
use mos_spaces::report::{describe, table};

use super::output::print;

/// Runs the verb.
pub fn run(args: &ArchArgs) -> Result<()> {
    let space = SearchSpace::find(&args.space).context("--space")?;
    let reports = describe(&space, &args.file)?;
    if args.json {
        return print(&(serde_json::to_string_pretty(&reports)? + "\n"));
    }
    print(&table(&space, &reports))
}
