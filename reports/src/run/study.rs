//! The latency study has rows of its own: latencies, predictors, searches and continued trainings.

use std::collections::BTreeMap;

use mos_base::Split;
use mos_plan::metric::MetricFamily;
use mos_plan::{Metric, Record, Subject, Track};

use super::key::{Key, Measured};

/// These metrics are measured several times in one job.
const CURVES: [Metric; 4] = [Metric::SearchFitness, Metric::RandomFitness, Metric::RetrainLoss, Metric::RetrainBleu];

/// These are the study's rows. They are kept apart from scores and trainings, since they are about limits, predictors
/// and measured subnets as well.
#[derive(Clone, Debug)]
pub struct StudyFacts {
    /// The run's track, on which everything is looked up.
    track: Track,
    values: BTreeMap<Key, Measured>,
    curves: BTreeMap<Key, Vec<(i64, f64)>>,
    /// For each latency job, this is what it says of itself.
    latency_jobs: BTreeMap<(Track, String), BTreeMap<Metric, f64>>,
}

impl StudyFacts {
    /// Makes facts without any rows yet.
    pub fn new(track: Track) -> StudyFacts {
        StudyFacts { track, values: BTreeMap::new(), curves: BTreeMap::new(), latency_jobs: BTreeMap::new() }
    }

    /// Tells whether a row is the study's, by its metric, or as the FLOPs of a measured subnet, which belong to no
    /// method.
    pub fn owns(record: &Record) -> bool {
        let of_measured =
            record.method.is_empty() && record.subject != Subject::Whole && record.metric == Metric::Flops;
        let families = [MetricFamily::Latency, MetricFamily::Search, MetricFamily::Retraining];
        of_measured || families.contains(&record.metric.family())
    }

    /// Takes a row in.
    pub fn add(&mut self, record: &Record) {
        if CURVES.contains(&record.metric) {
            self.curves.entry(Key::of(record)).or_default().push((record.step, record.value));
        } else if record.metric.family() == MetricFamily::Latency && record.subject == Subject::Whole {
            let job = self.latency_jobs.entry((record.track, record.job_id.clone())).or_default();
            job.insert(record.metric, record.value);
        } else {
            self.values.insert(Key::of(record), Measured::of(record));
        }
    }

    /// Puts curves in the order of their updates.
    pub fn sort(&mut self) {
        self.curves.values_mut().for_each(|curve| curve.sort_by_key(|(step, _)| *step));
    }

    /// Tells whether the run's track has no row here.
    pub fn is_empty(&self) -> bool {
        let keys = self.values.keys().chain(self.curves.keys()).map(|key| key.track);
        !keys.chain(self.latency_jobs.keys().map(|(track, _)| *track)).any(|track| track == self.track)
    }

    /// Gives a value of a method's subnet, or of its search under a limit, on validation.
    pub fn of_method(&self, metric: Metric, method: &str, subject: &Subject, seed: i64) -> Option<&Measured> {
        self.values.get(&self.key(metric, Some(Split::Valid), method, subject, seed))
    }

    /// Gives a value of a method's subnet on the test split.
    pub fn on_test(&self, metric: Metric, method: &str, subject: &Subject, seed: i64) -> Option<f64> {
        self.values.get(&self.key(metric, Some(Split::Test), method, subject, seed)).map(|measured| measured.value)
    }

    /// Gives a value that belongs to no method, but to a measured subnet or to a kind of predictor.
    pub fn of_subject(&self, metric: Metric, split: Option<Split>, subject: &Subject) -> Option<f64> {
        self.values.get(&self.key(metric, split, "", subject, 0)).map(|measured| measured.value)
    }

    /// Gives a curve of a method, in the order of its updates; it is empty where there is none.
    pub fn curve(&self, metric: Metric, method: &str, subject: &Subject, seed: i64) -> &[(i64, f64)] {
        self.curves.get(&self.key(metric, Some(Split::Valid), method, subject, seed)).map_or(&[], Vec::as_slice)
    }

    /// Gives the values of one metric, in the order of their keys.
    pub fn values(&self, metric: Metric) -> impl Iterator<Item = (&Key, &Measured)> {
        self.values.iter().filter(move |(key, _)| key.track == self.track && key.metric == metric)
    }

    /// Gives the keys of the values of one metric, in order.
    pub fn keys(&self, metric: Metric) -> impl Iterator<Item = &Key> {
        self.values(metric).map(|(key, _)| key)
    }

    /// Gives the latency jobs: the id of each, and what it says of itself.
    pub fn latency_jobs(&self) -> impl Iterator<Item = (&str, &BTreeMap<Metric, f64>)> {
        let of_track = self.latency_jobs.iter().filter(|((track, _), _)| *track == self.track);
        of_track.map(|((_, id), values)| (id.as_str(), values))
    }

    fn key(&self, metric: Metric, split: Option<Split>, method: &str, subject: &Subject, seed: i64) -> Key {
        let (method, subject) = (method.to_owned(), subject.clone());
        Key { track: self.track, metric, split, method, subject, seed }
    }
}
