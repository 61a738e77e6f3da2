//! Is the run what it says it is, file by file?

use std::collections::BTreeMap;
use std::path::Path;

use mos_base::files::sha256_file;
use mos_plan::Record;
use mos_plan::files::job::{JOB_FILE, RECORDS};

use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::AuditedRun;
use crate::bundle::SUMS;

/// Said of a run that was recorded without its jobs.
pub const NO_JOBS: &str = "the run holds no plan and no jobs, only what they measured";

/// S1: every file can be read.
pub fn readable(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("files", Mark::Recomputed);
    checked.expected = run.files;
    checked.found = run.files - run.unreadable.len();
    checked.remarks = run.unreadable.clone();
    checked
}

/// S2: ids are hashes of specs.
pub fn ids(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("job ids", NO_JOBS);
    }
    let mut checked = Checked::of("job ids", Mark::Recomputed);
    for job in run.jobs.values() {
        let (id, file) = (job.file.spec.id(), format!("jobs/{}/{JOB_FILE}", job.folder));
        checked.check(id == job.file.id && id == job.folder, &file, None, || {
            format!("its spec has the id {id}, the file says {}, the folder {}", job.file.id, job.folder)
        });
    }
    checked
}

/// S3: outputs have their recorded hashes.
pub fn outputs(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("outputs", NO_JOBS);
    }
    let mut checked = Checked::of("outputs", Mark::Recomputed);
    for job in run.finished() {
        for (name, recorded) in &job.file.outputs {
            if run.is_left_out(job, name) {
                continue;
            }
            let file = format!("jobs/{}/{name}", job.folder);
            let plain = Path::new(name).components().count() == 1;
            let found = if plain { sha256_file(&run.dir.join(&file)).ok() } else { None };
            checked.check(found.as_ref() == Some(recorded), &file, None, || match &found {
                Some(found) => {
                    format!("{} ({}): its SHA-256 is {found}, recorded is {recorded}", job.file.label, job.folder)
                }
                None => format!("{} ({}): it is missing or can't be read", job.file.label, job.folder),
            });
        }
    }
    checked
}

/// What a record says, to the last bit, so that two can be compared.
fn key(record: &Record) -> String {
    format!("{:?} {:x}", Record { value: 0.0, ..record.clone() }, record.value.to_bits())
}

/// S4: the run's records are those of its jobs.
pub fn merged(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("records", NO_JOBS);
    }
    let mut checked = Checked::of("records", Mark::Recomputed);
    let mut of_jobs: BTreeMap<String, i64> = BTreeMap::new();
    for record in run.finished().filter_map(|job| job.records.as_ref()).flatten() {
        *of_jobs.entry(key(record)).or_default() += 1;
    }
    for (row, record) in run.records.iter().enumerate() {
        let left = of_jobs.get_mut(&key(record)).filter(|left| **left > 0);
        let is_there = left.is_some();
        if let Some(left) = left {
            *left -= 1;
        }
        checked.check(is_there, RECORDS, Some(row), || {
            format!("no job measured {} = {} of {} ({})", record.metric, record.value, who(record), record.job_id)
        });
    }
    for (record, left) in of_jobs.into_iter().filter(|(_, left)| *left > 0) {
        checked.expected += left as usize;
        checked.also(RECORDS, None, format!("a job's row is missing ({left} times): {record}"));
    }
    checked
}

/// Names what a record is about.
pub fn who(record: &Record) -> String {
    let parts = [record.method.clone(), record.subject.text(), format!("seed {}", record.seed)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// S5: records are of this run.
pub fn own(run: &AuditedRun) -> Checked {
    let manifest = &run.manifest;
    let mut checked = Checked::of("records", Mark::Consistent);
    let corpora: Vec<&str> = manifest.corpora.iter().map(|card| card.id.as_str()).collect();
    for (row, record) in run.records.iter().enumerate() {
        let corpus = record.dataset.split('/').next().unwrap_or_default();
        let of_run = record.track == manifest.track && record.profile == manifest.profile && corpora.contains(&corpus);
        let has_job = run.plan.as_ref().is_none_or(|plan| plan.iter().any(|entry| entry.id == record.job_id));
        checked.check(of_run && has_job, RECORDS, Some(row), || {
            format!(
                "{} of {} is of track {}, profile {}, corpus {}, job {}",
                record.metric,
                who(record),
                record.track,
                record.profile,
                record.dataset,
                record.job_id
            )
        });
    }
    checked
}

/// S6: inputs are finished jobs of the run.
pub fn inputs(run: &AuditedRun) -> Checked {
    if !run.has_jobs() {
        return Checked::cannot_tell("inputs of jobs", NO_JOBS);
    }
    let mut checked = Checked::of("inputs of jobs", Mark::Consistent);
    for job in run.finished() {
        for id in job.file.spec.inputs.ids() {
            let is_there = run.jobs.get(id).is_some_and(|input| input.file.is_finished());
            checked.check(is_there, &format!("jobs/{}/{JOB_FILE}", job.folder), None, || {
                format!("{} reads job {id}, which is not there or not finished", job.file.label)
            });
        }
    }
    checked
}

/// The files that stand in a run's folder beside its jobs.
const OWN_FILES: [&str; 11] = [
    "run.toml",
    "plan.json",
    "machine.json",
    "latencies.csv",
    "overhead.json",
    "records.parquet",
    "rendered.json",
    "tune.parquet",
    "lock",
    "jobs",
    "report",
];
/// The files that stand in a job's folder beside what it made.
const JOB_FILES: [&str; 8] =
    [JOB_FILE, "log.txt", "lock", "state.json", "search.json", "scored.json", "measured.json", "first-attempt.json"];
/// How the names of others begin. Those of a training are removed when it is done, unless it is killed just then.
const JOB_FILES_BEGIN: [&str; 3] = ["best-", "checkpoint-", "pools-"];
/// The folders and files of a report.
const REPORT_FILES: [&str; 3] = ["index.html", "tables", "plots"];

/// The files that a bundle has beside those of the run.
const BUNDLE_FILES: [&str; 4] = ["bundle.json", "CITATION.cff", "ro-crate-metadata.json", "SHA256SUMS"];

/// S7: there is nothing else.
pub fn nothing_else(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("files of the run's folder", Mark::Consistent);
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    // What a kill cut off in the writing is left under a name that nothing reads.
    let is_cut_off = |name: &str| name.starts_with('.') && name.ends_with(".tmp");
    for name in names(&run.dir).into_iter().filter(|name| !is_cut_off(name)) {
        let of_bundle = run.bundle.is_some() && BUNDLE_FILES.contains(&name.as_str());
        checked.check(of_bundle || OWN_FILES.contains(&name.as_str()), &name, None, || {
            "no run has such a file".to_owned()
        });
    }
    for job in run.finished() {
        let folder = format!("jobs/{}", job.folder);
        for name in names(&run.dir.join(&folder)).into_iter().filter(|name| !is_cut_off(name)) {
            let is_of_work = JOB_FILES.contains(&name.as_str()) || JOB_FILES_BEGIN.iter().any(|b| name.starts_with(b));
            // What diverged in the end may have had weights before.
            let had_weights = job.file.diverged && name.ends_with(".safetensors");
            let is_known = is_of_work || had_weights || job.file.outputs.contains_key(&name);
            checked
                .check(is_known, &format!("{folder}/{name}"), None, || format!("{} made no such file", job.file.label));
        }
    }
    for name in names(&run.dir.join("report")) {
        let file = format!("report/{name}");
        checked.check(REPORT_FILES.contains(&name.as_str()), &file, None, || "no report has such a file".to_owned());
    }
    checked
}

/// S8: the bundle is the one that was published.
pub fn published(run: &AuditedRun) -> Checked {
    let what = "digest of the bundle";
    let Some(bundle) = &run.bundle else { return Checked::cannot_tell(what, "this is a run's folder, and no bundle") };
    let Some(expected) = &bundle.expected else {
        return Checked::cannot_tell(what, format!("none was told with --expect-digest; it is {}", bundle.digest));
    };
    let mut checked = Checked::of(what, Mark::Recomputed);
    checked.check(bundle.digest == *expected, "the bundle", None, || {
        format!("it is {}, told was {expected}", bundle.digest)
    });
    checked
}

/// S9: every file of a bundle has the hash that the bundle tells.
pub fn sums(run: &AuditedRun) -> Checked {
    let what = "files of the bundle";
    let Some(bundle) = &run.bundle else { return Checked::cannot_tell(what, "this is a run's folder, and no bundle") };
    let Some(sums) = &bundle.sums else { return Checked::cannot_tell(what, "its hashes can't be read") };
    let mut checked = Checked::of(what, Mark::Recomputed);
    for (name, expected) in sums {
        let found = sha256_file(&run.dir.join(name)).ok();
        checked.check(found.as_ref() == Some(expected), name, None, || match &found {
            Some(found) => format!("its SHA-256 is {found}, the bundle tells {expected}"),
            None => "it is missing".to_owned(),
        });
    }
    for name in
        all_files(&run.dir).into_iter().filter(|name| name != SUMS && !sums.iter().any(|(known, _)| known == name))
    {
        checked.also(&name, None, "the bundle tells no hash of it");
    }
    checked
}

/// Gives the paths of all files under a folder, relative to it and sorted.
fn all_files(dir: &Path) -> Vec<String> {
    let mut open = vec![dir.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => open.push(path),
                false => files.extend(path.strip_prefix(dir).ok().map(|path| path.to_string_lossy().into_owned())),
            }
        }
    }
    files.sort();
    files
}
