//! The jobs of `tune`: peak rates, then schedules of continued training.

use anyhow::Result;

use super::{JobGraph, found, from_scratch, score, supernet};
use crate::experiment::Experiment;
use crate::spec::{Context, Work};
use crate::study::Candidate;

/// One curve of the sweep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Series {
    /// A supernet method.
    Supernet(String),
    /// A subnet of the profile's draw, from scratch.
    Scratch(String),
}

impl Series {
    /// Every series of a profile's sweep.
    pub fn all(experiment: &Experiment) -> Vec<Series> {
        let methods = experiment.profile.methods.iter().cloned().map(Series::Supernet);
        methods.chain(experiment.drawn.iter().map(|d| Series::Scratch(d.name.clone()))).collect()
    }

    /// For people.
    pub fn label(&self) -> String {
        match self {
            Series::Supernet(method) => method.clone(),
            Series::Scratch(subnet) => format!("scratch/{subnet}"),
        }
    }
}

/// The jobs of `tune`: one training a series and rate, at the first seed; validation losses are all it needs.
/// Returns the position of each series' job at each rate, too.
pub fn sweep(
    experiment: &Experiment,
    context: &Context,
    grids: &[(Series, Vec<f64>)],
) -> Result<(JobGraph, Vec<Vec<usize>>)> {
    let mut graph = JobGraph::default();
    let mut positions = Vec::new();
    for (series, rates) in grids {
        let mut of_series = Vec::new();
        for &rate in rates {
            let train = match series {
                Series::Supernet(method) => supernet(experiment, method, 1, rate)?,
                Series::Scratch(name) => {
                    let subnet = experiment.drawn.iter().find(|d| d.name == *name).expect("made from the list");
                    from_scratch(experiment, subnet, 1, rate)?
                }
            };
            let job = graph.add(context, Work::Train(train), &[]);
            graph.jobs[job].label = format!("{} rate {rate}", graph.jobs[job].spec.label());
            of_series.push(job);
        }
        positions.push(of_series);
    }
    Ok((graph, positions))
}

/// The jobs that compare schedules of continued training, and where they stand: one row a candidate, one position a
/// searched supernet.
pub struct Schedules {
    /// The jobs.
    pub graph: JobGraph,
    /// Candidates and their jobs.
    pub rows: Vec<(Candidate, Vec<usize>)>,
}

/// Adds the jobs to those of the sweep, whose supernets and subnets at the chosen rates they start from. The first random
/// subnet is the one that is trained on: it is no result of any search.
pub fn schedules(experiment: &Experiment, context: &Context, mut graph: JobGraph) -> Result<Schedules> {
    let subnet = &experiment.drawn[2];
    let rate = experiment.scratch_rate(&subnet.arch);
    let trained = graph.add(context, Work::Train(from_scratch(experiment, subnet, 1, rate)?), &[]);
    let target = graph.add(context, score(experiment, "scratch", 1, vec![subnet.clone()]), &[trained]);
    let retraining = &experiment.profile.study.retraining;
    let mut rows: Vec<(Candidate, Vec<usize>)> = retraining.candidates.iter().map(|&c| (c, vec![])).collect();
    for method in experiment.searched() {
        let train = supernet(experiment, method, 1, experiment.profile.rates.supernet(method)?)?;
        let from = graph.add(context, Work::Train(train), &[]);
        for (candidate, jobs) in &mut rows {
            let spec = found::retrain(experiment, method, 1, subnet, *candidate)?;
            let job = graph.add(context, Work::Retrain(spec), &[from, target]);
            graph.jobs[job].label = format!("retrain {method} {}", candidate.label());
            jobs.push(job);
        }
    }
    Ok(Schedules { graph, rows })
}
