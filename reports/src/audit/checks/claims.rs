//! Do the verdicts follow?

use std::fs;

use mos_plan::files::folder::REPORT;

use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::AuditedRun;

/// The table of verdicts in a report.
const VERDICTS: &str = "verdicts.csv";

/// C1: the report's verdicts are those that the records give.
pub fn verdicts(run: &AuditedRun) -> Checked {
    let what = "verdicts";
    let drawn = match run.drawn() {
        Ok(drawn) => drawn,
        Err(reason) => return Checked::cannot_tell(what, format!("they can't be made again: {reason}")),
    };
    let tables: Vec<(String, String)> =
        drawn.files().into_iter().filter(|(name, _)| name.ends_with(VERDICTS)).collect();
    let mut checked = Checked::of(what, Mark::Recomputed);
    for (name, expected) in tables {
        let file = format!("{REPORT}/{name}");
        let Ok(found) = fs::read_to_string(run.dir.join(&file)) else {
            return Checked::cannot_tell(what, "the run's report holds none");
        };
        for (row, line) in expected.lines().enumerate().skip(1) {
            let own = found.lines().nth(row);
            checked.check(own == Some(line), &file, Some(row), || {
                format!("the report says `{}`, the records give `{line}`", own.unwrap_or_default())
            });
        }
    }
    checked
}
