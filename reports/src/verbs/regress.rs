//! `regress` judges the last night of a history.

use anyhow::Result;
use mos_reports::history::{self, show, track};

use super::json::json;
use super::{Output, root};
use crate::cli::{RegressArgs, RegressFormat};

/// Judges the night and says what to print.
pub fn regress(args: &RegressArgs) -> Result<Output> {
    let default = || root().join("history");
    let rows = history::read_history(&args.history.clone().unwrap_or_else(default))?;
    let tracked = track(&rows, args.against.as_deref())?;
    let text = match args.format {
        RegressFormat::Text => show::text(&tracked),
        RegressFormat::Markdown => show::markdown(&tracked),
        RegressFormat::Json => json(&show::json(&tracked))?,
        RegressFormat::Bmf => json(&show::bmf(&tracked))?,
        RegressFormat::Gha => json(&show::gha(&tracked))?,
    };
    if let Some(folder) = &args.out {
        history::page::page(&tracked)?.write(folder, false)?;
    }
    Ok(Output { text, trouble: None, code: tracked.exit_code() })
}
