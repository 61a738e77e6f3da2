//! The sweep of peak learning rates: loss against rate for each method and each subnet trained from scratch.

use std::collections::BTreeMap;

use super::{Facts, SCRATCH, mean};
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
    /// The rate that the run trained with, when the run has that job.
    pub chosen: Option<f64>,
}

impl RateCurve {
    /// The point with the lowest loss.
    pub fn best(&self) -> (f64, f64) {
        self.points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((f64::NAN, f64::NAN))
    }

    /// Whether the best rate stood at the lowest or highest that was tried: then the true best may lie outside.
    pub fn best_at_end(&self) -> bool {
        let best = self.best().0;
        self.points.first().is_some_and(|p| p.0 == best) || self.points.last().is_some_and(|p| p.0 == best)
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
}

impl Sweep {
    /// Arranges a sweep's records; `None` when they hold no loss with its rate.
    pub fn new(records: &[Record], run: &Facts) -> Option<Sweep> {
        let rates: BTreeMap<&str, f64> =
            records.iter().filter(|r| r.metric == "peak_lr").map(|r| (r.job_id.as_str(), r.value)).collect();
        let mut groups: BTreeMap<(bool, String, String), BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
        for (job, losses) in final_losses(records) {
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
                RateCurve { method, subnet, points, chosen }
            })
            .collect();
        (!curves.is_empty()).then_some(Sweep { curves })
    }

    /// Puts the curves into the order of the plan, training from scratch last.
    pub fn order(&mut self, methods: &[String], subnets: &[String]) {
        let place = |names: &[String], name: &str| names.iter().position(|n| n == name).unwrap_or(names.len());
        self.curves.sort_by_key(|c| (c.method == SCRATCH, place(methods, &c.method), place(subnets, &c.subnet)));
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
        RateCurve { method: "hat".into(), subnet: String::new(), points: points.to_vec(), chosen: None }
    }

    #[test]
    fn an_end_is_told_from_the_inside() {
        assert!(!curve(&[(1e-3, 3.0), (2e-3, 2.0), (3e-3, 2.5)]).best_at_end());
        assert!(curve(&[(1e-3, 3.0), (2e-3, 2.0), (3e-3, 1.5)]).best_at_end());
        assert!(curve(&[(1e-3, 1.0), (2e-3, 2.0), (3e-3, 1.5)]).best_at_end());
    }
}
