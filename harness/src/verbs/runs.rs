//! The verbs `runs list` and `runs clean`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use indicatif::HumanBytes;
use mos_base::text::one_line;
use mos_plan::cli::RunsCommand;
use mos_plan::files::folder::{RunFolder, run_names, runs_dir};
use mos_plan::files::job::{JobFile, RECORDS};

use crate::run::started::{left_by_earlier_versions, planned, progress, started};
use crate::run::store::{RunStore, owner};
use crate::system::files::folder_bytes;
use crate::worker::sweep::sweep;

/// Runs the verb.
pub fn run(root: &Path, command: &RunsCommand) -> Result<()> {
    match command {
        RunsCommand::List => list(root),
        RunsCommand::Clean { keep_weights } => clean(root, *keep_weights),
    }
}

fn list(root: &Path) -> Result<()> {
    let names = run_names(root);
    if names.is_empty() {
        println!("no runs yet in {}; make one with `cargo xtask reproduce`", runs_dir(root).display());
        return Ok(());
    }
    println!(
        "{:24} {:8} {:16} {:21} {:>10} {:>11}  in use by",
        "run", "profile", "corpus", "planned", "finished", "disk"
    );
    for name in names {
        // One damaged run must not hide the others.
        match line(root, &name) {
            Ok(line) => println!("{line}"),
            Err(reason) => println!("{name:24} {}", one_line(&format!("{reason:#}"))),
        }
    }
    Ok(())
}

fn line(root: &Path, name: &str) -> Result<String> {
    let folder = RunFolder::existing(root, name)?;
    let manifest = folder.planned_manifest()?;
    let (finished, all) = progress(&planned(&folder)?);
    Ok(format!(
        "{name:24} {:8} {:16} {:21} {finished:>4} of {all:>2} {:>11}  {}",
        manifest.profile,
        manifest.corpus().id,
        manifest.created_utc,
        HumanBytes(folder_bytes(&folder.dir)).to_string(),
        owner(&folder).unwrap_or_else(|| "-".to_string()),
    ))
}

fn clean(root: &Path, keep_weights: bool) -> Result<()> {
    for name in run_names(root) {
        let freed = RunStore::own(root, &name).and_then(|store| {
            let before = folder_bytes(&store.dir);
            clean_run(&store, keep_weights)?;
            Ok(before.saturating_sub(folder_bytes(&store.dir)))
        });
        match freed {
            Ok(freed) => println!("{name}: {} freed", HumanBytes(freed)),
            Err(reason) => println!("{name}: left alone ({})", one_line(&format!("{reason:#}"))),
        }
    }
    Ok(())
}

/// Removes weights, but only from a run whose every planned job is finished: an unfinished one needs them to go on.
fn clean_run(store: &RunStore, keep_weights: bool) -> Result<()> {
    let current = store.planned_manifest()?.environment.code_hash;
    remove_temporary_files(&store.dir)?;
    let planned = planned(store)?;
    let mut jobs = started(store)?;
    let stale = jobs.extract_if(.., |job| job.spec.context.code_hash != current).map(|job| store.job_dir(&job.id));
    for dir in stale.chain(left_by_earlier_versions(store)) {
        fs::remove_dir_all(&dir).with_context(|| format!("could not remove {}", dir.display()))?;
    }
    for job in jobs.iter().filter(|job| job.is_finished()) {
        sweep(&store.job_dir(&job.id))?;
    }
    let ended = JobFile::is_finished;
    // Without a plan (never carried out) nobody knows what is still to come.
    let over = !planned.is_empty() && planned.iter().all(|(_, job)| job.as_ref().is_some_and(ended));
    if !keep_weights && over {
        for mut job in jobs {
            remove_weights(&store.job_dir(&job.id), &mut job)?;
        }
    }
    Ok(())
}

/// Removes a job's weights, and says so in `job.json`. The file is written first, so that a crash in between leaves
/// nothing that looks damaged.
fn remove_weights(dir: &Path, job: &mut JobFile) -> Result<()> {
    let weights: Vec<String> = job.outputs.keys().filter(|name| name.ends_with(".safetensors")).cloned().collect();
    if !weights.is_empty() {
        job.outputs.retain(|name, _| !weights.contains(name));
        job.cleaned.extend(weights);
        job.write(dir)?;
    }
    for name in job.cleaned.iter().filter(|name| *name != RECORDS) {
        match fs::remove_file(dir.join(name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(e).with_context(|| format!("could not remove {}", dir.join(name).display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes the temporary files of writes that a crash cut off.
fn remove_temporary_files(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            remove_temporary_files(&path)?;
        } else if name.ends_with(".tmp") || name.starts_with(".tmp") || name.starts_with(".partial-") {
            fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_base::files::{sha256_file, write_atomic};
    use mos_plan::files::job::{JOB_SCHEMA, JobState};
    use mos_plan::spec::job::JobSpec;

    /// Makes a job spec as `job.json` holds it.
    fn spec() -> JobSpec {
        let text = serde_json::json!({
            "context": {
                "track": "mt", "dataset": "d", "profile": "p", "code_hash": "c", "libtorch": "2", "device": "cpu",
                "cpu_capability": "AVX2", "threads": 1
            },
            "work": { "data_facts": { "translation": { "test_pairs": 0, "longest_pair": 1 } } },
            "inputs": { "corpora": { "corpus": { "id": "d", "hash": "0" } } }
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn weights_go_records_stay_and_job_json_says_so() {
        let root = tempfile::tempdir().unwrap();
        let mut job = JobFile::new(&spec());
        assert_eq!(job.schema, JOB_SCHEMA);
        let dir = root.path().join(&job.id);
        for name in ["weights.safetensors", RECORDS] {
            write_atomic(&dir.join(name), name.as_bytes()).unwrap();
            job.outputs.insert(name.into(), sha256_file(&dir.join(name)).unwrap());
        }
        write_atomic(&dir.join("leftover.tmp"), b"x").unwrap();
        job.state = JobState::Finished;
        job.write(&dir).unwrap();
        remove_temporary_files(root.path()).unwrap();
        remove_weights(&dir, &mut job).unwrap();
        let read = JobFile::read(&dir).unwrap().unwrap();
        assert_eq!(read.cleaned, ["weights.safetensors"]);
        read.verify(&dir).unwrap();
        assert!(dir.join(RECORDS).exists());
        assert!(!dir.join("weights.safetensors").exists() && !dir.join("leftover.tmp").exists());
    }
}
