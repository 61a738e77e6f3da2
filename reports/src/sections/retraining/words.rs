//! This says what continued training saves, in words that go no further than its numbers.

use super::facts::LEAST_FOR_SURVIVAL;
use super::training::Retrained;
use crate::claims::{Unit, repetitions};
use crate::page::format::{count, list};
use crate::sections::report::Report;

/// Says of how many trainings the points are: subnets of one supernet are no repetitions of its training.
pub fn trainings_word(report: &Report) -> String {
    repetitions(Unit::Seed, report.retraining.seeds().len())
}

/// Answers in a few words how much retraining is saved.
pub fn answer(report: &Report) -> String {
    let retraining = &report.retraining;
    if retraining.trainings.is_empty() {
        return "Not measured in this run.".to_owned();
    }
    let (savings, against) = (retraining.savings(), retraining.against());
    let most = savings.iter().map(|pair| pair.pairs).max();
    let Some(pairs) = most else {
        if ready(report) == retraining.trainings.len() {
            return "Nothing to save: every training was as good before its first update.".to_owned();
        }
        return format!("Not available: no subnet was trained on from {against} and another method.");
    };
    let few = if pairs < LEAST_FOR_SURVIVAL { ", too few to rely on" } else { "" };
    let of_method = |method: &str| retraining.trainings.iter().filter(|r| r.method == method).count();
    let planned = savings.iter().map(|pair| of_method(&pair.method)).max().unwrap_or(pairs);
    let points = format!("{pairs} of {} of {}{few}", count(planned, "pair"), trainings_word(report));
    match ready(report) {
        0 => format!("1 − updates / {against}'s updates, over {points}."),
        some => format!(
            "1 − updates / {against}'s updates, over {points}; {some} of {} needed no update.",
            count(retraining.trainings.len(), "training")
        ),
    }
}

/// Counts the trainings that were as good as their goal before the first update.
fn ready(report: &Report) -> usize {
    report.retraining.trainings.iter().filter(|r| r.reached && r.updates == 0.0).count()
}

/// Says what bounds the numbers of this section.
pub fn remarks(report: &Report) -> String {
    let parts = [ahead(report), void(report), survival(report)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Says how many trainings had nothing to save.
fn ahead(report: &Report) -> String {
    match ready(report) {
        0 => String::new(),
        some => format!(
            "{some} of {} were as good before their first update: a supernet of this scale is not behind training them \
             from scratch for as many updates, so there is nothing to save.",
            count(report.retraining.trainings.len(), "continued training")
        ),
    }
}

/// Names the subnets whose goal is void.
fn void(report: &Report) -> String {
    let mut names: Vec<String> = Vec::new();
    for Retrained { subnet, .. } in report.retraining.trainings.iter().filter(|r| r.void) {
        if !names.contains(&subnet.name) {
            names.push(subnet.name.clone());
        }
    }
    match names.as_slice() {
        [] => String::new(),
        some => format!("Left out, since training from scratch failed and set no goal: {}.", list(some)),
    }
}

/// Says whether there are enough trainings for survival statistics, and what those are.
fn survival(report: &Report) -> String {
    let (enough, few): (Vec<_>, Vec<_>) =
        report.retraining.methods.iter().partition(|s| s.trainings >= LEAST_FOR_SURVIVAL);
    let mut parts = Vec::new();
    if !few.is_empty() {
        let most = few.iter().map(|s| s.trainings).max().unwrap_or(0);
        let names: Vec<String> = few.iter().map(|s| s.method.clone()).collect();
        parts.push(format!(
            "No Kaplan-Meier median and no restricted mean for {}: {} a method at most, and such a curve says little \
             with fewer than {LEAST_FOR_SURVIVAL}.",
            list(&names),
            count(most, "continued training")
        ));
    }
    if enough.iter().any(|s| s.median.is_none() && s.restricted_mean.is_some()) {
        parts.push(
            "No median where fewer than half of the trainings are expected to reach their goal within the budget."
                .to_owned(),
        );
    }
    if !enough.is_empty() {
        parts.push(
            "The restricted mean counts each training up to the budget at most; trainings of one seed share their \
             supernet."
                .to_owned(),
        );
    }
    parts.join(" ")
}
