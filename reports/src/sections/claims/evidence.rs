//! This finds what a run holds for a claim, or says why it holds nothing.

use std::collections::BTreeSet;

use mos_plan::{Metric, Subject, SubnetId};
use mos_spaces::method::reference;

use super::guests::at_equal_flops;
use crate::claims::{Claim, Compared, Coverage, Measured, Need, Quantity};
use crate::run::{Run, TaskStart, mean};
use crate::sections::comparisons::basis::Basis;
use crate::sections::gaps::cells::{common_cells, scores};
use crate::sections::pareto::facts::{Tradeoff, Weights};
use crate::sections::retraining::facts::Retraining;
use crate::sections::retraining::training::Retrained;
use crate::sections::tasks::facts::{decides, decisive, worth};
use crate::sections::total_cost::facts::{TotalCost, total_cost};
use crate::stats::{Scores, difference_cells};

/// Why a subnet sets no goal and has no gap.
const SCRATCH_FAILED: &str = " (its training from scratch failed)";

/// What evidence is taken from.
pub struct Source<'a> {
    /// The run.
    pub run: &'a Run,
    /// By what gaps are compared.
    pub basis: Basis,
    /// The continued trainings.
    pub retraining: &'a Retraining,
    /// The fronts of latency and quality.
    pub tradeoff: &'a Tradeoff,
}

/// What is found, or why nothing is.
type Found = Result<Measured, String>;

/// Finds the evidence of a claim.
pub fn evidence(source: &Source, claim: &Claim) -> Found {
    let run = source.run;
    for method in [&claim.method, &claim.against] {
        if !run.manifest.methods.contains(method) && !run.facts.methods().contains(method.as_str()) {
            return Err(format!("{method} is not part of this run"));
        }
    }
    let lacking = claim.needs.iter().find_map(|need| lacking(run, claim, *need));
    if let Some(reason) = lacking {
        return Err(reason);
    }
    match claim.quantity {
        Quantity::Gap => gap(source, claim),
        Quantity::RankCorrelation => ranks(run, claim),
        Quantity::RetrainingUpdates => retraining(source, claim),
        Quantity::TrainingTime => training_time(run, claim),
        Quantity::TotalCost => total_cost_share(source, claim),
        Quantity::Front => front(source, claim),
        Quantity::TaskAverage => task_average(run, claim),
        Quantity::TaskAverageAtEqualFlops => at_equal_flops(run, claim),
    }
}

/// Says what the run lacks of a need; `None` where it is met.
fn lacking(run: &Run, claim: &Claim, need: Need) -> Option<String> {
    match need {
        Need::Primary if run.facts.has(run.primary) => None,
        Need::Primary => Some(format!("the run holds no {}", run.primary.words())),
        Need::Of(metric) => {
            let lacks = [&claim.method, &claim.against].into_iter().find(|method| !run.holds(metric, method))?;
            Some(format!("the run holds no record of {metric} for {lacks}"))
        }
    }
}

/// Makes a table of values of subnets x units of differences, or says that nothing is there.
fn differences(claim: &Claim, rows: &[Vec<f64>], unit: &str, coverage: Coverage) -> Found {
    let cells = Scores::from_rows(rows).map_err(|error| error.to_string())?;
    Ok(Measured::of(claim, Compared::Differences(cells), unit, coverage))
}

/// The scores from scratch and of both methods, over the subnets and trainings that all three have.
struct Tables {
    scratch: Scores,
    own: Scores,
    other: Scores,
    coverage: Coverage,
}

fn tables(run: &Run, claim: &Claim) -> Result<Tables, String> {
    let methods = [reference().name.as_str(), &claim.method, &claim.against];
    let score = run.scores(run.primary);
    let (subnets, seeds) = common_cells(run, &score, &methods, &run.headline_subnets())
        .ok_or("no subnet has scores of both methods and from scratch")?;
    let of = |name: &str| scores(&score, name, &subnets, &seeds).map_err(|error| error.to_string());
    let mut coverage = Coverage::default();
    for subnet in run.planned_subnets() {
        for seed in &run.manifest.seeds {
            coverage.planned += 1;
            if subnets.contains(subnet) && seeds.contains(seed) {
                coverage.found += 1;
            } else {
                coverage.missing.push(format!("{} seed {seed}{}", subnet.name, why(run, &methods, subnet, *seed)));
            }
        }
    }
    Ok(Tables { scratch: of(methods[0])?, own: of(methods[1])?, other: of(methods[2])?, coverage })
}

/// Says why a subnet has no cell; empty where it is only not scored yet.
fn why(run: &Run, methods: &[&str], subnet: &SubnetId, seed: i64) -> String {
    if run.failed.iter().any(|failed| failed.is_from_scratch(subnet)) {
        return SCRATCH_FAILED.to_owned();
    }
    let copied = run.copied.iter().find(|c| methods.contains(&c.method.as_str()) && c.subnets.contains(subnet));
    if let Some(copied) = copied {
        return format!(" ({} is a copy of {})", copied.method, copied.of);
    }
    let diverged = run.failed.iter().find(|failed| {
        failed.key.subject == Subject::Whole && failed.key.seed == seed && methods.contains(&failed.key.method.as_str())
    });
    diverged.map_or(String::new(), |failed| format!(" ({} diverged)", failed.key.method))
}

fn gap(source: &Source, claim: &Claim) -> Found {
    let Tables { scratch, own, other, coverage } = tables(source.run, claim)?;
    let primary = source.run.primary;
    let [absolute, signed] =
        difference_cells(&scratch, &own, &other, primary.direction()).map_err(|error| error.to_string())?;
    let cells = if source.basis == Basis::AbsoluteGap { absolute } else { signed };
    Ok(Measured::of(claim, Compared::Differences(cells), primary.metric.name(), coverage))
}

fn ranks(run: &Run, claim: &Claim) -> Found {
    let Tables { scratch, own, other, coverage } = tables(run, claim)?;
    Ok(Measured::of(claim, Compared::Ranks { scratch, own, other }, "tau-b", coverage))
}

/// Trainings that never got there count at their budget.
fn retraining(source: &Source, claim: &Claim) -> Found {
    let all = source.retraining.trainings.iter();
    let own: Vec<_> = all.clone().filter(|r| r.method == claim.method).collect();
    let others: Vec<_> = all.filter(|r| r.method == claim.against).collect();
    let seeds = source.retraining.seeds();
    let share = |of: &[&Retrained], subnet, seed: i64| {
        of.iter().find(|r| r.subnet == subnet && r.seed == seed && !r.void).and_then(|r| r.share)
    };
    let mut subnets: Vec<_> = own.iter().map(|r| r.subnet.clone()).collect();
    subnets.sort_by(|a, b| a.name.cmp(&b.name));
    subnets.dedup();
    let row = |subnet: &SubnetId| -> Option<Vec<f64>> {
        let cell = |seed: &i64| Some(share(&own, subnet.clone(), *seed)? - share(&others, subnet.clone(), *seed)?);
        seeds.iter().map(cell).collect()
    };
    let rows: Vec<Vec<f64>> = subnets.iter().filter_map(row).collect();
    let void = |subnet: &SubnetId| own.iter().any(|r| r.subnet == *subnet && r.void);
    let why = |subnet: &SubnetId| if void(subnet) { SCRATCH_FAILED } else { "" };
    let lacks = subnets.iter().filter(|subnet| row(subnet).is_none());
    let coverage = Coverage {
        planned: subnets.len() * seeds.len(),
        found: rows.len() * seeds.len(),
        missing: lacks.map(|subnet| format!("{}{}", subnet.name, why(subnet))).collect(),
    };
    differences(claim, &rows, "share", coverage)
}

fn training_time(run: &Run, claim: &Claim) -> Found {
    let time = |method: &str, seed: i64| run.facts.job(Metric::TrainSeconds, method, &Subject::Whole, seed);
    let pair = |seed: &i64| time(&claim.method, *seed).zip(time(&claim.against, *seed));
    let pairs: Vec<_> = run.manifest.seeds.iter().filter_map(pair).collect();
    if pairs.is_empty() {
        return Err("no two trainings of one seed have times".to_owned());
    }
    if pairs.iter().any(|(own, other)| own.loaded || other.loaded) {
        return Err("its times were taken while other jobs ran on the machine".to_owned());
    }
    let ratios: Vec<f64> = pairs.iter().map(|(own, other)| own.value / other.value - 1.0).collect();
    let (planned, found) = (run.manifest.seeds.len(), ratios.len());
    differences(claim, &[ratios], "share", Coverage { planned, found, missing: vec![] })
}

fn total_cost_share(source: &Source, claim: &Claim) -> Found {
    let run = source.run;
    let cost = |method: &str, seed: i64| total_cost(run, source.retraining, method, Some(seed));
    let pair = |seed: &i64| Some((cost(&claim.method, *seed)?, cost(&claim.against, *seed)?));
    let pairs: Vec<_> = run.manifest.seeds.iter().filter_map(pair).collect();
    if pairs.iter().any(|(own, other)| own.loaded || other.loaded) {
        return Err("its times were taken while other jobs ran on the machine".to_owned());
    }
    if pairs.iter().any(|(own, other)| own.at_least || other.at_least) {
        return Err("some continued training never got to its goal, so that its cost is a lower bound".to_owned());
    }
    let share = |(own, other): &(TotalCost, TotalCost)| Some(own.with_continued()? / other.with_continued()? - 1.0);
    let shares: Vec<f64> = pairs.iter().filter_map(share).collect();
    if shares.is_empty() {
        return Err("no seed has searches of both methods with continued training of all that they found".to_owned());
    }
    // Only some of the seeds are searched.
    let searched = |seed: &&i64| [&claim.method, &claim.against].iter().any(|method| cost(method, **seed).is_some());
    let (planned, found) = (run.manifest.seeds.iter().filter(searched).count(), shares.len());
    differences(claim, &[shares], "share", Coverage { planned, found, missing: vec![] })
}

fn front(source: &Source, claim: &Claim) -> Found {
    let run = source.run;
    let covered =
        |method: &str, seed: i64| source.tradeoff.covered(method, seed, Weights::Inherited, run.primary.direction());
    let pair = |seed: &i64| Some(covered(&claim.method, *seed)? - covered(&claim.against, *seed)?);
    let cells: Vec<f64> = run.manifest.seeds.iter().filter_map(pair).collect();
    if cells.is_empty() {
        return Err("no seed has a front of both methods".to_owned());
    }
    let (planned, found) = (run.manifest.seeds.len(), cells.len());
    differences(claim, &[cells], "share", Coverage { planned, found, missing: vec![] })
}

/// The average is over the tasks on which pre-training shows.
fn task_average(run: &Run, claim: &Claim) -> Found {
    let worth = worth(&run.tasks);
    let tasks: Vec<&str> = run.tasks.names().into_iter().filter(|task| decides(task, &worth)).collect();
    if tasks.is_empty() {
        return Err("pre-training shows on no task that is averaged".to_owned());
    }
    let score = |method: &str, subnet: &SubnetId, seed: i64, task: &str| {
        let metric = decisive(task)?;
        let mut tuned = run.tasks.tuned.iter().filter(|t| t.task == task && t.start == TaskStart::Pretrained);
        tuned.find(|t| t.method == method && t.subnet == *subnet && t.seed == seed)?.score(metric)
    };
    let average = |method: &str, subnet: &SubnetId, seed: i64| {
        let scores: Option<Vec<f64>> = tasks.iter().map(|task| score(method, subnet, seed, task)).collect();
        mean(scores?)
    };
    let methods = [claim.method.as_str(), &claim.against];
    let (subnets, seeds) = common_cells(run, &average, &methods, &run.sound_subnets())
        .ok_or("no subnet of both methods was fine-tuned on every task that decides")?;
    let of = |method: &str, subnet, seed| average(method, subnet, seed).unwrap_or(f64::NAN);
    let row = |subnet| seeds.iter().map(|seed| of(methods[0], subnet, *seed) - of(methods[1], subnet, *seed)).collect();
    let rows: Vec<Vec<f64>> = subnets.iter().map(row).collect();
    // A scored subnet that was fine-tuned on any task, for either method, was to be fine-tuned on all.
    let is_scored = |name: &str| run.manifest.subnets.iter().any(|card| card.id.name == name);
    let begun: BTreeSet<(String, i64)> = run
        .tasks
        .tuned
        .iter()
        .filter(|tuned| tuned.start == TaskStart::Pretrained && is_scored(&tuned.subnet.name))
        .filter(|tuned| methods.contains(&tuned.method.as_str()))
        .map(|tuned| (tuned.subnet.name.clone(), tuned.seed))
        .collect();
    let is_there = |(name, seed): &&(String, i64)| subnets.iter().any(|s| s.name == *name) && seeds.contains(seed);
    let (there, missing): (Vec<_>, Vec<_>) = begun.iter().partition(is_there);
    let missing = missing.into_iter().map(|(name, seed)| format!("{name} seed {seed}")).collect();
    differences(claim, &rows, "points", Coverage { planned: begun.len(), found: there.len(), missing })
}
