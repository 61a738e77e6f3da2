//! The table of the tasks that networks are fine-tuned on, with the metrics that each is scored by.

use mos_base::names::nearest;

use crate::error::{Result, refuse};
use crate::metric::Metric;

/// What one row of the table says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskFacts {
    /// Name in profiles and corpora.
    pub name: &'static str,
    /// The set that it belongs to, by its registry id; none where it comes with a corpus.
    pub set: Option<&'static str>,
    /// Metrics by which it is scored, the one that decides first.
    pub metrics: &'static [Metric],
    /// Training examples, for estimates: about so many in the default corpus, and GLUE's by its paper.
    pub examples: usize,
    /// Whether it is one of those over which scores are averaged.
    pub is_averaged: bool,
}

const fn task(name: &'static str, metrics: &'static [Metric]) -> TaskFacts {
    TaskFacts { name, set: None, metrics, examples: 8_000, is_averaged: true }
}

const fn of_glue(name: &'static str, examples: usize, metrics: &'static [Metric]) -> TaskFacts {
    TaskFacts { set: Some("glue"), examples, ..task(name, metrics) }
}

const ACCURACY: &[Metric] = &[Metric::TaskAccuracy];
const ACCURACY_AND_F1: &[Metric] = &[Metric::TaskAccuracy, Metric::TaskF1];
const MATTHEWS: &[Metric] = &[Metric::TaskMatthews];
const CORRELATIONS: &[Metric] = &[Metric::TaskPearson, Metric::TaskSpearman];

/// Every task: those of the default corpus, then GLUE's. MoS's BERT tables average seven tasks of GLUE and leave STS-B out.
pub const TASKS: &[TaskFacts] = &[
    task("topic", ACCURACY),
    task("sentiment", ACCURACY),
    TaskFacts { is_averaged: false, ..task("rating", CORRELATIONS) },
    task("same-verse", ACCURACY),
    of_glue("mnli", 393_000, ACCURACY),
    of_glue("cola", 8_500, MATTHEWS),
    of_glue("mrpc", 3_700, ACCURACY_AND_F1),
    of_glue("sst2", 67_000, ACCURACY),
    of_glue("qnli", 105_000, ACCURACY),
    of_glue("qqp", 364_000, ACCURACY_AND_F1),
    of_glue("rte", 2_500, ACCURACY),
    TaskFacts { is_averaged: false, ..of_glue("stsb", 7_000, CORRELATIONS) },
];

impl TaskFacts {
    /// Finds a task by its name.
    ///
    /// # Errors
    /// Fails if there is none; the nearest is given.
    pub fn find(name: &str) -> Result<&'static TaskFacts> {
        if let Some(found) = TASKS.iter().find(|task| task.name == name) {
            return Ok(found);
        }
        let known: Vec<&str> = TASKS.iter().map(|task| task.name).collect();
        refuse!("unknown task `{name}`; did you mean `{}`? (known: {})", nearest(name, &known), known.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Better, MetricFamily};

    #[test]
    fn tasks_are_scored_by_task_metrics() {
        for task in TASKS {
            assert!(!task.metrics.is_empty());
            for metric in task.metrics {
                assert_eq!((metric.family(), metric.facts().better), (MetricFamily::Task, Better::Higher));
            }
        }
        assert!(TaskFacts::find("topics").unwrap_err().to_string().contains("`topic`"));
    }
}
