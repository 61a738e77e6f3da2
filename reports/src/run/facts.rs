//! A run's records are arranged by what they are about: scores, values of whole trainings, learning curves and facts of
//! the data.

use std::collections::{BTreeMap, BTreeSet};

use mos_base::Split;
use mos_plan::metric::MetricFamily;
use mos_plan::{Metric, Record, Subject, SubnetId, SubnetKind, Track};

use super::key::{Key, Measured};
use super::quality::Quality;
use super::study::StudyFacts;
use crate::error::{Error, Result};

/// A training job is known by its method, what it trained, and its seed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrainKey {
    /// The job's method.
    pub method: String,
    /// The subnet that was trained from scratch, or [`Subject::Whole`] for a supernet.
    pub subject: Subject,
    /// The job's seed.
    pub seed: i64,
}

/// These are the records, arranged. Everything is looked up on the run's own track.
#[derive(Clone, Debug)]
pub struct Facts {
    track: Track,
    scores: BTreeMap<Key, Measured>,
    /// The values of whole training jobs; their keys name no split.
    jobs: BTreeMap<Key, Measured>,
    curves: BTreeMap<Key, Vec<(i64, f64)>>,
    data: BTreeMap<Key, f64>,
    /// Standard errors of scores, by the key of the score.
    errors: BTreeMap<Key, f64>,
    /// The rows of the latency study.
    pub study: StudyFacts,
    /// The ids of the jobs behind each track, method and seed.
    job_ids: BTreeMap<(Track, String, i64), BTreeSet<String>>,
}

impl Facts {
    /// Arranges the records of a run of `track`. A job with a [`Metric::TrainSeconds`] row is a training job; its
    /// losses are curves, every other job's losses are scores. Values that are not finite are left out: they are no
    /// measurements.
    ///
    /// It is an error when one subnet has two different scores, since the result would depend on their order.
    pub fn new(track: Track, records: &[Record]) -> Result<Facts> {
        let timed = records.iter().filter(|r| r.metric == Metric::TrainSeconds);
        let train_jobs: BTreeSet<&str> = timed.map(|r| r.job_id.as_str()).collect();
        let mut facts = Facts {
            track,
            scores: BTreeMap::new(),
            jobs: BTreeMap::new(),
            curves: BTreeMap::new(),
            data: BTreeMap::new(),
            errors: BTreeMap::new(),
            study: StudyFacts::new(track),
            job_ids: BTreeMap::new(),
        };
        for record in records.iter().filter(|r| r.value.is_finite()) {
            facts.add(record, train_jobs.contains(record.job_id.as_str()))?;
        }
        facts.curves.values_mut().for_each(|curve| curve.sort_by_key(|(step, _)| *step));
        facts.study.sort();
        Ok(facts)
    }

    fn add(&mut self, record: &Record, trains: bool) -> Result<()> {
        let behind = (record.track, record.method.clone(), record.seed);
        self.job_ids.entry(behind).or_default().insert(record.job_id.clone());
        if StudyFacts::owns(record) {
            self.study.add(record);
            return Ok(());
        }
        let key = Key::of(record);
        if record.method.is_empty() {
            self.data.insert(Key { subject: Subject::Whole, seed: 0, ..key }, record.value);
            return Ok(());
        }
        let is_score = record.metric.family() == MetricFamily::Score;
        match trains {
            true if is_score || record.metric == Metric::TrainLoss => {
                self.curves.entry(key).or_default().push((record.step, record.value));
            }
            true => {
                self.jobs.insert(Key { split: None, ..key }, Measured::of(record));
            }
            false if is_score => self.add_score(key, record)?,
            false if record.metric == Metric::LossError => {
                self.errors.insert(Key { metric: Metric::Loss, ..key }, record.value);
            }
            // What a scoring took as a whole (its seconds) is not shown.
            false => {}
        }
        Ok(())
    }

    fn add_score(&mut self, key: Key, record: &Record) -> Result<()> {
        let old = self.scores.insert(key, Measured::of(record));
        let Some(old) = old.filter(|old| old.value != record.value) else { return Ok(()) };
        Err(Error::Render(format!(
            "jobs {} and {} both scored {} of {}/{} seed {} on {}, and differ",
            old.job,
            record.job_id,
            record.metric,
            record.method,
            record.subject.text(),
            record.seed,
            record.split.map_or(String::new(), |split| split.to_string())
        )))
    }

    fn key(&self, metric: Metric, split: Option<Split>, method: &str, subject: Subject, seed: i64) -> Key {
        Key { track: self.track, metric, split, method: method.to_owned(), subject, seed }
    }

    /// Gives a subnet's score.
    pub fn score(&self, quality: Quality, method: &str, subnet: &SubnetId, seed: i64) -> Option<f64> {
        let subject = Subject::Subnet(subnet.clone());
        let key = self.key(quality.metric, Some(quality.split), method, subject, seed);
        self.scores.get(&key).map(|m| m.value)
    }

    /// Gives the standard error of a subnet's loss on a split, where the split's sequences are drawn.
    pub fn loss_error(&self, split: Split, method: &str, subnet: &SubnetId, seed: i64) -> Option<f64> {
        self.errors.get(&self.key(Metric::Loss, Some(split), method, Subject::Subnet(subnet.clone()), seed)).copied()
    }

    /// Gives the mean of a subnet's scores over the seeds that have one.
    pub fn mean_score(&self, quality: Quality, method: &str, subnet: &SubnetId, seeds: &[i64]) -> Option<f64> {
        mean(seeds.iter().filter_map(|seed| self.score(quality, method, subnet, *seed)))
    }

    /// Gives a value of a whole training job, which is that of a supernet for [`Subject::Whole`].
    pub fn job(&self, metric: Metric, method: &str, subject: &Subject, seed: i64) -> Option<&Measured> {
        self.jobs.get(&self.key(metric, None, method, subject.clone(), seed))
    }

    /// Gives the most parts into which a training cut its micro-batches, where one had to.
    pub fn most_parts(&self) -> Option<f64> {
        let parts = self.own_jobs().filter(|(key, _)| key.metric == Metric::MicroBatchParts).map(|(_, m)| m.value);
        parts.reduce(f64::max).filter(|most| *most > 1.0)
    }

    /// Gives every training job's value of `metric` for a method, over its seeds and, from scratch, over its subnets. Trainings
    /// for methods of other papers are of other spaces, and are left out.
    pub fn jobs_of(&self, metric: Metric, method: &str) -> impl Iterator<Item = &Measured> {
        let is_guest = |key: &Key| matches!(&key.subject, Subject::Subnet(id) if id.kind == SubnetKind::Guest);
        let of = move |(key, _): &(&Key, &Measured)| key.metric == metric && key.method == method && !is_guest(key);
        self.own_jobs().filter(of).map(|(_, m)| m)
    }

    /// Gives every training job.
    pub fn train_keys(&self) -> BTreeSet<TrainKey> {
        let of = |key: &Key| TrainKey { method: key.method.clone(), subject: key.subject.clone(), seed: key.seed };
        self.own_jobs().map(|(key, _)| of(key)).collect()
    }

    fn own_jobs(&self) -> impl Iterator<Item = (&Key, &Measured)> {
        self.jobs.iter().filter(|(key, _)| key.track == self.track)
    }

    /// Gives a learning curve, as `(updates, value)` in order; it is empty where there is none.
    pub fn curve(&self, quality: Quality, method: &str, subnet: &SubnetId, seed: i64) -> &[(i64, f64)] {
        let subject = Subject::Subnet(subnet.clone());
        let key = self.key(quality.metric, Some(quality.split), method, subject, seed);
        self.curves.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Gives a fact of the data, or of the machine, which is on no split.
    pub fn data(&self, metric: Metric, split: Option<Split>) -> Option<f64> {
        self.data.get(&self.key(metric, split, "", Subject::Whole, 0)).copied()
    }

    /// Gives the ids of the jobs behind a method's rows of one seed.
    pub fn job_ids(&self, method: &str, seed: i64) -> Vec<&str> {
        let behind = (self.track, method.to_owned(), seed);
        self.job_ids.get(&behind).into_iter().flatten().map(String::as_str).collect()
    }

    /// Gives the seeds with any row of a method.
    pub fn seeds_of(&self, method: &str) -> Vec<i64> {
        self.methods_and_seeds().filter(|(name, _)| *name == method).map(|(_, seed)| seed).collect()
    }

    /// Gives the methods with any row.
    pub fn methods(&self) -> BTreeSet<&str> {
        self.methods_and_seeds().map(|(method, _)| method).filter(|method| !method.is_empty()).collect()
    }

    fn methods_and_seeds(&self) -> impl Iterator<Item = (&str, i64)> {
        let own = self.job_ids.keys().filter(|(track, ..)| *track == self.track);
        own.map(|(_, method, seed)| (method.as_str(), *seed))
    }

    /// Gives the scored subnets.
    pub fn scored_subnets(&self) -> BTreeSet<&Subject> {
        self.score_keys().map(|key| &key.subject).collect()
    }

    /// Gives the seeds of scored subnets.
    pub fn scored_seeds(&self) -> BTreeSet<i64> {
        self.score_keys().map(|key| key.seed).collect()
    }

    /// Tells whether any score of this quality exists.
    pub fn has(&self, quality: Quality) -> bool {
        self.score_keys().any(|key| key.metric == quality.metric && key.split == Some(quality.split))
    }

    fn score_keys(&self) -> impl Iterator<Item = &Key> {
        self.scores.keys().filter(|key| key.track == self.track)
    }
}

/// Gives the mean of what is there, and `None` of nothing. It shows times and losses over seeds, and decides nothing.
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    for value in values {
        sum += value;
        n += 1.0;
    }
    (n > 0.0).then(|| sum / n)
}
