//! Was everything measured on the same texts?

use std::collections::BTreeMap;

use mos_plan::files::job::JOB_FILE;

use super::structure::NO_JOBS;
use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::AuditedRun;

/// D1: all jobs read the run's corpora.
pub fn corpora(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("corpora of jobs", NO_JOBS);
    }
    let mut checked = Checked::of("corpora of jobs", Mark::Consistent);
    let known: BTreeMap<&str, &str> =
        run.manifest.corpora.iter().map(|card| (card.id.as_str(), card.hash.as_str())).collect();
    for job in run.finished() {
        for (role, corpus) in &job.file.spec.inputs.corpora {
            let expected = known.get(corpus.id.as_str());
            checked.check(
                expected == Some(&corpus.hash.as_str()),
                &format!("jobs/{}/{JOB_FILE}", job.folder),
                None,
                || {
                    format!(
                        "{} reads {} {} {}, the run names {}",
                        job.file.label,
                        role.name(),
                        corpus.id,
                        corpus.hash,
                        expected.unwrap_or(&"no such corpus")
                    )
                },
            );
        }
    }
    checked
}
