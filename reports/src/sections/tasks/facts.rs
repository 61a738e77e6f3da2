//! Scores on tasks are averaged here over the networks that were fine-tuned alike.

use std::collections::BTreeSet;

use mos_base::Split;
use mos_plan::fine_tuning::TaskFacts;
use mos_plan::{Metric, SubnetId, SubnetKind};
use mos_spaces::method;

use crate::run::{FineTuned, Run, TaskStart, Tasks, mean};

/// A row of the table of means: networks that were pre-trained and fine-tuned alike.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRow {
    /// Method of the pre-training.
    pub method: String,
    /// What the fine-tuning started from.
    pub start: TaskStart,
}

/// The mean score of a task over the subnets and seeds that were fine-tuned.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskMean {
    /// The task.
    pub task: String,
    /// The mean on test.
    pub mean: Option<f64>,
}

/// What pre-training is worth on a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Worth {
    /// The task.
    pub task: String,
    /// Pre-trained from scratch minus from random weights, of each subnet and seed that has both.
    pub differences: Vec<f64>,
    /// What the linear model scores.
    pub linear: Option<f64>,
    /// The mean of those pre-trained from scratch.
    pub pretrained: Option<f64>,
}

impl Worth {
    /// Says whether pre-training is better on every subnet and seed: a task on which it is not decides nothing.
    pub fn is_decisive(&self) -> bool {
        !self.differences.is_empty() && self.differences.iter().all(|d| *d > 0.0)
    }
}

/// Gives the metric by which a task is judged.
pub fn decisive(task: &str) -> Option<Metric> {
    TaskFacts::find(task).ok().map(|facts| facts.metrics[0])
}

/// Says whether a network is one of those that every method has: what searches found differs by method, and stands in the
/// table of sizes.
pub fn is_own(tuned: &FineTuned) -> bool {
    !matches!(tuned.subnet.kind, SubnetKind::Guest | SubnetKind::Found)
}

/// Gives the rows: each method of the run in its order, then training from scratch, then random weights.
pub fn rows(run: &Run) -> Vec<TaskRow> {
    let reference = &method::reference().name;
    let own = run.methods.iter().map(|method| TaskRow { method: method.clone(), start: TaskStart::Pretrained });
    let scratch = [TaskStart::Pretrained, TaskStart::Random].map(|start| TaskRow { method: reference.clone(), start });
    let has =
        |row: &TaskRow| run.tasks.tuned.iter().any(|t| is_own(t) && t.method == row.method && t.start == row.start);
    own.chain(scratch).filter(has).collect()
}

/// Gives the mean scores of a row, a value a task.
pub fn means(tasks: &Tasks, row: &TaskRow) -> Vec<TaskMean> {
    let of_task = |task: &str| {
        let metric = decisive(task);
        let scores = tasks.tuned.iter().filter(|t| is_own(t) && t.task == task);
        let scores = scores.filter(|t| t.method == row.method && t.start == row.start);
        TaskMean { task: task.to_owned(), mean: mean(scores.filter_map(|t| t.score(metric?))) }
    };
    tasks.names().into_iter().map(of_task).collect()
}

/// Gives the mean over the tasks that are averaged; `None` unless all of them have a score. A task on which pre-training shows
/// nothing is left out.
pub fn average(means: &[TaskMean], worth: &[Worth]) -> Option<f64> {
    let values: Option<Vec<f64>> = means.iter().filter(|m| decides(&m.task, worth)).map(|m| m.mean).collect();
    mean(values?)
}

/// Says whether a task takes part in averages: it is one of those that are averaged, and pre-training shows on it.
pub fn decides(task: &str, worth: &[Worth]) -> bool {
    let shows = worth.iter().any(|worth| worth.task == task && worth.is_decisive());
    shows && TaskFacts::find(task).is_ok_and(|facts| facts.is_averaged)
}

/// Gives what pre-training is worth on each task.
pub fn worth(tasks: &Tasks) -> Vec<Worth> {
    let reference = &method::reference().name;
    let of_task = |task: &str| {
        let metric = decisive(task)?;
        let of = |start: TaskStart| {
            tasks
                .tuned
                .iter()
                .filter(move |t| is_own(t) && t.task == task && t.method == *reference && t.start == start)
        };
        let twin = |t: &FineTuned| of(TaskStart::Random).find(|r| (&r.subnet, r.seed) == (&t.subnet, t.seed));
        let difference = |t: &FineTuned| Some(t.score(metric)? - twin(t)?.score(metric)?);
        Some(Worth {
            task: task.to_owned(),
            differences: of(TaskStart::Pretrained).filter_map(difference).collect(),
            linear: tasks.beside(task, Split::Test, metric),
            pretrained: mean(of(TaskStart::Pretrained).filter_map(|t| t.score(metric))),
        })
    };
    tasks.names().into_iter().filter_map(of_task).collect()
}

/// Gives the subnets that were fine-tuned, in the run's order, and how many seeds.
pub fn fine_tuned_subnets(run: &Run) -> (Vec<SubnetId>, usize) {
    let seeds: BTreeSet<i64> = run.tasks.tuned.iter().filter(|t| is_own(t)).map(|t| t.seed).collect();
    let tuned = |id: &&SubnetId| run.tasks.tuned.iter().any(|t| is_own(t) && t.subnet == **id);
    (run.subnets.iter().filter(tuned).cloned().collect(), seeds.len())
}
