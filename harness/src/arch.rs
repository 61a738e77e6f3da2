//! `arch`: parameters, FLOPs and router features of HAT architectures.

use anyhow::{Context, Result};
use mos_baselines::space::{SearchSpace, describe, table};

use crate::cli::ArchArgs;

/// Runs the verb.
pub fn run(args: &ArchArgs) -> Result<()> {
    let space = SearchSpace::find(&args.space).context("--space")?;
    let reports = describe(&space, &args.file)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&reports)?);
    } else {
        print!("{}", table(&space, &reports));
    }
    Ok(())
}
