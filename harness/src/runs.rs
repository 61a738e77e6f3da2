//! `runs list` and `runs clean`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use indicatif::HumanBytes;

use crate::cli::RunsCommand;
use crate::files::folder_bytes;
use crate::names::one_line;
use crate::store::{JobFile, RunStore, State, run_names, runs_dir};
use crate::worker::RECORDS;
use crate::{status, work};

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
            Err(reason) => println!("{name:24} {}", one_line(&reason)),
        }
    }
    Ok(())
}

fn line(root: &Path, name: &str) -> Result<String> {
    let store = RunStore::look(root, name)?;
    let manifest = store.manifest()?.context("the run has no plan")?;
    let (finished, all) = status::progress(&status::planned(&store)?);
    Ok(format!(
        "{name:24} {:8} {:16} {:21} {finished:>4} of {all:>2} {:>11}  {}",
        manifest.profile,
        manifest.data.id,
        manifest.created_utc,
        HumanBytes(folder_bytes(&store.dir)).to_string(),
        store.owner().unwrap_or_else(|| "-".to_string()),
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
            Err(reason) => println!("{name}: left alone ({})", one_line(&reason)),
        }
    }
    Ok(())
}

/// Weights go only from a run whose every planned job is finished: an unfinished one needs them to go on.
fn clean_run(store: &RunStore, keep_weights: bool) -> Result<()> {
    let current = store.manifest()?.context("the run has no plan")?.environment.code_hash;
    remove_temporary_files(&store.dir)?;
    let planned = status::planned(store)?;
    let mut jobs = status::started(store)?;
    for stale in jobs.extract_if(.., |job| job.spec.context.code_hash != current) {
        let dir = store.job_dir(&stale.id);
        fs::remove_dir_all(&dir).with_context(|| format!("could not remove {}", dir.display()))?;
    }
    for job in jobs.iter().filter(|job| job.state == State::Finished) {
        work::sweep(&store.job_dir(&job.id))?;
    }
    let ended = |job: &JobFile| job.state == State::Finished || job.diverged;
    // Without a plan (never carried out) nobody knows what is still to come.
    let over = !planned.is_empty() && planned.iter().all(|(_, job)| job.as_ref().is_some_and(ended));
    if !keep_weights && over {
        for mut job in jobs {
            remove_weights(&store.job_dir(&job.id), &mut job)?;
        }
    }
    Ok(())
}

/// Removes a job's weights, and says so in `job.json`: first there, so that a crash in between
/// leaves nothing that looks damaged.
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

/// Temporary files of writes that a crash cut off.
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
    use crate::files::write_atomic;
    use crate::plan::test_graph;
    use mos_datasets::storage::sha256_file;

    #[test]
    fn weights_go_records_stay_and_job_json_says_so() {
        let root = tempfile::tempdir().unwrap();
        let mut job = JobFile::new(&test_graph(&[&[]]).jobs[0].spec);
        let dir = root.path().join(&job.id);
        for name in ["weights.safetensors", RECORDS] {
            write_atomic(&dir.join(name), name.as_bytes()).unwrap();
            job.outputs.insert(name.into(), sha256_file(&dir.join(name)).unwrap());
        }
        write_atomic(&dir.join("leftover.tmp"), b"x").unwrap();
        job.state = State::Finished;
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
