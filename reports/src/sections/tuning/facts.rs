//! The sweep of peak learning rates gives loss against rate for each method and each subnet trained from scratch.

use std::collections::{BTreeMap, BTreeSet};

use mos_base::Split;
use mos_plan::{Metric, Record, Subject, Track};
use mos_spaces::method::reference;

use crate::run::{Facts, Run, mean};

/// A rate curve is loss against rate for one method (supernets) or one subnet (from scratch).
#[derive(Clone, Debug, PartialEq)]
pub struct RateCurve {
    /// The method.
    pub method: String,
    /// The subnet, or [`Subject::Whole`] for a supernet, whose losses are averaged over the subnets that the sweep
    /// scored.
    pub subject: Subject,
    /// `(rate, mean validation loss)` in order of the rate; several seeds of a rate are averaged.
    pub points: Vec<(f64, f64)>,
    /// The rates at which training diverged, in order.
    pub diverged: Vec<f64>,
    /// The rate that the run trained with, when the run has that job.
    pub chosen: Option<f64>,
}

impl RateCurve {
    /// Gives the point with the lowest loss.
    pub fn best(&self) -> (f64, f64) {
        self.points.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((f64::NAN, f64::NAN))
    }

    /// Gives every rate that was tried, in order.
    pub fn tried(&self) -> Vec<f64> {
        let mut tried: Vec<f64> = self.points.iter().map(|p| p.0).chain(self.diverged.iter().copied()).collect();
        tried.sort_by(f64::total_cmp);
        tried
    }

    /// Tells whether the best rate stood at the lowest or highest that was tried: then the true best may lie outside.
    pub fn best_at_end(&self) -> bool {
        let (best, tried) = (self.best().0, self.tried());
        tried.first() == Some(&best) || tried.last() == Some(&best)
    }

    /// Names the curve, as in `sandwich` or `scratch, largest`.
    pub fn label(&self) -> String {
        match &self.subject {
            Subject::Whole => self.method.clone(),
            subject => format!("{}, {}", self.method, subject.text()),
        }
    }
}

/// A sweep has every curve, those of supernets first.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// The curves.
    pub curves: Vec<RateCurve>,
    /// The corpora on which it ran.
    pub corpora: BTreeSet<String>,
    /// Whether it compared schedules of continued training, too.
    pub schedules: bool,
}

impl Sweep {
    /// Arranges the records that a sweep has on a track; `None` when they hold no loss with its rate.
    pub fn new(records: &[Record], track: Track) -> Option<Sweep> {
        let records: Vec<&Record> = records.iter().filter(|r| r.track == track).collect();
        let with_rate = || records.iter().copied().filter(|r| r.metric == Metric::PeakLr);
        let rates: BTreeMap<&str, f64> = with_rate().map(|r| (r.job_id.as_str(), r.value)).collect();
        let by_job = final_losses(&records);
        let finished: BTreeSet<&str> = by_job.keys().map(|job| job.id).collect();
        let lost: Vec<&Record> = with_rate().filter(|r| !finished.contains(r.job_id.as_str())).collect();
        let mut groups: BTreeMap<(bool, &str, &Subject), BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
        for (job, losses) in by_job {
            let (Some(rate), Some(loss)) = (rates.get(job.id), mean(losses)) else { continue };
            let group = groups.entry((job.method == reference().name, job.method, job.subject)).or_default();
            // Positive floats sort like their bits.
            group.entry(rate.to_bits()).or_default().push(loss);
        }
        let curves: Vec<RateCurve> = groups
            .into_iter()
            .map(|((_, method, subject), by_rate)| {
                let point = |(rate, losses): (u64, Vec<f64>)| Some((f64::from_bits(rate), mean(losses)?));
                let of_curve = |r: &&&Record| r.method == method && r.subject == *subject;
                let mut diverged: Vec<f64> = lost.iter().filter(of_curve).map(|r| r.value).collect();
                diverged.sort_by(f64::total_cmp);
                RateCurve {
                    method: method.to_owned(),
                    subject: subject.clone(),
                    points: by_rate.into_iter().filter_map(point).collect(),
                    diverged,
                    chosen: None,
                }
            })
            .collect();
        let corpora = records.iter().map(|r| r.dataset.clone()).collect();
        let schedules = records.iter().any(|r| r.metric == Metric::RetrainUpdates);
        (!curves.is_empty()).then_some(Sweep { curves, corpora, schedules })
    }

    /// The sweep of a run: its curves stand in the order of the run's plan, training from scratch last, and each knows
    /// the rate that the run trained with.
    pub fn of_run(records: &[Record], run: &Run) -> Option<Sweep> {
        let mut sweep = Sweep::new(records, run.manifest.track)?;
        let place = |names: &[String], name: &str| names.iter().position(|n| n == name).unwrap_or(names.len());
        let (methods, subnets) = (&run.manifest.methods, run.manifest.subnet_names());
        sweep.curves.sort_by_key(|c| {
            (c.method == reference().name, place(methods, &c.method), place(&subnets, &c.subject.text()))
        });
        for curve in &mut sweep.curves {
            curve.chosen = chosen_rate(&run.facts, &curve.method, &curve.subject);
        }
        Some(sweep)
    }

    /// Gives the labels of the curves whose best rate stood at an end of the sweep.
    pub fn at_an_end(&self) -> Vec<String> {
        self.curves.iter().filter(|c| c.points.len() > 1 && c.best_at_end()).map(RateCurve::label).collect()
    }
}

/// A job of the sweep, by what tells it from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SweepJob<'a> {
    id: &'a str,
    method: &'a str,
    subject: &'a Subject,
}

/// Gives the last validation losses of each job, one for each subnet that it scored.
fn final_losses<'a>(records: &[&'a Record]) -> BTreeMap<SweepJob<'a>, Vec<f64>> {
    let mut last: BTreeMap<(SweepJob<'_>, &Subject), (i64, f64)> = BTreeMap::new();
    let is_loss = |r: &&&Record| r.metric == Metric::Loss && r.split == Some(Split::Valid) && r.value.is_finite();
    for record in records.iter().filter(is_loss) {
        let subject = if record.method == reference().name { &record.subject } else { &Subject::Whole };
        let job = SweepJob { id: &record.job_id, method: &record.method, subject };
        let slot = last.entry((job, &record.subject)).or_insert((i64::MIN, 0.0));
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

/// Gives the rate that the run itself trained this method (or subnet) with.
fn chosen_rate(facts: &Facts, method: &str, subject: &Subject) -> Option<f64> {
    let own = facts.train_keys().into_iter().filter(|key| key.method == method && key.subject == *subject);
    own.into_iter().find_map(|key| facts.job(Metric::PeakLr, method, subject, key.seed).map(|found| found.value))
}

#[cfg(test)]
mod tests {
    use mos_plan::legacy;

    use super::*;
    use crate::sections::tuning::remarks::remarks;

    fn curve(points: &[(f64, f64)]) -> RateCurve {
        RateCurve {
            method: "hat".into(),
            subject: Subject::Whole,
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

    fn row(job: &str, method: &str, metric: Metric, value: f64) -> Record {
        let is_loss = metric == Metric::Loss;
        Record {
            job_id: job.into(),
            track: Track::Mt,
            dataset: "de".into(),
            profile: "quick".into(),
            method: method.into(),
            seed: 1,
            subject: if is_loss { Subject::Subnet(legacy::subnet("largest")) } else { Subject::Whole },
            split: is_loss.then_some(Split::Valid),
            metric,
            step: 10,
            value,
            loaded: false,
        }
    }

    #[test]
    fn diverged_rates_unswept_methods_and_foreign_corpora_are_told() {
        let records = [
            row("1", "hat", Metric::PeakLr, 1e-3),
            row("1", "hat", Metric::Loss, 3.0),
            row("2", "hat", Metric::PeakLr, 2e-3),
            row("2", "hat", Metric::Loss, 2.0),
            row("3", "hat", Metric::PeakLr, 4e-3),
        ];
        let sweep = Sweep::new(&records, Track::Mt).unwrap();
        assert_eq!((sweep.curves[0].tried().len(), sweep.curves[0].diverged.as_slice()), (3, [4e-3].as_slice()));
        assert!(sweep.at_an_end().is_empty());
        assert!(remarks(&sweep, ["hat"], "de").is_empty());
        let told = remarks(&sweep, ["hat", "sandwich"], "fr").join("; ");
        assert!(told.contains("cover sandwich") && told.contains("not on fr"), "{told}");
    }
}
