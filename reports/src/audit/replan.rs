//! The plan of a run is made again, by this program, of the run's own profile and of what its searches found.

use std::path::Path;

use mos_base::files::sha256_file;
use mos_plan::experiment::Experiment;
use mos_plan::files::job::RECORDS;
use mos_plan::graph::{Basis, JobGraph};
use mos_plan::planner::known::{SearchState, known};
use mos_plan::planner::planner::Planner;
use mos_plan::profile::profile::Profile;
use mos_plan::spec::inputs::{CorpusRef, CorpusRole};
use mos_plan::spec::work::Work;
use mos_plan::{Metric, NamedArch, SubnetKind};
use mos_spaces::{Arch, SearchSpace};
use serde_json::Value;

use super::subject::AuditedRun;

/// The table of latencies that a user gave, in a run's folder.
const LATENCY_TABLE: &str = "latencies.csv";
/// What a search found, in its job's folder.
pub const FOUND: &str = "found.json";
/// The option of a trial, which plans other jobs.
const TRIAL: &str = "--max-updates";

/// Makes the plan again.
///
/// # Errors
/// This fails, with the reason, when the profile can't be read by this version, or a search's result is damaged.
pub fn replan(run: &AuditedRun) -> Result<JobGraph, String> {
    let experiment = experiment(run)?;
    let basis = basis(&experiment, run);
    if run.manifest.command.contains(TRIAL) {
        return Planner::trial(&experiment, &basis).map(|planner| planner.graph).map_err(|error| error.to_string());
    }
    let table = run.dir.join(LATENCY_TABLE);
    let table = if table.exists() { Some(sha256_file(&table).map_err(|error| error.to_string())?) } else { None };
    let mut planner = Planner::new(&experiment, &basis, table).map_err(|error| error.to_string())?;
    if let Some((found, guests)) = known(&planner, |id| state(run, id), |id| flops(run, id))? {
        planner.add_found(&found).map_err(|error| error.to_string())?;
        planner.add_guest_nets(&guests).map_err(|error| error.to_string())?;
    }
    Ok(planner.graph)
}

/// Makes the experiment of the run's own profile.
///
/// # Errors
/// This fails, with the reason, when the profile can't be read by this version.
pub fn experiment(run: &AuditedRun) -> Result<Experiment, String> {
    let manifest = &run.manifest;
    let profile = Profile::parse(&manifest.profile, &manifest.profile_toml).map_err(|error| error.to_string())?;
    let mut experiment = Experiment::of(&manifest.profile, profile, None).map_err(|error| error.to_string())?;
    take_given(&mut experiment, run)?;
    Ok(experiment)
}

/// Takes the subnets that the user gave in place of the drawn ones.
fn take_given(experiment: &mut Experiment, run: &AuditedRun) -> Result<(), String> {
    let given = run.manifest.subnets.iter().filter(|card| card.id.kind == SubnetKind::Given);
    let read = |card: &mos_plan::files::manifest::SubnetCard| -> Result<NamedArch, String> {
        let arch = read_arch(&experiment.space, &card.arch_json)?;
        experiment.space.check(&arch).map_err(|error| format!("{}: {error}", card.id.name))?;
        Ok(NamedArch::given(&card.id.name, arch))
    };
    let given: Vec<NamedArch> = given.map(read).collect::<Result<_, _>>()?;
    if !given.is_empty() {
        experiment.subnets.truncate(2);
        experiment.subnets.extend(given);
    }
    Ok(())
}

fn basis(experiment: &Experiment, run: &AuditedRun) -> Basis {
    let manifest = &run.manifest;
    let roles = std::iter::once(CorpusRole::Corpus).chain(experiment.profile.further_corpora().into_keys());
    let corpora = roles
        .zip(&manifest.corpora)
        .map(|(role, card)| (role, CorpusRef { id: card.id.clone(), hash: card.hash.clone() }));
    Basis { context: experiment.context(&manifest.environment, &manifest.corpus().id), corpora: corpora.collect() }
}

/// Tells how far a search has come, by its job's folder.
fn state(run: &AuditedRun, id: &str) -> Result<SearchState, String> {
    let Some(job) = run.jobs.get(id).filter(|job| job.file.is_finished()) else { return Ok(SearchState::Open) };
    if job.file.void.is_some() {
        return Ok(SearchState::Void);
    }
    let Work::Search(search) = &job.file.spec.work else { return Err(format!("job {id} is no search")) };
    let space = SearchSpace::find(search.space.as_str()).map_err(|error| error.to_string())?;
    found(&run.dir.join("jobs").join(id).join(FOUND), &space).map(|(arch, _)| SearchState::Found(arch))
}

/// Reads what a search found: the subnet, and the whole document.
pub fn found(path: &Path, space: &SearchSpace) -> Result<(Arch, Value), String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let document: Value = serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok((read_arch(space, &document["arch"].to_string())?, document))
}

/// Reads the JSON text of an architecture.
pub fn read_arch(space: &SearchSpace, text: &str) -> Result<Arch, String> {
    let mut read = mos_spaces::read::json::parse(space.family, &format!("{{\"subnet\": {text}}}"))?;
    Ok(read.remove(0).1.arch)
}

/// Adds up the FLOPs that a job counted.
fn flops(run: &AuditedRun, id: &str) -> Result<f64, String> {
    let records = run.jobs.get(id).and_then(|job| job.records.as_ref());
    let records = records.ok_or_else(|| format!("job {id} has no {RECORDS} that can be read"))?;
    let counts = |metric: Metric| matches!(metric, Metric::TrainFlops | Metric::FailedFlops | Metric::SearchFlops);
    Ok(records.iter().filter(|record| counts(record.metric)).map(|record| record.value).sum())
}
