//! Power is the chance that a run of this size decides for a claim, were the difference as large as the effect that
//! matters. It is taken from the recorded spread over subnets and units, never from the difference that was found.

use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, Normal, StudentsT};

use super::claim::Kind;
use super::evidence::Evidence;
use super::permutation::least_p;

/// The integral over the spread is taken at so many places.
const PLACES: usize = 2_000;

/// Computes the power of a claim of this kind at its relevant effect and at this level, which the caller divides among
/// the claims of the family. `None` where the spread cannot be estimated: with one unit, and of superiority in a quantity
/// that has no value a cell.
pub fn power(kind: Kind, evidence: &Evidence, effect: f64, level: f64) -> Option<f64> {
    let (subnets, units) = (evidence.subnets(), evidence.units());
    let of_units = deviation(&evidence.by_unit()?)?;
    let by_units = one_sided(effect, of_units, units, level)?;
    Some(match kind {
        // All tests have to agree, so the weakest of them bounds what they find together.
        Kind::Superiority if subnets < 2 => by_units,
        Kind::Superiority => {
            let of_subnets =
                deviation(&evidence.cells()?.iter().map(|row| mean(row.iter().copied())).collect::<Vec<f64>>())?;
            let by_subnets =
                if least_p(subnets) < level { one_sided(effect, of_subnets, subnets, level)? } else { 0.0 };
            by_units.min(by_subnets)
        }
        Kind::NonInferiority => by_units,
        // Both margins have to be cleared, were there no difference at all.
        Kind::Equivalence => (2.0 * by_units - 1.0).max(0.0),
    })
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    sum / n
}

/// The standard deviation of a sample; `None` of fewer than two values.
fn deviation(values: &[f64]) -> Option<f64> {
    let centre = mean(values.iter().copied());
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

/// Computes the power of a one-sided t test over `n` values of this deviation, were their mean `effect`.
fn one_sided(effect: f64, deviation: f64, n: usize, level: f64) -> Option<f64> {
    if deviation == 0.0 {
        return Some(1.0);
    }
    let degrees = (n - 1) as f64;
    let critical = StudentsT::new(0.0, 1.0, degrees).ok()?.inverse_cdf(1.0 - level);
    let shift = effect * (n as f64).sqrt() / deviation;
    noncentral_tail(critical, degrees, shift)
}

/// Computes the chance that noncentral t exceeds `critical`: over the spread s of the sample, a chi of so many degrees over
/// its root, the mean of the chance that a normal value around `shift` exceeds `critical * s`.
fn noncentral_tail(critical: f64, degrees: f64, shift: f64) -> Option<f64> {
    let (normal, chi2) = (Normal::new(0.0, 1.0).ok()?, ChiSquared::new(degrees).ok()?);
    let most = chi2.inverse_cdf(1.0 - 1e-9);
    // In the root of chi squared, in which the density has no pole at 0.
    let step = most.sqrt() / PLACES as f64;
    let at = |i: usize| {
        let root = (i as f64 + 0.5) * step;
        let density = chi2.pdf(root * root) * 2.0 * root;
        density * (1.0 - normal.cdf(critical * root / degrees.sqrt() - shift))
    };
    Some(((0..PLACES).map(at).sum::<f64>() * step).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::super::evidence::Compared;
    use super::*;
    use crate::stats::Scores;

    #[test]
    fn without_an_effect_the_power_is_the_level() {
        for (n, level) in [(3, 0.05), (6, 0.05), (20, 0.01)] {
            let power = one_sided(0.0, 1.0, n, level).unwrap();
            assert!((power - level).abs() < 1e-4, "{n}: {power}");
        }
    }

    /// Oracle: `scipy.stats.nct.sf(scipy.stats.t.ppf(1 - level, n - 1), n - 1, effect * n ** 0.5 / deviation)`.
    #[test]
    fn it_is_that_of_scipy() {
        let oracle =
            [(1.0, 1.0, 3, 0.05, 0.321_836_4), (2.0, 1.0, 3, 0.05, 0.712_159_2), (0.5, 0.4, 6, 0.025, 0.689_270_9)];
        for (effect, deviation, n, level, expected) in oracle {
            let power = one_sided(effect, deviation, n, level).unwrap();
            assert!((power - expected).abs() < 2e-5, "{n}: {power} and not {expected}");
        }
    }

    fn evidence(rows: &[Vec<f64>]) -> Evidence {
        Evidence::new(Compared::Differences(Scores::from_rows(rows).unwrap()), 1.0)
    }

    #[test]
    fn one_training_has_no_power_to_speak_of_and_few_subnets_none() {
        let one = evidence(&[vec![0.1], vec![0.2], vec![0.3]]);
        assert_eq!(power(Kind::Superiority, &one, 1.0, 0.05), None);
        // Four subnets can be swapped in sixteen ways, so no chance is below 0.0625.
        let few = evidence(&vec![vec![0.1, 0.11, 0.09]; 4]);
        assert_eq!(power(Kind::Superiority, &few, 1.0, 0.05), Some(0.0));
        assert!(power(Kind::NonInferiority, &few, 1.0, 0.05).unwrap() > 0.99);
        let more = evidence(&vec![vec![0.1, 0.11, 0.09]; 6]);
        assert!(power(Kind::Superiority, &more, 1.0, 0.05).unwrap() > 0.99);
    }

    #[test]
    fn an_order_has_power_by_its_trainings() {
        let scratch = Scores::from_rows(&[vec![1.0; 3], vec![2.0; 3], vec![3.0; 3], vec![4.0; 3]]).unwrap();
        let own = Scores::from_rows(&[vec![1.0; 3], vec![2.0, 3.0, 2.0], vec![3.0, 2.0, 3.0], vec![4.0; 3]]).unwrap();
        let ranks = Evidence::new(Compared::Ranks { other: scratch.clone(), scratch, own }, 1.0);
        let [little, much] = [0.1, 2.0].map(|effect| power(Kind::NonInferiority, &ranks, effect, 0.05).unwrap());
        assert!(little < 0.5 && much > 0.9, "{little} {much}");
    }

    #[test]
    fn what_was_found_plays_no_part() {
        let rows = [vec![0.1, 0.3, 0.2], vec![0.4, 0.2, 0.5], vec![0.3, 0.1, 0.2]];
        let shifted: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|v| v - 7.0).collect()).collect();
        for kind in [Kind::NonInferiority, Kind::Equivalence] {
            let of = |rows: &[Vec<f64>]| power(kind, &evidence(rows), 0.3, 0.05).unwrap();
            assert!((of(&rows) - of(&shifted)).abs() < 1e-9);
        }
    }
}
