//! `audit` checks a run.

use std::env;
use std::path::PathBuf;

use anyhow::Result;
use mos_reports::audit;
use mos_reports::find_run;

use super::Output;
use super::json::json;
use crate::cli::AuditArgs;

/// Audits the run and says what to print.
pub fn audit(args: &AuditArgs) -> Result<Output> {
    let runs = env::var_os("MOS_ROOT").map_or_else(PathBuf::new, PathBuf::from).join("runs");
    let audit = audit::audit(&find_run(Some(&args.run), &runs)?)?;
    let text = if args.json { json(&audit)? } else { audit.text() };
    Ok(Output { text, trouble: None, code: audit.exit_code() })
}
