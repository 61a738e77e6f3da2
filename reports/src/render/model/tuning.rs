//! The sweep of peak learning rates: loss against rate for each method and each subnet trained from scratch.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, SCRATCH, mean};
use crate::render::format::list;
use crate::schema::Record;

/// Loss against rate for one method (supernets) or one subnet (from scratch).
#[derive(Clone, Debug, PartialEq)]
pub struct RateCurve {
    /// Method.
    pub method: String,
    /// Subnet; empty for a supernet, whose losses are averaged over the subnets that the sweep scored.
    pub subnet: String,
    /// `(rate, mean validation loss)` in order of the rate; several seeds of a rate are averaged.
    pub points: Vec<(f64, f64)>,
    /// Rates at which training diverged, in order.
    pub diverged: Vec<f64>,
    /// The rate that the run trained with, when the run has that job.
    pub chosen: Option<f64>,
}

impl RateCurve {
    /// The point with the lowest loss.
    pub fn best(&self) -> (f64, f64) {
        self.points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((f64::NAN, f64::NAN))
    }

    /// Every rate that was tried, in order.
    pub fn tried(&self) -> Vec<f64> {
        let mut tried: Vec<f64> = self.points.iter().map(|p| p.0).chain(self.diverged.iter().copied()).collect();
        tried.sort_by(f64::total_cmp);
        tried
    }

    /// Whether the best rate stood at the lowest or highest that was tried: then the true best may lie outside.
    pub fn best_at_end(&self) -> bool {
        let (best, tried) = (self.best().0, self.tried());
        tried.first() == Some(&best) || tried.last() == Some(&best)
    }

    /// `sandwich`, or `scratch, largest`.
    pub fn label(&self) -> String {
        if self.subnet.is_empty() { self.method.clone() } else { format!("{}, {}", self.method, self.subnet) }
    }
}

/// Every curve of the sweep, supernets first.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// The curves.
    pub curves: Vec<RateCurve>,
    /// Corpora on which it ran.
    pub corpora: BTreeSet<String>,
    /// It compared schedules of continued training, too.
    pub schedules: bool,
}

impl Sweep {
    /// Arranges a sweep's records; `None` when they hold no loss with its rate.
    pub fn new(records: &[Record], run: &Facts) -> Option<Sweep> {
        let rates: BTreeMap<&str, f64> =
            records.iter().filter(|r| r.metric == "peak_lr").map(|r| (r.job_id.as_str(), r.value)).collect();
        let mut groups: BTreeMap<(bool, String, String), BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
        let by_job = final_losses(records);
        let finished: BTreeSet<&str> = by_job.keys().map(|job| job.id).collect();
        let lost: Vec<&Record> =
            records.iter().filter(|r| r.metric == "peak_lr" && !finished.contains(r.job_id.as_str())).collect();
        for (job, losses) in by_job {
            let (Some(rate), Some(loss)) = (rates.get(job.id), mean(losses)) else { continue };
            let key = (job.method == SCRATCH, job.method.to_owned(), job.subnet.to_owned());
            // Positive floats sort like their bits.
            groups.entry(key).or_default().entry(rate.to_bits()).or_default().push(loss);
        }
        let curves: Vec<RateCurve> = groups
            .into_iter()
            .map(|((_, method, subnet), by_rate)| {
                let points = by_rate
                    .into_iter()
                    .filter_map(|(rate, losses)| Some((f64::from_bits(rate), mean(losses)?)))
                    .collect();
                let chosen = chosen_rate(run, &method, &subnet);
                let of_curve = |r: &&&Record| r.method == method && r.subnet == subnet;
                let mut diverged: Vec<f64> = lost.iter().filter(of_curve).map(|r| r.value).collect();
                diverged.sort_by(f64::total_cmp);
                RateCurve { method, subnet, points, diverged, chosen }
            })
            .collect();
        let corpora = records.iter().map(|r| r.dataset.clone()).collect();
        let schedules = records.iter().any(|r| r.metric == "retrain_updates");
        (!curves.is_empty()).then_some(Sweep { curves, corpora, schedules })
    }

    /// Puts the curves into the order of the plan, training from scratch last.
    pub fn order(&mut self, methods: &[String], subnets: &[String]) {
        let place = |names: &[String], name: &str| names.iter().position(|n| n == name).unwrap_or(names.len());
        self.curves.sort_by_key(|c| (c.method == SCRATCH, place(methods, &c.method), place(subnets, &c.subnet)));
    }

    /// What this sweep does not cover of a run of `methods` on `corpus`: methods that were not swept, and the corpus where
    /// the sweep ran on others.
    pub fn remarks<'a>(&self, methods: impl IntoIterator<Item = &'a str>, corpus: &str) -> Vec<String> {
        let swept = |method: &str| self.curves.iter().any(|c| c.method == method);
        let unswept: Vec<String> = methods.into_iter().filter(|m| !swept(m)).map(str::to_owned).collect();
        let mut remarks = Vec::new();
        if !unswept.is_empty() {
            remarks.push(format!("the sweep did not cover {}: its rate is untuned", list(&unswept)));
        }
        if !self.corpora.contains(corpus) {
            let on: Vec<String> = self.corpora.iter().cloned().collect();
            remarks.push(format!("the sweep ran on {}, not on {corpus}", list(&on)));
        }
        remarks
    }

    /// Labels of the curves whose best rate stood at an end of the sweep.
    pub fn at_an_end(&self) -> Vec<String> {
        self.curves.iter().filter(|c| c.points.len() > 1 && c.best_at_end()).map(RateCurve::label).collect()
    }
}

/// A job of the sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SweepJob<'a> {
    id: &'a str,
    method: &'a str,
    subnet: &'a str,
}

/// The last validation losses of each job, one for each subnet that it scored.
fn final_losses(records: &[Record]) -> BTreeMap<SweepJob<'_>, Vec<f64>> {
    let mut last: BTreeMap<(SweepJob<'_>, &str), (i64, f64)> = BTreeMap::new();
    let losses = records.iter().filter(|r| r.metric == "loss" && r.split == "valid" && r.value.is_finite());
    for record in losses {
        let subnet = if record.method == SCRATCH { record.subnet.as_str() } else { "" };
        let job = SweepJob { id: &record.job_id, method: &record.method, subnet };
        let slot = last.entry((job, &record.subnet)).or_insert((i64::MIN, 0.0));
        if record.step >= slot.0 {
            *slot = (record.step, record.value);
        }
    }
    let mut by_job: BTreeMap<SweepJob<'_>, Vec<f64>> = BTreeMap::new();
    for ((job, _), (_, loss)) in last {
        by_job.entry(job).or_default().push(loss);
    }
    by_job
}

/// The rate that the run itself trained this method (or subnet) with.
fn chosen_rate(run: &Facts, method: &str, subnet: &str) -> Option<f64> {
    run.train_keys()
        .into_iter()
        .filter(|(m, s, _)| m == method && s == subnet)
        .find_map(|(m, s, seed)| run.job("peak_lr", &m, &s, seed).map(|found| found.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f64, f64)]) -> RateCurve {
        RateCurve {
            method: "hat".into(),
            subnet: String::new(),
            points: points.to_vec(),
            diverged: vec![],
            chosen: None,
        }
    }

    #[test]
    fn an_end_is_told_from_the_inside() {
        assert!(!curve(&[(1e-3, 3.0), (2e-3, 2.0), (3e-3, 2.5)]).best_at_end());
        assert!(curve(&[(1e-3, 3.0), (2e-3, 2.0), (3e-3, 1.5)]).best_at_end());
        assert!(curve(&[(1e-3, 1.0), (2e-3, 2.0), (3e-3, 1.5)]).best_at_end());
        // A diverged neighbour is an end of the useful rates, not of those that were tried.
        let beside = RateCurve { diverged: vec![4e-3], ..curve(&[(1e-3, 3.0), (2e-3, 2.0)]) };
        assert!(!beside.best_at_end());
    }

    fn row(job: &str, method: &str, metric: &str, value: f64) -> Record {
        Record {
            job_id: job.into(),
            track: "mt".into(),
            dataset: "de".into(),
            profile: "quick".into(),
            method: method.into(),
            seed: 1,
            subnet: if metric == "loss" { "largest".into() } else { String::new() },
            split: if metric == "loss" { "valid".into() } else { String::new() },
            metric: metric.into(),
            step: 10,
            value,
            loaded: false,
        }
    }

    #[test]
    fn diverged_rates_unswept_methods_and_foreign_corpora_are_told() {
        let records = [
            row("1", "hat", "peak_lr", 1e-3),
            row("1", "hat", "loss", 3.0),
            row("2", "hat", "peak_lr", 2e-3),
            row("2", "hat", "loss", 2.0),
            row("3", "hat", "peak_lr", 4e-3),
        ];
        let sweep = Sweep::new(&records, &Facts::default()).unwrap();
        assert_eq!((sweep.curves[0].tried().len(), sweep.curves[0].diverged.as_slice()), (3, [4e-3].as_slice()));
        assert!(sweep.at_an_end().is_empty());
        assert!(sweep.remarks(["hat"], "de").is_empty());
        let remarks = sweep.remarks(["hat", "sandwich"], "fr").join("; ");
        assert!(remarks.contains("cover sandwich") && remarks.contains("not on fr"), "{remarks}");
    }
}
