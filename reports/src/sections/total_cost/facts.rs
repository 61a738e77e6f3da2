//! What each method cost is summed up here.

use mos_plan::{Metric, Subject};
use mos_spaces::method;

use crate::run::{Find, Measured, Run};
use crate::sections::retraining::facts::Retraining;
use crate::sections::retraining::training::Retrained;

/// These are sums over a method's searched seeds. They are `None` where a part is not there (yet).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TotalCost {
    /// The method.
    pub method: String,
    /// How many seeds were searched.
    pub seeds: usize,
    /// How many distinct subnets were found, over the seeds.
    pub subnets: usize,
    /// The time of training the supernet, s.
    pub supernet: Option<f64>,
    /// The time of the searches, s.
    pub search: Option<f64>,
    /// The time of continued training of what was found, s.
    pub continued: Option<f64>,
    /// Whether some continued training did not reach its goal; the sum is then a lower bound.
    pub at_least: bool,
    /// The time of training from scratch of what was found, s.
    pub scratch: Option<f64>,
    /// The target tokens of supernet and continued training.
    pub tokens_continued: Option<f64>,
    /// The target tokens of supernet and training from scratch.
    pub tokens_scratch: Option<f64>,
    /// Whether other workers ran beside any of these jobs, those from scratch left out.
    pub loaded: bool,
    /// Whether other workers ran beside any of the jobs from scratch.
    pub scratch_loaded: bool,
}

impl TotalCost {
    /// Sums up supernet, searches and continued training, s.
    pub fn with_continued(&self) -> Option<f64> {
        Some(self.supernet? + self.search? + self.continued?)
    }

    /// Sums up supernet, searches and training from scratch, s.
    pub fn with_scratch(&self) -> Option<f64> {
        Some(self.supernet? + self.search? + self.scratch?)
    }
}

/// Gives the costs of every method that was searched.
pub fn total_costs(run: &Run, retraining: &Retraining) -> Vec<TotalCost> {
    run.methods.iter().filter_map(|method| total_cost(run, retraining, method, None)).collect()
}

/// Gives the cost of a method, of all its seeds or of one; `None` where nothing was searched.
pub fn total_cost(run: &Run, retraining: &Retraining, method: &str, only: Option<i64>) -> Option<TotalCost> {
    let facts = &run.facts;
    let counts = |seed: i64| only.is_none_or(|only| seed == only);
    let searches: Vec<_> =
        facts.study.values(Metric::SearchSeconds).filter(|(key, _)| key.method == method && counts(key.seed)).collect();
    let mut seeds: Vec<i64> = searches.iter().map(|(key, _)| key.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    if seeds.is_empty() {
        return None;
    }
    let finds: Vec<&Find> = run.finds_of(method).filter(|find| counts(find.seed)).collect();
    let of_supernet = |metric: Metric| seeds.iter().map(move |seed| facts.job(metric, method, &Subject::Whole, *seed));
    let reference = &method::reference().name;
    let of_scratch = |metric: Metric| {
        let job = move |find: &&Find| facts.job(metric, reference, &Subject::Subnet(find.subnet.clone()), find.seed);
        finds.iter().map(job)
    };
    let trainings: Option<Vec<&Retrained>> =
        finds.iter().map(|find| retraining.find(method, &find.subnet, find.seed)).collect();
    let of_searches = || searches.iter().map(|(_, measured)| Some(*measured));
    let of_continued = || trainings.iter().flatten().map(|r| r.seconds.as_ref());
    let parts = of_searches().chain(of_supernet(Metric::TrainSeconds));
    let loaded = parts.chain(of_continued()).flatten().any(|m| m.loaded);
    let scratch_loaded = of_scratch(Metric::TrainSeconds).flatten().any(|m| m.loaded);
    let tokens = |after: Option<f64>| Some(sum(of_supernet(Metric::TokensSeen))? + after?);
    let some_found = !finds.is_empty();
    let continued_tokens = trainings.as_ref().and_then(|all| all.iter().map(|r| r.tokens).sum::<Option<f64>>());
    Some(TotalCost {
        method: method.to_owned(),
        seeds: seeds.len(),
        subnets: finds.len(),
        supernet: sum(of_supernet(Metric::TrainSeconds)).map(|s| s + known(of_supernet(Metric::FailedSeconds))),
        search: sum(of_searches()),
        continued: trainings.as_ref().filter(|_| some_found).and_then(|_| sum(of_continued())),
        at_least: trainings.iter().flatten().any(|r| !r.reached),
        scratch: sum(of_scratch(Metric::TrainSeconds))
            .filter(|_| some_found)
            .map(|s| s + known(of_scratch(Metric::FailedSeconds))),
        tokens_continued: tokens(continued_tokens.filter(|_| some_found)),
        tokens_scratch: tokens(sum(of_scratch(Metric::TokensSeen)).filter(|_| some_found)),
        loaded,
        scratch_loaded,
    })
}

/// Sums up parts of which most are not there: first attempts that failed.
fn known<'a>(parts: impl Iterator<Item = Option<&'a Measured>>) -> f64 {
    parts.flatten().map(|m| m.value).sum()
}

/// Sums up parts that must all be there.
fn sum<'a>(parts: impl Iterator<Item = Option<&'a Measured>>) -> Option<f64> {
    parts.map(|part| part.map(|m| m.value)).sum()
}
