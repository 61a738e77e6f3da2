//! What `reproduce`, `tune` and `search` share: an owned run with prepared data and a fixed environment, and the way in
//! which its jobs are carried out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use mos_datasets::cache;
use mos_plan::choices::last_part;
use mos_plan::environment::environment;
use mos_plan::estimate::estimator::{Estimator, disk_needed};
use mos_plan::experiment::Experiment;
use mos_plan::files::folder::RunFolder;
use mos_plan::files::local::{LOCAL_SCHEMA, LocalFile};
use mos_plan::files::manifest::{Environment, MANIFEST_SCHEMA, RunManifest, SubnetCard};
use mos_plan::files::plan::PlanFile;
use mos_plan::gpu::Gpus;
use mos_plan::graph::{Basis, JobGraph, PlannedJob};
use mos_plan::machine::Machine;
use mos_plan::planner::found::{FoundSubnet, fresh};
use mos_plan::planner::guest_nets::GuestNet;
use mos_plan::profile::profile::{Device, Profile};
use mos_plan::spec::inputs::{CorpusRef, CorpusRole};
use mos_plan::{NamedArch, code};
use mos_spaces::SearchSpace;

use super::store::RunStore;
use crate::executor::done::done_jobs;
use crate::executor::local::{self, Options, Summary};
use crate::system::machine;
use crate::system::{files, interrupt};
use crate::tracks::dispatch::corpora;
use crate::tracks::prepared::{Prepared, PreparedCorpora};
use crate::worker::weights::product_kind;

/// Hashes of the sources that decide results, by track.
const CODE_HASHES: &str = env!("MOS_CODE_HASHES");

/// An owned run, ready to work.
pub struct Session {
    /// The repository.
    pub root: PathBuf,
    /// The run's folder.
    pub store: RunStore,
    /// What is compared.
    pub experiment: Experiment,
    /// Machine and software.
    pub environment: Environment,
    /// `run.toml` as an earlier call left it.
    pub before: Option<RunManifest>,
    corpora: PreparedCorpora,
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

/// Returns the folders of the prepared corpora of a run that has worked on this machine.
pub fn corpora_dirs(folder: &RunFolder) -> Result<BTreeMap<CorpusRole, PathBuf>> {
    let local = LocalFile::read(&folder.dir);
    let local = local.with_context(|| format!("run {} has not worked on this machine", folder.name))?;
    let root = cache::root()?;
    Ok(local.corpora.into_iter().map(|(role, dir)| (role, root.join(dir))).collect())
}

impl Session {
    /// Owns the run, prepares the data and fixes the environment.
    ///
    /// # Errors
    /// Fails if the device or the data is not there, or if the run is another process's or another experiment's.
    pub fn start(root: &Path, run: &str, experiment: Experiment, jobs: Option<usize>) -> Result<Session> {
        machine::require_device(experiment.profile.workers.device, &experiment.name)?;
        require_dataset(&experiment)?;
        let store = RunStore::own(root, run)?;
        let track = corpora(experiment.profile.track);
        let folders = (track.prepare)(&experiment.profile)?;
        // Every file has just been checked.
        let corpora = (track.open)(&experiment.profile, &folders, false)?;
        Session::assemble(root, store, experiment, corpora, jobs)
    }

    /// Owns a run that has worked on this machine, and takes the corpus that it has.
    ///
    /// # Errors
    /// Fails as [`Session::start`] does.
    pub fn again(root: &Path, run: &str, experiment: Experiment) -> Result<Session> {
        machine::require_device(experiment.profile.workers.device, &experiment.name)?;
        let store = RunStore::own(root, run)?;
        let open = corpora(experiment.profile.track).open;
        let corpora = open(&experiment.profile, &corpora_dirs(&store)?, true)?;
        Session::assemble(root, store, experiment, corpora, None)
    }

    fn assemble(
        root: &Path,
        store: RunStore,
        experiment: Experiment,
        corpora: PreparedCorpora,
        jobs: Option<usize>,
    ) -> Result<Session> {
        let before = store.manifest()?;
        let hash = code::hash_of(experiment.profile.track, CODE_HASHES);
        let mut environment =
            environment(&experiment, &Machine::here(), gpus(&experiment)?, jobs, before.as_ref(), hash)?;
        environment.commit = match &before {
            Some(before) if before.environment.code_hash == environment.code_hash => before.environment.commit.clone(),
            _ => commit(root),
        };
        if let Some(then) = before.as_ref().map(|before| &before.environment)
            && (then.code_hash != environment.code_hash || then.libtorch != environment.libtorch)
        {
            eprintln!("note: the code or libtorch changed since run {} was planned; its jobs run again", store.name);
        }
        let device = experiment.profile.workers.device;
        let corpus = corpora.get(&CorpusRole::Corpus).context("the run has no corpus")?;
        if let Some(other) = before.as_ref().filter(|b| b.corpus().id != corpus.card.id) {
            bail!("run {} holds corpus {}; choose another name with --run", store.name, other.corpus().id);
        }
        Ok(Session { root: root.to_path_buf(), store, experiment, environment, before, corpora, device })
    }

    /// Returns what every job of the run rests on.
    pub fn basis(&self) -> Basis {
        let reference = |of: &Prepared| CorpusRef { id: of.card.id.clone(), hash: of.card.hash.clone() };
        let corpora = self.corpora.iter().map(|(&role, prepared)| (role, reference(prepared))).collect();
        Basis { context: self.experiment.context(&self.environment, &self.corpus().card.id), corpora }
    }

    /// Writes `run.toml`, unless it is there as it should be.
    pub fn write_manifest(
        &self,
        command: String,
        subnets: &[NamedArch],
        found: &[FoundSubnet],
        guests: &[GuestNet],
        beside: &[String],
    ) -> Result<()> {
        let profile = &self.experiment.profile;
        let now = || humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
        let manifest = RunManifest {
            schema: MANIFEST_SCHEMA,
            name: self.store.name.clone(),
            command,
            created_utc: self.before.as_ref().map_or_else(now, |b| b.created_utc.clone()),
            track: profile.track,
            profile: self.experiment.name.clone(),
            primary_metric: profile.primary_metric,
            primary_split: profile.primary_split,
            headline: profile.subnets.headline,
            methods: profile.methods.clone(),
            seeds: self.experiment.seeds().map(|s| s as i64).collect(),
            space: profile.space.clone(),
            profile_toml: toml::to_string(&shown(profile))?,
            environment: self.environment.clone(),
            corpora: self.corpora.values().map(|prepared| prepared.card.clone()).collect(),
            tuning: profile.tuning.clone(),
            subnets: cards(&self.experiment.space, subnets),
            found_subnets: cards(&self.experiment.space, &fresh(subnets, found.iter())),
            found: found.iter().map(FoundSubnet::card).collect(),
            beside: beside.to_vec(),
            imported: None,
            guests: guests.iter().map(GuestNet::card).collect::<mos_plan::Result<_>>()?,
        };
        if self.store.manifest()?.as_ref() == Some(&manifest) {
            return Ok(());
        }
        self.store.write_manifest(&manifest)
    }

    /// Returns the corpus that is trained on.
    fn corpus(&self) -> &Prepared {
        &self.corpora[&CorpusRole::Corpus]
    }

    /// Returns the rows of the models' embedding tables.
    pub fn embedding_rows(&self) -> usize {
        self.corpus().embedding_rows
    }

    /// Writes down which jobs the run has.
    pub fn announce(&self, graph: &JobGraph) -> Result<()> {
        self.store.write_plan(&PlanFile::of(graph))
    }

    /// Runs the jobs of the graph that are not done.
    ///
    /// # Errors
    /// Fails if a finished job is damaged, if the disk is too small, or if a job fails.
    pub fn execute(&self, graph: &JobGraph) -> Result<Executed> {
        let done = done_jobs(graph, &self.store)?;
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
            slots: slots(&self.environment),
            seconds: estimates.iter().map(|e| e.seconds).collect(),
            launch: &|job| self.worker(job, gflops),
        };
        let started = Some(Instant::now());
        Ok(Executed { summary: local::execute(graph, &self.store, &options, done)?, started })
    }

    /// Makes the command that runs one job: this program again, with its share of threads.
    fn worker(&self, job: &PlannedJob, gflops: f64) -> Command {
        let threads = self.environment.threads_per_job.to_string();
        // The path of this program would not do: it may be rebuilt while we run, and a run is made by one code.
        let mut command = Command::new("/proc/self/exe");
        command.arg("worker").arg("--job-dir").arg(self.store.job_dir(&job.id));
        for role in job.spec.work.corpora() {
            command.arg("--corpus").arg(format!("{}={}", role.name(), self.corpora[role].dir.display()));
        }
        command.args(["--threads", &threads, "--matmul-gflops", &gflops.to_string()]);
        command.arg("--checkpoint-minutes").arg(self.experiment.profile.training.checkpoint_minutes.to_string());
        if self.environment.workers > 1 && !job.spec.is_exclusive() {
            command.arg("--loaded");
        }
        command.env("OMP_NUM_THREADS", &threads).env("MKL_NUM_THREADS", &threads);
        command
    }

    /// Returns the matrix-product rate of a worker's threads, which is measured once a run, before any worker runs.
    pub fn matmul_gflops(&self) -> Result<f64> {
        let root = cache::root()?;
        let within = |of: &Prepared| of.dir.strip_prefix(&root).unwrap_or(&of.dir).to_path_buf();
        let precision = self.experiment.profile.training.precision;
        let mut local = LocalFile {
            schema: LOCAL_SCHEMA,
            corpora: self.corpora.iter().map(|(&role, prepared)| (role, within(prepared))).collect(),
            device: self.environment.device.clone(),
            threads: self.environment.threads_per_job,
            precision,
            matmul_gflops: 0.0,
        };
        if let Some(kept) = LocalFile::read(&self.store.dir) {
            local.matmul_gflops = kept.matmul_gflops;
            if local == kept {
                return Ok(kept.matmul_gflops);
            }
        }
        let device = machine::torch_device(self.device);
        local.matmul_gflops = machine::matmul_gflops(device, product_kind(precision), local.threads);
        local.write(&self.store.dir)?;
        Ok(local.matmul_gflops)
    }
}

/// Gives the commit of the checkout, with a plus where a file of it was changed. It is told to people; what decides results is
/// the hash of the sources.
fn commit(root: &Path) -> Option<String> {
    let ask = |args: &[&str]| {
        let said = Command::new("git").arg("-C").arg(root).args(args).output().ok()?;
        said.status.success().then(|| String::from_utf8_lossy(&said.stdout).trim().to_string())
    };
    let commit = ask(&["rev-parse", "HEAD"])?;
    let changed = ask(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit}+") })
}

/// Looks for the GPUs of a run that is made on them.
fn gpus(experiment: &Experiment) -> Result<Option<Gpus>> {
    if experiment.profile.workers.device == Device::Cpu {
        return Ok(None);
    }
    let found = Gpus::here().map_err(|why| anyhow::anyhow!("profile {}: {why}", experiment.name))?;
    found.map(Some).with_context(|| {
        format!(
            "profile {}: nvidia-smi, which names the GPU that results are of, lists none that CUDA_VISIBLE_DEVICES lets be \
             seen",
            experiment.name
        )
    })
}

/// Returns the places for workers. Where there are more workers than GPUs, several share one.
fn slots(environment: &Environment) -> Vec<Option<String>> {
    let devices = environment.gpus.as_ref().map_or(&[][..], |gpus| &gpus.devices);
    let gpu = |i: usize| (!devices.is_empty()).then(|| devices[i % devices.len()].clone());
    (0..environment.workers).map(gpu).collect()
}

/// Makes the cards of subnets for `run.toml`.
fn cards(space: &SearchSpace, subnets: &[NamedArch]) -> Vec<SubnetCard> {
    subnets.iter().map(|subnet| SubnetCard::of(space, subnet)).collect()
}

/// Ends a call that was asked to stop: prints one line on how to go on, and returns the exit status.
pub fn stopped(command: &str) -> u8 {
    eprintln!("stopped; nothing finished is lost. Go on with: {command}");
    interrupt::EXIT_INTERRUPTED
}

/// Refuses a corpus that cannot be had, and names the flag. The corpora of the profiles stand in the registry.
pub fn require_dataset(experiment: &Experiment) -> Result<()> {
    (corpora(experiment.profile.track).require)(&experiment.profile)
}

/// Returns the profile as it may be shown to others: a folder of one's own text by its name alone.
fn shown(profile: &Profile) -> Profile {
    Profile { dataset: last_part(&profile.dataset), ..profile.clone() }
}
