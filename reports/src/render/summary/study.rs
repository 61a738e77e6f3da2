//! What the latency study shows, in words that go no further than its numbers.

use std::collections::BTreeSet;

use crate::render::format::{count, fixed, list};
use crate::render::model::Report;
use crate::render::model::comparisons::BASELINES;
use crate::render::model::study::retraining::{LEAST_FOR_SURVIVAL, LEAST_PAIRS};
use crate::render::model::study::search::Search;

/// Savings of continued training, and the trade-off of latency and quality; each empty where there is nothing.
pub fn paragraphs(report: &Report) -> [String; 2] {
    [savings(report), tradeoff(report)]
}

fn savings(report: &Report) -> String {
    let retraining = &report.study.retraining;
    if retraining.methods.is_empty() {
        return String::new();
    }
    let each: Vec<String> = retraining
        .methods
        .iter()
        .filter_map(|s| {
            let at_least = if s.reached < s.trainings { "at least " } else { "" };
            let share = fixed(100.0 * s.mean_share?, 1);
            Some(format!("{at_least}{share}% for {} ({} of {} reached)", s.method, s.reached, s.trainings))
        })
        .collect();
    if each.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "Continued training from inherited weights, until a found subnet is as good as the same subnet from scratch, took \
         on average this share of the from-scratch updates: {}.",
        list(&each)
    );
    for baseline in BASELINES {
        let with = |words: &str| -> Vec<String> {
            let of = retraining.comparisons.iter().filter(|c| c.against == baseline && c.words() == words);
            of.map(|c| c.method.clone()).collect()
        };
        let decided = ["shorter", "longer", "inconclusive"].map(|words| (words, with(words)));
        let parts: Vec<String> = decided
            .iter()
            .filter(|(_, methods)| !methods.is_empty())
            .map(|(words, methods)| format!("{words} for {}", list(methods)))
            .collect();
        if !parts.is_empty() {
            text.push_str(&format!(" Paired against {baseline}, it is {}.", list(&parts)));
        }
    }
    let ahead = retraining.trainings.iter().filter(|r| r.reached && r.updates == 0.0).count();
    if ahead > 0 {
        text.push_str(&format!(
            " {ahead} of {} were as good before their first update: a supernet of this scale is not behind training them \
             from scratch for as many updates, so there is nothing to save.",
            count(retraining.trainings.len(), "continued training")
        ));
    }
    let few: Vec<usize> = retraining.comparisons.iter().filter(|c| c.pairs < LEAST_PAIRS).map(|c| c.pairs).collect();
    if let Some(most) = few.iter().max() {
        text.push_str(&format!(
            " Comparisons over {} or fewer have no interval: too few to say which method saves more.",
            count(*most, "pair")
        ));
    }
    text
}

fn tradeoff(report: &Report) -> String {
    let covered = &report.study.tradeoff.covered;
    let volumes = |pick: fn(&crate::render::model::study::pareto::Covered) -> Option<f64>| -> Vec<String> {
        let shown = |c| Some(format!("{} for {}", fixed(pick(c)?, 2), c.method));
        covered.iter().filter_map(shown).collect()
    };
    let (inherited, scratch) = (volumes(|c| c.inherited.1), volumes(|c| c.scratch.1));
    let parts: Vec<String> = [(inherited, "with inherited weights"), (scratch, "trained from scratch")]
        .into_iter()
        .filter(|(each, _)| !each.is_empty())
        .map(|(each, what)| format!("{what} {}", list(&each)))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    let judged = report.study.plan.max_spread.map(|limit| report.study.latency.unsteady_subnets(limit));
    let unsteady = match judged {
        Some((bad, all)) if bad > 0 => format!(" Of the latency measurements behind it {bad} of {all} are unsteady."),
        _ => String::new(),
    };
    format!(
        "In latency and {} together, the fronts of the found subnets cover this share of the box between the best and the \
         worst values: {}. These hypervolumes have no intervals, so they name no best method.{unsteady}",
        report.primary.words(),
        parts.join("; ")
    )
}

/// Whether the latencies can be relied on.
pub fn steadiness(report: &Report) -> String {
    let (bad, all) = report.study.latency.unsteady();
    let limit = report.study.plan.max_spread.map_or(String::new(), |share| format!(" of {}%", fixed(100.0 * share, 0)));
    let found = format!("{} of {} measurements had a spread above the limit{limit}", bad as i64, all as i64);
    match (bad, all) {
        (_, 0.0) => "Steadiness of the measurements: not available.".to_owned(),
        (0.0, _) => format!("All {} measurements stayed within the limit{limit} on their spread.", all as i64),
        _ if 2.0 * bad >= all => format!(
            "These latencies are too unsteady to rely on: {found}. Subnets of like latency cannot be told apart, and the \
             predictor, searches and fronts below inherit that. Measure again on a quiet machine."
        ),
        _ => format!("{found}. Differences of that size between subnets mean nothing."),
    }
}

/// How often evolution did better than random search.
pub fn searches(report: &Report) -> String {
    let differences: Vec<f64> =
        report.study.searches.iter().filter_map(|s| Some(s.fitness()? - s.random_fitness()?)).collect();
    let (better, worse) =
        (differences.iter().filter(|d| **d < 0.0).count(), differences.iter().filter(|d| **d > 0.0).count());
    let mut text = format!(
        "Evolution ended with a better fitness than random search in {better} of {} searches, with a worse one in {worse}. \
         Searches under one limit in different supernets draw from the same subnets, so they are not independent trials.",
        differences.len()
    );
    let loose: BTreeSet<&str> = report.study.searches.iter().filter(|s| !s.binds()).map(|s| s.limit.as_str()).collect();
    if !loose.is_empty() {
        let names: Vec<String> = loose.into_iter().map(str::to_owned).collect();
        text.push_str(&format!(
            " Every subnet of the space meets the limit of {}: these searches were not constrained.",
            list(&names)
        ));
    }
    let excesses: Vec<f64> = report.study.searches.iter().filter_map(Search::excess).collect();
    if let Some(most) = excesses.iter().copied().reduce(f64::max) {
        let measured = report.study.searches.iter().filter(|s| s.measured.is_some()).count();
        text.push_str(&format!(
            " What {} of {measured} searches found is slower than its limit when measured, by {}% at most: the searches saw \
             predictions.",
            excesses.len(),
            fixed(100.0 * most, 1)
        ));
    }
    text
}

/// The schedule of continued training.
pub fn schedule(report: &Report) -> String {
    match &report.study.plan.schedule {
        Some(schedule) => format!("Schedule of the continued training, the same for every method: {schedule}."),
        None => "Schedule of the continued training: not available in this run's profile.".to_owned(),
    }
}

/// Whether there are enough trainings for survival statistics, and what those are.
pub fn survival(report: &Report) -> String {
    let (enough, few): (Vec<_>, Vec<_>) =
        report.study.retraining.methods.iter().partition(|s| s.trainings >= LEAST_FOR_SURVIVAL);
    let mut parts = Vec::new();
    if !few.is_empty() {
        let most = few.iter().map(|s| s.trainings).max().unwrap_or(0);
        let names: Vec<String> = few.iter().map(|s| s.method.clone()).collect();
        parts.push(format!(
            "No Kaplan-Meier median and no restricted mean for {}: {} a method at most, and such a curve says little with \
             fewer than {LEAST_FOR_SURVIVAL}.",
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
            "The restricted mean counts each training up to the budget at most; trainings of one seed share their supernet."
                .to_owned(),
        );
    }
    parts.join(" ")
}
