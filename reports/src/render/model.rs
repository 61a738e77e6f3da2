//! A run's records arranged for the report: scores, whole-job values, learning curves and facts of the data.

use std::collections::{BTreeMap, BTreeSet};

use super::style::{self, Look};
use crate::manifest::RunManifest;
use crate::schema::{Better, Metric, Record, find_metric};
use crate::{Error, Result};

pub mod comparisons;
pub mod gaps;
pub mod study;
pub mod tuning;

/// The method against whose scores every supernet is measured.
pub const SCRATCH: &str = "scratch";

/// Metrics that score a subnet.
const SCORES: [&str; 4] = ["loss", "bleu", "tokenised_bleu", "chrf"];

/// Metric and split of a score.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// The metric.
    pub metric: &'static Metric,
    /// `valid` or `test`.
    pub split: &'static str,
}

impl Quality {
    /// Looks a metric and a split up; `None` for names that no score has.
    pub fn find(metric: &str, split: &str) -> Option<Quality> {
        let metric = find_metric(metric).filter(|m| SCORES.contains(&m.name))?;
        let split = ["valid", "test"].into_iter().find(|s| *s == split)?;
        Some(Quality { metric, split })
    }

    /// Whether a lower value is better.
    pub fn lower_is_better(self) -> bool {
        self.metric.better == Better::Lower
    }

    /// Decimals with which its values and gaps are shown.
    pub fn decimals(self) -> usize {
        if self.metric.name == "loss" { 3 } else { 2 }
    }

    /// `validation loss`, `test BLEU`.
    pub fn words(self) -> String {
        let split = if self.split == "valid" { "validation" } else { "test" };
        // A name that is a word, not an abbreviation, begins small within a sentence.
        let label = self.metric.label;
        let metric = match label.get(1..2) {
            Some(second) if second.chars().all(char::is_lowercase) => {
                format!("{}{}", label[..1].to_lowercase(), &label[1..])
            }
            _ => label.to_owned(),
        };
        format!("{split} {metric}")
    }

    /// Unit of its values: `nats/token`, or the metric's name for a pure number.
    pub fn unit(self) -> &'static str {
        if self.metric.unit.is_empty() { self.metric.label } else { self.metric.unit }
    }
}

/// What identifies a score.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ScoreKey {
    metric: String,
    split: String,
    method: String,
    subnet: String,
    seed: i64,
}

/// What identifies a training job's value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct JobKey {
    metric: String,
    method: String,
    subnet: String,
    seed: i64,
}

/// A value with the job that measured it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The value, in the metric's unit.
    pub value: f64,
    /// Id of the job.
    pub job: String,
    /// Whether other workers ran beside it.
    pub loaded: bool,
}

/// A training job: method, subnet ("" for a supernet) and seed.
pub type TrainKey = (String, String, i64);

/// The records, arranged.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    scores: BTreeMap<ScoreKey, Measured>,
    jobs: BTreeMap<JobKey, Measured>,
    curves: BTreeMap<ScoreKey, Vec<(i64, f64)>>,
    data: BTreeMap<(String, String), f64>,
    /// The latency study's rows.
    pub study: study::StudyFacts,
    job_ids: BTreeMap<(String, i64), BTreeSet<String>>,
}

impl Facts {
    /// Arranges records. A job with a `train_seconds` row is a training job; its losses are curves, every other job's
    /// losses are scores. Values that are not finite are left out: they are no measurements.
    /// Two different scores of one subnet are an error: the result would depend on their order.
    pub fn new(records: &[Record]) -> Result<Facts> {
        let train_jobs: BTreeSet<&str> =
            records.iter().filter(|r| r.metric == "train_seconds").map(|r| r.job_id.as_str()).collect();
        let mut facts = Facts::default();
        for record in records.iter().filter(|r| r.value.is_finite()) {
            facts.add(record, train_jobs.contains(record.job_id.as_str()))?;
        }
        for curve in facts.curves.values_mut() {
            curve.sort_by_key(|(step, _)| *step);
        }
        facts.study.sort();
        Ok(facts)
    }

    fn add(&mut self, record: &Record, trains: bool) -> Result<()> {
        let measured = Measured { value: record.value, job: record.job_id.clone(), loaded: record.loaded };
        self.job_ids.entry((record.method.clone(), record.seed)).or_default().insert(record.job_id.clone());
        let key = ScoreKey {
            metric: record.metric.clone(),
            split: record.split.clone(),
            method: record.method.clone(),
            subnet: record.subnet.clone(),
            seed: record.seed,
        };
        if study::StudyFacts::owns(record) {
            self.study.add(record, key, measured);
            return Ok(());
        }
        if record.method.is_empty() {
            self.data.insert((record.metric.clone(), record.split.clone()), record.value);
            return Ok(());
        }
        match (record.metric.as_str(), trains) {
            (curve, true) if curve == "train_loss" || SCORES.contains(&curve) => {
                self.curves.entry(key).or_default().push((record.step, record.value));
            }
            (score, false) if SCORES.contains(&score) => {
                let (new, value) = (measured.job.clone(), measured.value);
                if let Some(old) = self.scores.insert(key, measured).filter(|old| old.value != value) {
                    return Err(Error::Render(format!(
                        "jobs {} and {new} both scored {} of {}/{} seed {} on {}, and differ",
                        old.job, record.metric, record.method, record.subnet, record.seed, record.split
                    )));
                }
            }
            (_, true) => {
                let ScoreKey { metric, method, subnet, seed, .. } = key;
                self.jobs.insert(JobKey { metric, method, subnet, seed }, measured);
            }
            // Whole-job rows of scoring (its seconds) are not shown.
            (_, false) => {}
        }
        Ok(())
    }

    /// A subnet's score.
    pub fn score(&self, quality: Quality, method: &str, subnet: &str, seed: i64) -> Option<f64> {
        let key = ScoreKey {
            metric: quality.metric.name.to_owned(),
            split: quality.split.to_owned(),
            method: method.to_owned(),
            subnet: subnet.to_owned(),
            seed,
        };
        self.scores.get(&key).map(|m| m.value)
    }

    /// Mean of a subnet's scores over the seeds that have one.
    pub fn mean_score(&self, quality: Quality, method: &str, subnet: &str, seeds: &[i64]) -> Option<f64> {
        mean(seeds.iter().filter_map(|seed| self.score(quality, method, subnet, *seed)))
    }

    /// A whole-job value of a training job; `subnet` is empty for a supernet.
    pub fn job(&self, metric: &str, method: &str, subnet: &str, seed: i64) -> Option<&Measured> {
        let key = JobKey { metric: metric.to_owned(), method: method.to_owned(), subnet: subnet.to_owned(), seed };
        self.jobs.get(&key)
    }

    /// The most parts into which a training cut its micro-batches, where one had to.
    pub fn most_parts(&self) -> Option<f64> {
        let parts = self.jobs.iter().filter(|(key, _)| key.metric == "micro_batch_parts").map(|(_, m)| m.value);
        parts.reduce(f64::max).filter(|most| *most > 1.0)
    }

    /// Every training job's value of `metric` for a method: over its seeds and, from scratch, over its subnets.
    pub fn jobs_of<'a>(&'a self, metric: &'a str, method: &'a str) -> impl Iterator<Item = &'a Measured> {
        self.jobs.iter().filter(move |(key, _)| key.metric == metric && key.method == method).map(|(_, m)| m)
    }

    /// Every training job.
    pub fn train_keys(&self) -> BTreeSet<TrainKey> {
        self.jobs.keys().map(|key| (key.method.clone(), key.subnet.clone(), key.seed)).collect()
    }

    /// A learning curve, `(updates, value)` in order; empty where there is none.
    pub fn curve(&self, metric: &str, split: &str, method: &str, subnet: &str, seed: i64) -> &[(i64, f64)] {
        let key = ScoreKey {
            metric: metric.to_owned(),
            split: split.to_owned(),
            method: method.to_owned(),
            subnet: subnet.to_owned(),
            seed,
        };
        self.curves.get(&key).map_or(&[], Vec::as_slice)
    }

    /// A fact of the data.
    pub fn data(&self, metric: &str, split: &str) -> Option<f64> {
        self.data.get(&(metric.to_owned(), split.to_owned())).copied()
    }

    /// Ids of the jobs behind a method's rows of one seed.
    pub fn job_ids(&self, method: &str, seed: i64) -> Vec<&str> {
        self.job_ids.get(&(method.to_owned(), seed)).into_iter().flatten().map(String::as_str).collect()
    }

    /// Seeds with any row of a method.
    pub fn seeds_of(&self, method: &str) -> Vec<i64> {
        self.job_ids.keys().filter(|(name, _)| name == method).map(|(_, seed)| *seed).collect()
    }

    /// Methods with any row.
    pub fn methods(&self) -> BTreeSet<&str> {
        self.job_ids.keys().map(|(method, _)| method.as_str()).filter(|method| !method.is_empty()).collect()
    }

    /// Names of scored subnets.
    pub fn scored_subnets(&self) -> BTreeSet<&str> {
        self.scores.keys().map(|key| key.subnet.as_str()).collect()
    }

    /// Seeds of scored subnets.
    pub fn scored_seeds(&self) -> BTreeSet<i64> {
        self.scores.keys().map(|key| key.seed).collect()
    }

    /// Whether any score of this quality exists.
    pub fn has(&self, quality: Quality) -> bool {
        self.scores.keys().any(|key| key.metric == quality.metric.name && key.split == quality.split)
    }
}

/// Mean of what is there; `None` of nothing. Used for display of times and losses over seeds, not for inference.
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values {
        sum += value;
        n += 1.0;
    }
    (n > 0.0).then(|| sum / n)
}

/// Everything that the page shows, computed.
#[derive(Debug)]
pub struct Report {
    /// What the run is.
    pub manifest: RunManifest,
    /// Its records.
    pub facts: Facts,
    /// How methods are compared.
    pub primary: Quality,
    /// Supernet methods that have rows, in plan order.
    pub methods: Vec<String>,
    /// Scored subnets of the plan's fixed sample, in its order: on them methods are compared.
    pub subnets: Vec<String>,
    /// Scored subnets that searches found. A search chose them by their fitness in one supernet, so they are shown beside
    /// the sample and never compared with it.
    pub found: Vec<String>,
    /// Seeds that have scores, in plan order.
    pub seeds: Vec<i64>,
    /// Gap statistics of each method in the primary quality.
    pub gaps: Vec<gaps::MethodGap>,
    /// Each method against `sandwich` and `hat`.
    pub comparisons: Vec<comparisons::Comparison>,
    /// Each mixture of experts against its controls.
    pub controls: Vec<comparisons::Comparison>,
    /// The sweep of peak rates.
    pub tuning: Option<tuning::Sweep>,
    /// The latency study.
    pub study: study::Study,
}

impl Report {
    /// Computes a report from a manifest, a run's records and the records of its sweep.
    ///
    /// # Errors
    /// A primary metric or split that this version does not know; a run without a single row of a method.
    pub fn new(manifest: RunManifest, records: &[Record], tune: Option<&[Record]>) -> Result<Report> {
        let primary = Quality::find(&manifest.primary_metric, &manifest.primary_split).ok_or_else(|| {
            let (metric, split) = (&manifest.primary_metric, &manifest.primary_split);
            Error::Render(format!("run.toml compares methods by `{metric}` on `{split}`, which no score has"))
        })?;
        let facts = Facts::new(records)?;
        if facts.methods().is_empty() {
            let name = &manifest.name;
            return Err(Error::Render(format!("run {name} holds no finished training yet; let it finish first")));
        }
        let methods = plan_order(&manifest.methods, facts.methods().into_iter().filter(|m| *m != SCRATCH));
        let planned: Vec<String> = manifest.subnets.iter().map(|s| s.name.clone()).collect();
        let scored = |name: &&String| facts.scored_subnets().contains(name.as_str());
        let subnets: Vec<String> = planned.iter().filter(scored).cloned().collect();
        let found = manifest.found_subnets.iter().map(|card| &card.name).filter(scored).cloned().collect();
        let seeds = seed_order(&manifest.seeds, facts.scored_seeds());
        let mut tuning = tune.and_then(|records| tuning::Sweep::new(records, &facts));
        tuning.iter_mut().for_each(|sweep| sweep.order(&manifest.methods, &planned));
        let mut report = Report {
            tuning,
            gaps: Vec::new(),
            comparisons: Vec::new(),
            controls: Vec::new(),
            manifest,
            facts,
            primary,
            methods,
            subnets,
            found,
            seeds,
            study: study::Study::default(),
        };
        report.gaps = gaps::all(&report, primary)?;
        report.comparisons = comparisons::against_baselines(&report)?;
        report.controls = comparisons::against_controls(&report)?;
        report.study = study::Study::new(&report)?;
        Ok(report)
    }

    /// The gap statistics of a method.
    pub fn gap(&self, method: &str) -> Option<&gaps::MethodGap> {
        self.gaps.iter().find(|gap| gap.method == method)
    }

    /// How a method is drawn.
    pub fn look(&self, method: &str) -> Look {
        style::of_method(method, self.methods.iter().position(|m| m == method).unwrap_or(0))
    }

    /// `scratch` (where it has rows) and the supernet methods.
    pub fn all_methods(&self) -> Vec<String> {
        let scratch = self.facts.methods().contains(SCRATCH).then(|| SCRATCH.to_owned());
        scratch.into_iter().chain(self.methods.iter().cloned()).collect()
    }
}

/// What is there, in the order of the plan; what the plan does not name comes last, by name.
fn plan_order<'a>(plan: &[String], there: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let there: BTreeSet<&str> = there.into_iter().collect();
    let known = plan.iter().filter(|name| there.contains(name.as_str())).cloned();
    let unknown = there.iter().filter(|name| !plan.iter().any(|p| p == *name)).map(|name| (*name).to_owned());
    known.chain(unknown).collect()
}

fn seed_order(plan: &[i64], there: BTreeSet<i64>) -> Vec<i64> {
    let known = plan.iter().copied().filter(|seed| there.contains(seed));
    let unknown = there.iter().copied().filter(|seed| !plan.contains(seed));
    known.chain(unknown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_named_within_a_sentence() {
        let words = |metric: &str, split: &str| Quality::find(metric, split).map(Quality::words);
        assert_eq!(words("loss", "valid").unwrap(), "validation loss");
        assert_eq!(words("bleu", "test").unwrap(), "test BLEU");
        assert_eq!(words("chrf", "test").unwrap(), "test chrF");
        assert_eq!([words("latency", "test"), words("loss", "train")], [None, None]);
        // A metric that the schema may not have (yet) is a score as soon as it has it.
        assert_eq!(words("tokenised_bleu", "test").is_some(), find_metric("tokenised_bleu").is_some());
    }
}
