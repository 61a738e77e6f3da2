//! `audit` checks a run, or a bundle of one.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;
use mos_reports::audit::{self, Source};
use mos_reports::bundle::is_bundle;
use mos_reports::find_run;

use super::Output;
use super::json::json;
use crate::cli::AuditArgs;

/// Audits the run and says what to print.
pub fn audit(args: &AuditArgs) -> Result<Output> {
    let path = Path::new(&args.run);
    let source = if is_bundle(path) {
        Source::Bundle(path.to_owned())
    } else {
        let runs = env::var_os("MOS_ROOT").map_or_else(PathBuf::new, PathBuf::from).join("runs");
        Source::Folder(find_run(Some(&args.run), &runs)?)
    };
    let audit = audit::audit(&source, args.expect_digest.as_deref())?;
    let text = if args.json { json(&audit)? } else { audit.text() };
    Ok(Output { text, trouble: None, code: audit.exit_code() })
}
