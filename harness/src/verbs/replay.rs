//! The verb `replay` makes some jobs of somebody's run again, with what they rest on, for an audit to compare.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use mos_plan::cli::ReplayArgs;
use mos_plan::code;
use mos_plan::estimate::duration;
use mos_plan::files::replay::{Replay, ReplayedJob};
use mos_plan::graph::JobGraph;
use mos_plan::spec::work::Work;
use mos_reports::audit::{AuditedRun, Source, experiment, replan};
use mos_reports::bundle::is_bundle;
use mos_reports::find_run;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::run::session::{Session, stopped};
use crate::system::{files, interrupt};

/// Hashes of the sources that decide results, by track.
const CODE_HASHES: &str = env!("MOS_CODE_HASHES");

/// Runs the verb; returns the exit status.
pub fn run(root: &Path, args: &ReplayArgs) -> Result<u8> {
    let run = AuditedRun::open(&source(root, &args.run)?, None)?;
    let name = format!("replay-{}", run.manifest.name);
    refuse_other_code(&run)?;
    let mut experiment = experiment(&run).map_err(anyhow::Error::msg)?;
    if let Some(folder) = &args.data {
        experiment.profile.dataset = folder.to_string_lossy().into_owned();
    }
    let graph = replan(&run).map_err(anyhow::Error::msg)?;
    interrupt::count_signals()?;
    let session = Session::start(root, &name, experiment, None)?;
    refuse_other_data(&run, &session)?;
    let before = Replay::read(&session.store.dir);
    let seed = match before.filter(|before| before.jobs_asked == args.jobs && args.job.is_none()) {
        Some(before) => before.seed,
        None => rand::rng().random_range(1..1_000_000),
    };
    let chosen = Choice { run: &run, graph: &graph, minutes: args.minutes }.of(args, seed)?;
    let (again, jobs) = remade(&graph, &chosen, &session);
    let replay = Replay { run: run.manifest.name.clone(), seed, jobs_asked: args.jobs, jobs };
    files::write_atomic(&Replay::path(&session.store.dir), &serde_json::to_vec_pretty(&replay)?)?;
    session.announce(&again)?;
    if session.execute(&again)?.summary.interrupted {
        return Ok(stopped(&format!("cargo xtask audit {} with the same options", args.run)));
    }
    println!("{}", session.store.dir.display());
    Ok(0)
}

fn source(root: &Path, run: &str) -> Result<Source> {
    let path = PathBuf::from(run);
    Ok(if is_bundle(&path) { Source::Bundle(path) } else { Source::Folder(find_run(Some(run), &root.join("runs"))?) })
}

/// Other code would make other jobs, and what differed would say nothing.
fn refuse_other_code(run: &AuditedRun) -> Result<()> {
    let environment = &run.manifest.environment;
    let own = code::hash_of(run.manifest.track, CODE_HASHES);
    if environment.code_hash != own {
        let commit = environment.commit.as_deref().unwrap_or("not recorded");
        bail!(
            "run {} was made by code {} (commit {commit}), and this program is code {own}: check that commit out and replay there",
            run.manifest.name,
            environment.code_hash
        );
    }
    Ok(())
}

fn refuse_other_data(run: &AuditedRun, session: &Session) -> Result<()> {
    for (role, corpus) in session.basis().corpora {
        let known = run.manifest.corpora.iter().any(|card| card.hash == corpus.hash);
        ensure!(
            known,
            "{} ({}) is prepared here with hash {}, which is none of the run's: name the run's own text with --data",
            corpus.id,
            role.name(),
            corpus.hash
        );
    }
    Ok(())
}

/// What is chosen from.
struct Choice<'a> {
    run: &'a AuditedRun,
    graph: &'a JobGraph,
    minutes: Option<f64>,
}

impl Choice<'_> {
    /// Chooses the jobs, with all that they rest on, and tells what they cost.
    fn of(&self, args: &ReplayArgs, seed: u64) -> Result<BTreeSet<usize>> {
        let (chosen, drawn) = match &args.job {
            Some(id) => (self.with_inputs(self.named(id)?), 1),
            None => self.drawn(args.jobs.unwrap_or(1), seed)?,
        };
        let how = if args.job.is_some() { String::new() } else { format!(", drawn by seed {seed}") };
        eprintln!(
            "replay: {drawn} job(s){how}, and {} that they rest on: {} of work",
            chosen.len() - drawn,
            duration::round(Duration::from_secs_f64(self.seconds(&chosen)))
        );
        for &job in &chosen {
            eprintln!("  {}  {}", self.graph.jobs[job].id, self.graph.jobs[job].label);
        }
        Ok(chosen)
    }

    /// Finds the job by the start of its id.
    fn named(&self, id: &str) -> Result<usize> {
        let of = |job: &usize| self.graph.jobs[*job].id.starts_with(id);
        let found: Vec<usize> = self.candidates().into_iter().filter(of).collect();
        match found[..] {
            [job] => Ok(job),
            [] => bail!("--replay-job {id}: the run has no such job that is finished and can be made again"),
            _ => bail!("--replay-job {id}: several jobs begin so; write more of it"),
        }
    }

    /// Draws jobs until there are enough, leaving out those that would take too long.
    fn drawn(&self, jobs: u64, seed: u64) -> Result<(BTreeSet<usize>, usize)> {
        let mut order = self.candidates();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let (mut chosen, mut drawn) = (BTreeSet::new(), 0);
        for job in order {
            let with: BTreeSet<usize> = chosen.union(&self.with_inputs(job)).copied().collect();
            if drawn < jobs as usize && self.minutes.is_none_or(|minutes| self.seconds(&with) <= 60.0 * minutes) {
                (chosen, drawn) = (with, drawn + 1);
            }
        }
        ensure!(drawn > 0, "no job of the run can be made again in {} minutes", self.minutes.unwrap_or_default());
        Ok((chosen, drawn))
    }

    /// Gives the finished jobs whose results follow from their specs.
    fn candidates(&self) -> Vec<usize> {
        let can = |job: &usize| {
            let planned = &self.graph.jobs[*job];
            let repeats = matches!(
                planned.spec.work,
                Work::Train(_) | Work::Score(_) | Work::Retrain(_) | Work::FineTune(_) | Work::BagOfWords(_)
            );
            repeats
                && self.run.jobs.get(&planned.id).is_some_and(|own| own.file.is_finished() && own.file.void.is_none())
        };
        (0..self.graph.jobs.len()).filter(can).collect()
    }

    fn with_inputs(&self, job: usize) -> BTreeSet<usize> {
        let mut all = BTreeSet::from([job]);
        let mut open = vec![job];
        while let Some(job) = open.pop() {
            open.extend(self.graph.jobs[job].needs().filter(|needed| all.insert(*needed)));
        }
        all
    }

    /// Adds up what the run's own jobs took.
    fn seconds(&self, jobs: &BTreeSet<usize>) -> f64 {
        let took = |job: &usize| self.run.jobs.get(&self.graph.jobs[*job].id).and_then(|own| own.file.work_seconds);
        jobs.iter().filter_map(took).sum()
    }
}

/// Plans the chosen jobs for this machine, and says which is which.
fn remade(graph: &JobGraph, chosen: &BTreeSet<usize>, session: &Session) -> (JobGraph, Vec<ReplayedJob>) {
    let basis = session.basis();
    let (mut again, mut positions, mut jobs) = (JobGraph::default(), HashMap::new(), Vec::new());
    // Inputs stand before what reads them, in any graph.
    for &job in chosen {
        let planned = &graph.jobs[job];
        let inputs: Vec<_> = planned.inputs.iter().map(|(role, input)| (*role, positions[input])).collect();
        let position = again.add(&basis, planned.spec.work.clone(), &inputs);
        positions.insert(job, position);
        jobs.push(ReplayedJob { original: planned.id.clone(), again: again.jobs[position].id.clone() });
    }
    (again, jobs)
}
