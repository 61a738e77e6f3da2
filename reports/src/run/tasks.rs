//! The scores of fine-tuned networks, and of the linear models beside them, are arranged by task.
//!
//! Records of a task name it behind the corpus, as `corpus/task`. A record of a linear model names no method.

use std::collections::BTreeMap;

use mos_base::Split;
use mos_plan::{Metric, Record, SubnetId};

/// What a fine-tuning started from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskStart {
    /// It started from pre-trained weights.
    Pretrained,
    /// It started from inherited weights that were trained on.
    Continued,
    /// It started from random weights.
    Random,
}

/// One fine-tuned network on one task.
#[derive(Clone, Debug, PartialEq)]
pub struct FineTuned {
    /// The task.
    pub task: String,
    /// The method of the pre-training.
    pub method: String,
    /// The subnet.
    pub subnet: SubnetId,
    /// The seed.
    pub seed: i64,
    /// What the fine-tuning started from.
    pub start: TaskStart,
    /// Whether experts and routers went on learning.
    pub is_routed: bool,
    /// Whether the best setting was chosen on the split that is reported.
    pub selected_on_reported: bool,
    /// Scores and settings by split and metric.
    values: BTreeMap<(Option<Split>, Metric), f64>,
}

impl FineTuned {
    /// Gives a score on test.
    pub fn score(&self, metric: Metric) -> Option<f64> {
        self.values.get(&(Some(Split::Test), metric)).copied()
    }
}

/// All that was measured on tasks.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    /// The fine-tuned networks, in the order of tasks, methods, subnets and seeds.
    pub tuned: Vec<FineTuned>,
    /// Scores of linear models and sizes of tasks, by task, split and metric.
    beside: BTreeMap<(String, Split, Metric), f64>,
}

impl Tasks {
    /// Gives the task of a record; none where it is about no task.
    pub fn of(record: &Record) -> Option<&str> {
        record.dataset.split_once('/').map(|(_, task)| task)
    }

    /// Arranges the records that are about tasks.
    pub fn new(records: &[Record]) -> Tasks {
        let mut jobs: BTreeMap<(&str, &str), Vec<&Record>> = BTreeMap::new();
        let mut tasks = Tasks::default();
        for record in records.iter().filter(|record| record.value.is_finite()) {
            let Some(task) = Tasks::of(record) else { continue };
            match record.split {
                Some(split) if record.method.is_empty() => {
                    tasks.beside.insert((task.to_owned(), split, record.metric), record.value);
                }
                _ => jobs.entry((task, &record.job_id)).or_default().push(record),
            }
        }
        tasks.tuned = jobs.into_iter().filter_map(|((task, _), records)| fine_tuned(task, &records)).collect();
        let key = |t: &FineTuned| (t.task.clone(), t.method.clone(), t.subnet.name.clone(), t.seed, t.start);
        tasks.tuned.sort_by_key(key);
        tasks
    }

    /// Gives the names of the tasks, in the order of their names.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.tuned.iter().map(|tuned| tuned.task.as_str()).collect();
        names.dedup();
        names
    }

    /// Gives a linear model's score on test, or a size.
    pub fn beside(&self, task: &str, split: Split, metric: Metric) -> Option<f64> {
        self.beside.get(&(task.to_owned(), split, metric)).copied()
    }
}

/// Puts the records of one job together; none where they are of no network.
fn fine_tuned(task: &str, records: &[&Record]) -> Option<FineTuned> {
    let values = records.iter().map(|record| ((record.split, record.metric), record.value));
    let values: BTreeMap<_, _> = values.collect();
    let is = |metric: Metric| values.get(&(None, metric)) == Some(&1.0);
    let first = records.first()?;
    Some(FineTuned {
        task: task.to_owned(),
        method: first.method.clone(),
        subnet: first.subject.subnet()?.clone(),
        seed: first.seed,
        start: match (is(Metric::FineTuneRandom), is(Metric::FineTuneContinued)) {
            (true, _) => TaskStart::Random,
            (_, true) => TaskStart::Continued,
            _ => TaskStart::Pretrained,
        },
        is_routed: is(Metric::FineTuneRouted),
        selected_on_reported: is(Metric::SelectedOnReported),
        values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_plan::{Subject, SubnetKind, Track};

    fn record(job: &str, method: &str, metric: Metric, split: Option<Split>, value: f64) -> Record {
        let id = SubnetId { kind: SubnetKind::Largest, name: "largest".into() };
        Record {
            job_id: job.into(),
            track: Track::Bert,
            dataset: "prose-en/topic".into(),
            profile: "p".into(),
            method: method.into(),
            seed: 1,
            subject: if method.is_empty() { Subject::Whole } else { Subject::Subnet(id) },
            split,
            metric,
            step: 0,
            value,
            loaded: false,
        }
    }

    #[test]
    fn a_job_is_one_network_and_a_linear_model_stands_beside() {
        let test = Some(Split::Test);
        let records = [
            record("a", "scratch", Metric::TaskAccuracy, test, 70.0),
            record("b", "scratch", Metric::TaskAccuracy, test, 60.0),
            record("b", "scratch", Metric::FineTuneRandom, None, 1.0),
            record("c", "", Metric::TaskAccuracy, test, 85.0),
            Record { dataset: "prose-en".into(), ..record("d", "scratch", Metric::Loss, test, 5.0) },
        ];
        let tasks = Tasks::new(&records);
        assert_eq!(tasks.names(), ["topic"]);
        let scores: Vec<_> = tasks.tuned.iter().map(|t| (t.start, t.score(Metric::TaskAccuracy))).collect();
        assert_eq!(scores, [(TaskStart::Pretrained, Some(70.0)), (TaskStart::Random, Some(60.0))]);
        assert_eq!(tasks.beside("topic", Split::Test, Metric::TaskAccuracy), Some(85.0));
    }
}
