//! What `reproduce`, `tune` and `search` share: an owned run with prepared data, a fixed environment, and its jobs carried out.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use mos_baselines::space::{SearchSpace, count};
use mos_datasets::hub::pins::{Pinned, PinnedBy};
use mos_datasets::{Corpus, PrepareOptions, cache, prepare, registry};
use mos_reports::manifest::{DataCard, Environment, FoundCard, RunManifest, SubnetCard};
use serde::{Deserialize, Serialize};

use crate::estimate::{Estimator, disk_needed};
use crate::executor::{self, Options, Summary};
use crate::experiment::Experiment;
use crate::machine::{self, Machine};
use crate::plan::{FoundSubnet, JobGraph, PlannedJob, fresh};
use crate::profile::{Device, Workers};
use crate::spec::{Context, NamedArch, Target};
use crate::store::{PlanEntry, RunStore};
use crate::{files, interrupt};

/// Longest pair that is prepared, so that profiles with one vocabulary share their data.
const PREPARED_LONGEST_PAIR: usize = 120;

/// An owned run, ready to work.
pub struct Session {
    /// The repository.
    pub root: PathBuf,
    /// The run's folder.
    pub store: RunStore,
    /// What is compared.
    pub experiment: Experiment,
    /// Where and with what.
    pub environment: Environment,
    /// `run.toml` of an earlier call.
    pub before: Option<RunManifest>,
    corpus: Corpus,
    corpus_dir: PathBuf,
    device: Device,
}

/// What carrying out a graph took.
#[derive(Debug)]
pub struct Executed {
    /// What happened.
    pub summary: Summary,
    /// When the first worker could start; absent where nothing was left to do.
    pub started: Option<Instant>,
}

/// `machine.json`: what holds for this machine alone, measured or found once a run.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Local {
    /// Folder of the prepared corpus, relative to the cache (no home path).
    corpus: PathBuf,
    device: String,
    threads: usize,
    matmul_gflops: f64,
}

impl Local {
    fn path(store: &RunStore) -> PathBuf {
        store.dir.join("machine.json")
    }

    fn read(store: &RunStore) -> Option<Local> {
        std::fs::read(Local::path(store)).ok().and_then(|text| serde_json::from_slice(&text).ok())
    }
}

/// The prepared corpus of a run that has worked on this machine.
pub fn corpus_dir(store: &RunStore) -> Result<PathBuf> {
    let local = Local::read(store).with_context(|| format!("run {} has not worked on this machine", store.name))?;
    Ok(cache::root()?.join(local.corpus))
}

impl Session {
    /// Owns the run, prepares the data and fixes the environment.
    ///
    /// # Errors
    /// The device or the data is not there; the run is another process's, or another experiment's.
    pub fn start(root: &Path, run: &str, experiment: Experiment, jobs: Option<usize>) -> Result<Session> {
        machine::require_device(experiment.profile.workers.device, &experiment.name)?;
        require_dataset(&experiment)?;
        let store = RunStore::own(root, run)?;
        let options = PrepareOptions {
            vocab_size: experiment.profile.data.vocab_size,
            longest_pair: PREPARED_LONGEST_PAIR.max(experiment.profile.data.longest_pair),
        };
        let corpus_dir = prepare::prepare(&experiment.profile.dataset, &options, &|line| eprintln!("data: {line}"))?;
        // `prepare` has just checked every file.
        let corpus = Corpus::open(&corpus_dir, false)?;
        Session::assemble(root, store, experiment, corpus, corpus_dir, jobs)
    }

    /// Owns a run that has worked on this machine, on the corpus that it has.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub fn again(root: &Path, run: &str, experiment: Experiment) -> Result<Session> {
        machine::require_device(experiment.profile.workers.device, &experiment.name)?;
        let store = RunStore::own(root, run)?;
        let corpus_dir = corpus_dir(&store)?;
        let corpus = Corpus::open(&corpus_dir, true)?;
        Session::assemble(root, store, experiment, corpus, corpus_dir, None)
    }

    fn assemble(
        root: &Path,
        store: RunStore,
        experiment: Experiment,
        corpus: Corpus,
        corpus_dir: PathBuf,
        jobs: Option<usize>,
    ) -> Result<Session> {
        let before = store.manifest()?;
        let environment = environment(&experiment, &Machine::here(), jobs, before.as_ref())?;
        let device = experiment.profile.workers.device;
        require_language(&experiment.profile, &corpus)?;
        if let Some(other) = before.as_ref().filter(|b| b.data.id != corpus.manifest().id) {
            bail!("run {} holds corpus {}; choose another name with --run", store.name, other.data.id);
        }
        Ok(Session { root: root.to_path_buf(), store, experiment, environment, before, corpus, corpus_dir, device })
    }

    /// What every job of the run shares.
    pub fn context(&self) -> Context {
        Context {
            track: self.experiment.profile.track.clone(),
            dataset: self.corpus.manifest().id.clone(),
            profile: self.experiment.name.clone(),
            data_hash: self.corpus.hash().to_string(),
            code_hash: self.environment.code_hash.clone(),
            libtorch: self.environment.libtorch.clone(),
            device: self.environment.device.clone(),
            cpu_capability: self.environment.cpu_capability.clone(),
            threads: self.environment.threads_per_job,
        }
    }

    /// Writes `run.toml`, where it isn't there as it should be.
    pub fn write_manifest(&self, command: String, subnets: &[NamedArch], found: &[FoundSubnet]) -> Result<()> {
        let profile = &self.experiment.profile;
        let now = || humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
        let manifest = RunManifest {
            schema: 1,
            name: self.store.name.clone(),
            command,
            created_utc: self.before.as_ref().map_or_else(now, |b| b.created_utc.clone()),
            track: profile.track.clone(),
            profile: self.experiment.name.clone(),
            primary_metric: profile.primary_metric.clone(),
            primary_split: profile.primary_split.clone(),
            methods: profile.methods.clone(),
            seeds: self.experiment.seeds().map(|s| s as i64).collect(),
            space: profile.space.clone(),
            profile_toml: toml::to_string(&shown(profile))?,
            environment: self.environment.clone(),
            data: data_card(self.corpus.manifest()),
            tuning: profile.tuning.clone(),
            subnets: cards(&self.experiment.space, subnets),
            found_subnets: cards(&self.experiment.space, &fresh(subnets, found.iter())),
            found: found.iter().map(found_card).collect(),
        };
        if self.store.manifest()?.as_ref() == Some(&manifest) {
            return Ok(());
        }
        self.store.write_manifest(&manifest)
    }

    /// Rows of the models' embedding tables.
    pub fn embedding_rows(&self) -> usize {
        self.corpus.embedding_rows()
    }

    /// Writes down which jobs the run has.
    pub fn announce(&self, graph: &JobGraph) -> Result<()> {
        let entry = |job: &PlannedJob| PlanEntry { id: job.id.clone(), label: job.label.clone() };
        self.store.write_plan(&graph.jobs.iter().map(entry).collect::<Vec<_>>())
    }

    /// Runs what is not done of the graph.
    ///
    /// # Errors
    /// A damaged finished job, too little disk, a failed job.
    pub fn execute(&self, graph: &JobGraph, tolerate_divergence: bool) -> Result<Executed> {
        let done = executor::done_jobs(graph, &self.store, tolerate_divergence)?;
        let open = done.iter().filter(|d| !**d).count();
        if open == 0 {
            return Ok(Executed { summary: Summary::default(), started: None });
        }
        let gflops = self.matmul_gflops()?;
        let estimates = Estimator::new(&self.experiment, gflops).graph(graph);
        files::require_space(&self.store.dir, disk_needed(&graph.jobs, &estimates, &done))?;
        eprintln!(
            "run {}: {open} of {} jobs to do, {} worker(s) x {} thread(s)",
            self.store.name,
            graph.jobs.len(),
            self.environment.workers,
            self.environment.threads_per_job
        );
        let options = Options {
            workers: self.environment.workers,
            seconds: estimates.iter().map(|e| e.seconds).collect(),
            launch: &|job| self.worker(job, gflops),
            tolerate_divergence,
        };
        let started = Some(Instant::now());
        Ok(Executed { summary: executor::execute(graph, &self.store, &options, done)?, started })
    }

    /// The command that runs one job: this program again, with its share of threads.
    fn worker(&self, job: &PlannedJob, gflops: f64) -> Command {
        let threads = self.environment.threads_per_job.to_string();
        // Not the path of this program: it may be rebuilt while we run, and a run is made by one code.
        let mut command = Command::new("/proc/self/exe");
        command.arg("worker").arg("--job-dir").arg(self.store.job_dir(&job.id));
        command.arg("--corpus-dir").arg(&self.corpus_dir);
        command.args(["--threads", &threads, "--matmul-gflops", &gflops.to_string()]);
        command.arg("--checkpoint-minutes").arg(self.experiment.profile.training.checkpoint_minutes.to_string());
        if self.environment.workers > 1 && !job.spec.is_exclusive() {
            command.arg("--loaded");
        }
        command.env("OMP_NUM_THREADS", &threads).env("MKL_NUM_THREADS", &threads);
        command
    }

    /// The matrix-product rate of a worker's threads: measured once a run, before any worker runs.
    pub fn matmul_gflops(&self) -> Result<f64> {
        let root = cache::root()?;
        let mut local = Local {
            corpus: self.corpus_dir.strip_prefix(&root).unwrap_or(&self.corpus_dir).to_path_buf(),
            device: self.environment.device.clone(),
            threads: self.environment.threads_per_job,
            matmul_gflops: 0.0,
        };
        if let Some(kept) = Local::read(&self.store) {
            local.matmul_gflops = kept.matmul_gflops;
            if local == kept {
                return Ok(kept.matmul_gflops);
            }
        }
        local.matmul_gflops = machine::matmul_gflops(self.device, local.threads);
        files::write_atomic(&Local::path(&self.store), &serde_json::to_vec_pretty(&local)?)?;
        Ok(local.matmul_gflops)
    }
}

fn found_card(FoundSubnet { found, subnet }: &FoundSubnet) -> FoundCard {
    FoundCard {
        method: found.method.clone(),
        seed: found.seed as i64,
        limit: found.limit.label(),
        subnet: subnet.name.clone(),
    }
}

/// Cards of subnets, for `run.toml`.
fn cards(space: &SearchSpace, subnets: &[NamedArch]) -> Vec<SubnetCard> {
    let card = |n: &NamedArch| SubnetCard {
        name: n.name.clone(),
        params: count::params(space, &n.arch),
        flops: count::flops(space, &n.arch),
        summary: n.arch.summary(),
        arch_json: serde_json::to_string(&n.arch).expect("an architecture is plain data"),
    };
    subnets.iter().map(card).collect()
}

/// Ends a call that was asked to stop: one line on how to go on, and the exit status.
pub fn stopped(command: &str) -> u8 {
    eprintln!("stopped; nothing finished is lost. Go on with: {command}");
    interrupt::EXIT_INTERRUPTED
}

/// Refuses a language in which what the profile measures by cannot be computed.
fn require_language(profile: &crate::profile::Profile, corpus: &Corpus) -> Result<()> {
    let by_tokens =
        profile.primary_metric == "tokenised_bleu" || profile.study.retraining.target == Target::TokenisedBleu;
    if by_tokens {
        mos_reports::bleu::tokenised_bleu(&[], &[], &corpus.manifest().target_language)
            .context("this profile is judged by tokenised BLEU")?;
    }
    Ok(())
}

/// Refuses a corpus that cannot be had, naming the flag: those of the profiles stand in the registry.
pub fn require_dataset(experiment: &Experiment) -> Result<()> {
    let dataset = &experiment.profile.dataset;
    registry::Entry::resolve(dataset).map(|_| ()).context("--dataset")
}

/// Workers and threads a worker, from the cores, the profile and `--jobs`.
pub fn share(cores: usize, workers: &Workers, jobs: Option<usize>) -> (usize, usize) {
    match (jobs.unwrap_or(workers.jobs), workers.threads.min(cores)) {
        (0, 0) => (1, cores),
        (0, threads) => ((cores / threads).max(1), threads),
        (jobs, 0) => (jobs, (cores / jobs).max(1)),
        (jobs, threads) => (jobs, threads),
    }
}

/// The environment of a run: as planned the first time, where there was one.
pub fn environment(
    experiment: &Experiment,
    machine: &Machine,
    jobs: Option<usize>,
    before: Option<&RunManifest>,
) -> Result<Environment> {
    let (workers, threads_per_job) = share(machine.cores, &experiment.profile.workers, jobs);
    let mut environment = Environment {
        os: machine.os.clone(),
        cpu: machine.cpu.clone(),
        cores: machine.cores,
        cpu_capability: machine.capability.clone(),
        device: experiment.profile.workers.device.name().to_string(),
        workers,
        threads_per_job,
        libtorch: machine::LIBTORCH.to_string(),
        harness: env!("CARGO_PKG_VERSION").to_string(),
        code_hash: machine::CODE_HASH.to_string(),
    };
    let Some(before) = before else { return Ok(environment) };
    let name = &before.name;
    if before.profile != experiment.name {
        bail!("run {name} holds profile {}; choose another name with --run", before.profile);
    }
    let then = &before.environment;
    if then.cpu_capability != environment.cpu_capability || then.device != environment.device {
        bail!(
            "run {name} was planned for {} with {}, this is {} with {}: its results would differ; choose another name \
             with --run",
            then.device,
            then.cpu_capability,
            environment.device,
            environment.cpu_capability
        );
    }
    if then.code_hash != environment.code_hash || then.libtorch != environment.libtorch {
        eprintln!("note: the code or libtorch changed since run {name} was planned; its jobs run again");
    }
    environment.threads_per_job = then.threads_per_job;
    environment.workers = jobs.unwrap_or(then.workers);
    Ok(environment)
}

/// The profile as it may be shown to others: a folder of one's own text by its name alone.
fn shown(profile: &crate::profile::Profile) -> crate::profile::Profile {
    crate::profile::Profile { dataset: last_part(&profile.dataset), ..profile.clone() }
}

/// The last part of a path, so that no home folder ends in a manifest.
pub fn last_part(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_string(), |name| name.to_string_lossy().into_owned())
}

fn data_card(manifest: &mos_datasets::manifest::Manifest) -> DataCard {
    DataCard {
        id: manifest.id.clone(),
        title: manifest.title.clone(),
        source_language: manifest.source_language.clone(),
        target_language: manifest.target_language.clone(),
        text_licence: manifest.text_licence.clone(),
        citation: manifest.citation.clone(),
        hash: manifest.hash.clone(),
        notes: manifest.notes.iter().cloned().chain(manifest.pinned.iter().map(pin_note)).collect(),
    }
}

/// Which bytes of the hub a corpus was made of, for the report.
fn pin_note(pinned: &Pinned) -> String {
    let by = match pinned.by {
        PinnedBy::Registry => "pinned by this program's registry",
        PinnedBy::FirstFetch => "pinned by the first fetch on the machine that prepared it",
    };
    format!("{} at commit {}: {} files, {by}.", pinned.dataset, pinned.commit, pinned.files.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_share_the_cores() {
        let w = |jobs, threads| Workers { device: Device::Cpu, jobs, threads };
        assert_eq!(share(8, &w(0, 1), None), (8, 1));
        assert_eq!(share(8, &w(0, 1), Some(2)), (2, 1));
        assert_eq!(share(8, &w(1, 0), None), (1, 8));
        assert_eq!(share(8, &w(0, 0), Some(3)), (3, 2));
        assert_eq!(share(1, &w(0, 4), None), (1, 1));
        assert_eq!(share(2, &w(0, 0), Some(5)), (5, 1));
    }
}
