//! This says what continued training saves, in words that go no further than its numbers.

use mos_spaces::method::baselines;

use super::facts::{LEAST_FOR_SURVIVAL, LEAST_PAIRS, MethodSavings, Retraining};
use crate::page::format::{count, fixed, list};
use crate::sections::report::Report;

/// States the savings of continued training; empty where there are none.
pub fn savings(report: &Report) -> String {
    let retraining = &report.retraining;
    let share = |s: &MethodSavings| {
        let at_least = if s.reached < s.trainings { "at least " } else { "" };
        let share = fixed(100.0 * s.mean_share?, 1);
        Some(format!("{at_least}{share}% for {} ({} of {} reached)", s.method, s.reached, s.trainings))
    };
    let each: Vec<String> = retraining.methods.iter().filter_map(share).collect();
    if each.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "Continued training from inherited weights, until a found subnet is as good as the same subnet from scratch, \
         took on average this share of the from-scratch updates: {}.",
        list(&each)
    );
    text.push_str(&against_baselines(retraining));
    let ahead = retraining.trainings.iter().filter(|r| r.reached && r.updates == 0.0).count();
    if ahead > 0 {
        text.push_str(&format!(
            " {ahead} of {} were as good before their first update: a supernet of this scale is not behind training \
             them from scratch for as many updates, so there is nothing to save.",
            count(retraining.trainings.len(), "continued training")
        ));
    }
    let few: Vec<usize> = retraining.differences.iter().filter(|c| c.pairs < LEAST_PAIRS).map(|c| c.pairs).collect();
    if let Some(most) = few.iter().max() {
        text.push_str(&format!(
            " Comparisons over {} or fewer have no interval: too few to say which method saves more.",
            count(*most, "pair")
        ));
    }
    text
}

/// Says what the intervals decide against each baseline.
fn against_baselines(retraining: &Retraining) -> String {
    let mut text = String::new();
    for baseline in baselines() {
        let with = |words: &str| -> Vec<String> {
            let of = retraining.differences.iter().filter(|c| c.against == baseline.name && c.words() == words);
            of.map(|c| c.method.clone()).collect()
        };
        let decided = ["shorter", "longer", "inconclusive"].map(|words| (words, with(words)));
        let parts: Vec<String> = decided
            .iter()
            .filter(|(_, methods)| !methods.is_empty())
            .map(|(words, methods)| format!("{words} for {}", list(methods)))
            .collect();
        if !parts.is_empty() {
            text.push_str(&format!(" Paired against {}, it is {}.", baseline.name, list(&parts)));
        }
    }
    text
}

/// Says whether there are enough trainings for survival statistics, and what those are.
pub fn survival(report: &Report) -> String {
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
