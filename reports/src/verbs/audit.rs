//! `audit` checks a run, or a bundle of one.

use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_base::files::write_atomic;
use mos_reports::audit::{self, Source};
use mos_reports::bundle::is_bundle;
use mos_reports::find_run;

use super::json::json;
use super::{Output, root};
use crate::cli::AuditArgs;

/// Audits the run and says what to print.
pub fn audit(args: &AuditArgs) -> Result<Output> {
    if args.replay.is_some() || args.replay_job.is_some() {
        bail!("making jobs again needs libtorch: `cargo xtask audit` with the same options");
    }
    let path = Path::new(&args.run);
    let source = if is_bundle(path) {
        Source::Bundle(path.to_owned())
    } else {
        let runs = root().join("runs");
        Source::Folder(find_run(Some(&args.run), &runs)?)
    };
    let audit = audit::audit(&source, args.expect_digest.as_deref(), args.replayed.as_deref())?;
    if let Some(path) = &args.intoto {
        let statement = json(&audit::statement(&audit))?;
        write_atomic(path, statement.as_bytes()).with_context(|| format!("--intoto {}", path.display()))?;
    }
    let text = if args.json { json(&audit)? } else { audit.text() };
    Ok(Output { text, trouble: None, code: audit.exit_code() })
}
