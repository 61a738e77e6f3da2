//! On what, and with what, was the run made?

use std::time::{Duration, SystemTime};

use mos_plan::files::folder::MANIFEST;
use mos_plan::files::job::JOB_FILE;
use mos_plan::spec::job::Context;

use super::structure::NO_JOBS;
use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::AuditedRun;

/// E1: all jobs share the run's code and machine.
pub fn shared(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("jobs", NO_JOBS);
    }
    let (manifest, e) = (&run.manifest, &run.manifest.environment);
    let expected = Context {
        track: manifest.track,
        dataset: manifest.corpus().id.clone(),
        profile: manifest.profile.clone(),
        code_hash: e.code_hash.clone(),
        libtorch: e.libtorch.clone(),
        device: e.device.clone(),
        gpu: e.gpus.as_ref().map(|gpus| gpus.model.clone()),
        cpu_capability: e.cpu_capability.clone(),
        threads: e.threads_per_job,
    };
    let mut checked = Checked::of("jobs", Mark::Consistent);
    for job in run.finished() {
        let own = &job.file.spec.context;
        checked.check(*own == expected, &format!("jobs/{}/{JOB_FILE}", job.folder), None, || {
            let (own, expected) = (format!("{own:?}"), format!("{expected:?}"));
            format!("{}: made by {own}, the run by {expected}", job.file.label)
        });
    }
    checked
}

/// E2: the run says what it was made on.
pub fn complete(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("facts of the machine and the software", Mark::Trusted);
    let e = &run.manifest.environment;
    let texts = [
        ("system", &e.os),
        ("processor", &e.cpu),
        ("instruction set", &e.cpu_capability),
        ("device", &e.device),
        ("libtorch", &e.libtorch),
        ("harness", &e.harness),
        ("code hash", &e.code_hash),
        ("command", &run.manifest.command),
        ("profile", &run.manifest.profile_toml),
    ];
    for (what, text) in texts {
        let is_told = !text.is_empty() && text != "unknown";
        checked.check(is_told, MANIFEST, None, || format!("it does not say its {what}"));
    }
    for (what, number) in [("cores", e.cores), ("workers", e.workers), ("threads of a job", e.threads_per_job)] {
        checked.check(number > 0, MANIFEST, None, || format!("it does not say its {what}"));
    }
    let has_gpu = e.device != "cuda" || e.gpus.is_some();
    checked.check(has_gpu, MANIFEST, None, || "it ran on a GPU and does not say which".to_owned());
    checked
}

/// E4: the run was planned at a time that has come.
pub fn clock(run: &AuditedRun) -> Checked {
    const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
    if run.manifest.imported.is_some() {
        return Checked::cannot_tell("dates", "the run was imported, and has none");
    }
    let mut checked = Checked::of("dates", Mark::Trusted);
    let told = &run.manifest.created_utc;
    let has_come = humantime::parse_rfc3339(told).is_ok_and(|planned| planned <= SystemTime::now() + A_DAY);
    checked.check(has_come, MANIFEST, None, || {
        format!("it says that it was planned on {told}, which is still to come, or no date")
    });
    checked
}

/// E3: the code is this program's.
pub fn own_code(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("hash of the code", Mark::Recomputed);
    let (of_run, own) =
        (&run.manifest.environment.code_hash, mos_plan::code::hash_of(run.manifest.track, crate::CODE_HASHES));
    checked.check(of_run == own, MANIFEST, None, || format!("the run's code is {of_run}, this program's is {own}"));
    checked
}
