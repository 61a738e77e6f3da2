//! Two methods' continued trainings are paired over the subnets that both have in common: each pair has one subnet, one
//! seed and one goal.

use mos_spaces::method::baselines;

use super::training::Retrained;
use crate::stats::{Estimate, Settings, mean_estimate, saving_estimate};

/// A difference gets an interval from so many pairs on.
pub const LEAST_PAIRS: usize = 5;
/// The method against which the paper states its savings.
pub const PUBLISHED_AGAINST: &str = "hat";

/// What trainings that never reached their goal make of a saving. They count at the updates that they ran for, which is
/// less than they needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Censoring {
    /// Every training of every pair reached its goal.
    None,
    /// Only trainings of the other method did not: the true saving is higher.
    AtLeast,
    /// Only trainings of the method did not: the true saving is lower.
    AtMost,
    /// Trainings of both did not: the true saving may be higher or lower.
    Both,
}

impl Censoring {
    /// Gives the words that stand beside a saving; none where it is exact.
    pub fn words(self) -> &'static str {
        match self {
            Censoring::None => "",
            Censoring::AtLeast => "at least",
            Censoring::AtMost => "at most",
            Censoring::Both => "censored on both sides",
        }
    }

    fn of(pairs: &[(&Retrained, &Retrained)]) -> Censoring {
        let own = pairs.iter().any(|(own, _)| !own.reached);
        match (own, pairs.iter().any(|(_, other)| !other.reached)) {
            (false, false) => Censoring::None,
            (false, true) => Censoring::AtLeast,
            (true, false) => Censoring::AtMost,
            (true, true) => Censoring::Both,
        }
    }
}

/// This sets a method against a baseline over their common subnets.
#[derive(Clone, Debug, PartialEq)]
pub struct SavingsDifference {
    /// The method.
    pub method: String,
    /// The baseline.
    pub against: String,
    /// The number of pairs.
    pub pairs: usize,
    /// How many pairs reached the goal on both sides.
    pub both_reached: usize,
    /// The method's share of the updates from scratch minus the baseline's, mean over pairs, with an interval only from
    /// [`LEAST_PAIRS`] on.
    pub difference: Estimate,
    /// The paper's figure: 1 minus the method's updates over the baseline's, summed over the pairs.
    pub saving: Estimate,
    /// What the trainings that never reached their goal make of it.
    pub censoring: Censoring,
    /// The same figure over the pairs that reached the goal on both sides.
    pub saving_reached: Estimate,
}

/// Sets every method against every baseline.
pub fn differences(trainings: &[&Retrained], methods: &[String]) -> Vec<SavingsDifference> {
    // The paper's own figure stands first.
    let mut against = baselines();
    against.sort_by_key(|baseline| baseline.name != PUBLISHED_AGAINST);
    let pairs = against.into_iter().flat_map(|b| methods.iter().map(move |m| (m.as_str(), b.name.as_str())));
    pairs.filter(|(m, b)| m != b).filter_map(|(m, b)| compare(trainings, m, b)).collect()
}

/// Compares a method with a baseline; `None` when they have no subnet and seed in common.
fn compare(trainings: &[&Retrained], method: &str, against: &str) -> Option<SavingsDifference> {
    let of = |name: &str| -> Vec<&Retrained> { trainings.iter().copied().filter(|r| r.method == name).collect() };
    let others = of(against);
    let pair = |own: &&Retrained| others.iter().find(|r| r.subnet == own.subnet && r.seed == own.seed).copied();
    let pairs: Vec<(&Retrained, &Retrained)> = of(method).iter().filter_map(|own| Some((*own, pair(own)?))).collect();
    let differences: Option<Vec<f64>> = pairs.iter().map(|(own, other)| Some(own.share? - other.share?)).collect();
    let difference = mean_estimate(&differences?, &Settings::default());
    difference.value?;
    let reached = pairs.iter().copied().filter(|(own, other)| own.reached && other.reached).collect::<Vec<_>>();
    Some(SavingsDifference {
        method: method.to_owned(),
        against: against.to_owned(),
        pairs: pairs.len(),
        both_reached: reached.len(),
        difference: with_enough(difference, pairs.len()),
        saving: saving(&pairs),
        censoring: Censoring::of(&pairs),
        saving_reached: saving(&reached),
    })
}

fn saving(pairs: &[(&Retrained, &Retrained)]) -> Estimate {
    let updates: Vec<(f64, f64)> = pairs.iter().map(|(own, other)| (own.updates, other.updates)).collect();
    with_enough(saving_estimate(&updates, &Settings::default()), pairs.len())
}

/// Takes the interval away where it would be over too few pairs.
fn with_enough(estimate: Estimate, pairs: usize) -> Estimate {
    if pairs < LEAST_PAIRS { Estimate { lo: None, hi: None, ..estimate } } else { estimate }
}
