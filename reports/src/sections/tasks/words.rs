//! This says in sentences how networks were fine-tuned, and on which tasks pre-training shows.

use mos_plan::fine_tuning::{TASKS, TaskFacts};

use super::facts::{self, Worth};
use crate::page::format::{count, fixed, list};
use crate::run::mean;
use crate::sections::report::Report;

/// Says how the scores came about.
pub fn protocol(report: &Report) -> String {
    let tuned = &report.run.tasks.tuned;
    let chosen = if tuned.iter().any(|t| t.selected_on_reported) {
        "The best setting of each network was selected on the reported split itself, as GLUE's published scores are: they \
         are too good by what the choice gains."
    } else {
        "The best setting of each network was selected on validation; what is shown is of test."
    };
    let routed = if tuned.iter().any(|t| t.is_routed) { " Experts and routers went on learning." } else { "" };
    let left_out = match left_out(&report.run.tasks.names()).as_slice() {
        [] => String::new(),
        some => format!(" Left out here: {}.", list(some)),
    };
    format!("Each network is fine-tuned on each task by itself. {chosen}{routed}{left_out}")
}

/// Names the tasks of the same set that the run has not.
fn left_out(names: &[&str]) -> Vec<String> {
    let set = names.iter().find_map(|name| TaskFacts::find(name).ok()).map(|task| task.set);
    let of_set = TASKS.iter().filter(|task| Some(task.set) == set && !names.contains(&task.name));
    of_set.map(|task| task.name.to_owned()).collect()
}

/// Says of each task whether pre-training beats random weights.
pub fn worth(report: &Report) -> Vec<String> {
    facts::worth(&report.run.tasks).iter().map(sentence).collect()
}

fn sentence(worth: &Worth) -> String {
    let task = &worth.task;
    let Some(difference) = mean(worth.differences.iter().copied()) else {
        return format!("{task}: not compared with random weights.");
    };
    let pairs = count(worth.differences.len(), "pair");
    let linear = match (worth.pretrained, worth.linear) {
        (Some(own), Some(linear)) if own < linear => " A linear model on bags of words does better than either.",
        _ => "",
    };
    let by = fixed(difference.abs(), 1);
    if worth.is_decisive() {
        return format!("{task}: pre-training beats random weights by {by} points ({pairs}, all of them).{linear}");
    }
    let direction = if difference > 0.0 { "better" } else { "worse" };
    format!(
        "{task}: pre-training does not beat random weights ({by} points {direction} on average over {pairs}, not in all of \
         them): this task decides nothing here.{linear}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_of_the_same_set() {
        assert_eq!(left_out(&["topic", "rating"]), ["sentiment", "same-verse"]);
        assert!(left_out(&["topic", "rating", "sentiment", "same-verse"]).is_empty());
        assert!(left_out(&[]).is_empty());
    }
}
