//! Plans the jobs of `tune`: first peak rates, then schedules of continued training.

use mos_spaces::{count, method};

use super::found::retrain;
use super::specs::{from_scratch, score, supernet};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::graph::{Basis, JobGraph};
use crate::profile::study::Candidate;
use crate::spec::inputs::Role;
use crate::spec::training::TrainSpec;
use crate::spec::work::Work;
use crate::subject::NamedArch;

/// One curve of the sweep: what is trained at each rate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Series {
    /// A supernet method, by its name.
    Supernet(String),
    /// A subnet of the profile's draw that is trained from scratch, by its name.
    Scratch(String),
}

impl Series {
    /// Lists every series of a profile's sweep: its methods, and three sizes from scratch.
    pub fn all(experiment: &Experiment) -> Vec<Series> {
        let methods = experiment.profile.methods.iter().cloned().map(Series::Supernet);
        methods.chain(sizes(experiment).iter().map(|d| Series::Scratch(d.name().to_string()))).collect()
    }

    /// Returns its name in tables: that of the method, or `scratch/` and the subnet's.
    pub fn label(&self) -> String {
        match self {
            Series::Supernet(method) => method.clone(),
            Series::Scratch(subnet) => format!("{}/{subnet}", method::reference().name),
        }
    }
}

/// The seed of the sweep's trainings. Runs count theirs from 1, so what a sweep chose is judged on other trainings.
pub const SWEEP_SEED: u64 = 0;

/// Returns the subnets that are swept from scratch: the largest, the smallest, and the random one whose parameters lie
/// nearest to the middle of the draw's. All others take the rate of the nearest.
fn sizes(experiment: &Experiment) -> [&NamedArch; 3] {
    let mut random: Vec<&NamedArch> = experiment.drawn[2..].iter().collect();
    random.sort_by_key(|subnet| count::params(&experiment.space, &subnet.arch));
    [&experiment.drawn[0], &experiment.drawn[1], random[random.len() / 2]]
}

/// Plans the first jobs of `tune`: one training for each series and rate, at [`SWEEP_SEED`], since validation losses
/// are all it needs. It also returns the position of each series' job at each rate.
///
/// # Errors
/// Fails if the space is none of this version's.
pub fn sweep(
    experiment: &Experiment,
    basis: &Basis,
    grids: &[(Series, Vec<f64>)],
) -> Result<(JobGraph, Vec<Vec<usize>>)> {
    let mut graph = JobGraph::default();
    let mut positions = Vec::new();
    for (series, rates) in grids {
        let mut of_series = Vec::new();
        for &rate in rates {
            let train = match series {
                Series::Supernet(method) => supernet(experiment, method, SWEEP_SEED, rate)?,
                Series::Scratch(name) => {
                    let subnet = experiment.drawn.iter().find(|d| d.name() == name).expect("made from the list");
                    from_scratch(experiment, subnet, SWEEP_SEED, rate)?
                }
            };
            let job = graph.add(basis, Work::Train(swept(train)), &[]);
            graph.jobs[job].label = format!("{} rate {rate}", graph.jobs[job].spec.label());
            of_series.push(job);
        }
        positions.push(of_series);
    }
    Ok((graph, positions))
}

/// Leaves out the second attempt: that a rate fails is what a sweep finds out.
fn swept(train: TrainSpec) -> TrainSpec {
    TrainSpec { second_try: None, ..train }
}

/// The jobs that compare schedules of continued training, and where they stand: each row is a candidate and has one
/// position for each searched supernet, or for each at all where none is searched.
pub struct Schedules {
    /// The jobs.
    pub graph: JobGraph,
    /// Candidates and their jobs.
    pub rows: Vec<(Candidate, Vec<usize>)>,
}

/// Adds the jobs that compare schedules to those of the sweep, and starts them from its supernets and subnets at the
/// chosen rates. The swept random subnet is the one that is trained on, since it is no result of any search.
///
/// # Errors
/// Fails if the profile lacks a rate.
pub fn schedules(experiment: &Experiment, basis: &Basis, mut graph: JobGraph) -> Result<Schedules> {
    let [_, _, subnet] = sizes(experiment);
    let rate = experiment.scratch_rate(&subnet.arch);
    let trained = graph.add(basis, Work::Train(swept(from_scratch(experiment, subnet, SWEEP_SEED, rate)?)), &[]);
    let target = graph.add(
        basis,
        score(experiment, &method::reference().name, SWEEP_SEED, vec![subnet.clone()])?,
        &[(Role::Training, trained)],
    );
    let retraining = &experiment.profile.study.retraining;
    let mut rows: Vec<(Candidate, Vec<usize>)> = retraining.candidates.iter().map(|&c| (c, vec![])).collect();
    // Where no supernet is searched, each one tells how far a schedule goes.
    let searched = experiment.searched();
    let all = || experiment.profile.methods.iter().map(String::as_str).collect();
    for method in if searched.is_empty() { all() } else { searched } {
        let train = supernet(experiment, method, SWEEP_SEED, experiment.profile.rates.supernet(method)?)?;
        let from = graph.add(basis, Work::Train(swept(train)), &[]);
        for (candidate, jobs) in &mut rows {
            let spec = retrain(experiment, method, SWEEP_SEED, subnet, *candidate)?;
            let job = graph.add(basis, Work::Retrain(spec), &[(Role::Supernet, from), (Role::Target, target)]);
            graph.jobs[job].label = format!("retrain {method} {}", candidate.label());
            jobs.push(job);
        }
    }
    Ok(Schedules { graph, rows })
}
