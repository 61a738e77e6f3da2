//! The gaps of fine-tuned networks: those whose weights a supernet pre-trained against those pre-trained from scratch.

use mos_plan::SubnetId;

use super::facts::{decisive, is_own};
use crate::error::Result;
use crate::run::{Run, TaskStart};
use crate::sections::comparisons::facts::{Comparison, compare_by, plain};
use crate::sections::gaps::cells::cells;
use crate::stats::{self, Direction, Gap, Settings};

/// All metrics of tasks are good when they are high.
const DIRECTION: Direction = Direction::HigherIsBetter;

/// The gap of one method on one task.
#[derive(Clone, Debug)]
pub struct TaskGap {
    /// The task.
    pub task: String,
    /// The method.
    pub method: String,
    /// The number of subnets compared.
    pub subnets: usize,
    /// The number of seeds compared.
    pub seeds: usize,
    /// The statistics, in points.
    pub gap: Gap,
    /// The same against plain sharing; none for itself.
    pub against_plain: Option<Comparison>,
}

/// Measures the gaps of every method on every task, over the subnets of the sample that were fine-tuned with both.
///
/// # Errors
/// This fails when a statistic fails.
pub fn task_gaps(run: &Run) -> Result<Vec<TaskGap>> {
    let names = run.tasks.names();
    let pairs = names.iter().flat_map(|task| run.methods.iter().map(move |method| (*task, method)));
    pairs.filter_map(|(task, method)| task_gap(run, task, method).transpose()).collect()
}

fn task_gap(run: &Run, task: &str, method: &str) -> Result<Option<TaskGap>> {
    let (score, among) = (scores_on(run, task), run.sound_subnets());
    let Some(cells) = cells(run, &score, method, &among)? else { return Ok(None) };
    let plain = plain().name.as_str();
    let against_plain =
        if method == plain { None } else { compare_by(run, &score, DIRECTION, [method, plain], &among)? };
    Ok(Some(TaskGap {
        task: task.to_owned(),
        method: method.to_owned(),
        subnets: cells.subnets.len(),
        seeds: cells.seeds.len(),
        gap: stats::gap(&cells.scratch, &cells.supernet, DIRECTION, &Settings::default())?,
        against_plain,
    }))
}

/// Gives what finds the test scores of pre-trained networks on a task.
fn scores_on(run: &Run, task: &str) -> impl Fn(&str, &SubnetId, i64) -> Option<f64> {
    let metric = decisive(task);
    move |method, subnet, seed| {
        let mut tuned = run.tasks.tuned.iter().filter(|t| is_own(t) && t.start == TaskStart::Pretrained);
        let own = tuned.find(|t| t.task == task && t.method == method && t.subnet == *subnet && t.seed == seed);
        own?.score(metric?)
    }
}
