//! A verdict is what a run may say of two methods. The training seed is the unit of evidence.

use super::bootstrap::Estimate;

/// With fewer trainings than this nothing is said of two methods.
pub const LEAST_SEEDS: usize = 3;
/// An adjusted p value below this is evidence.
pub const ALPHA: f64 = 0.05;

/// The basis says by what two methods are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// By the mean absolute gap: nearer to training from scratch is better.
    AbsoluteGap,
    /// By the mean signed gap, in which the scores from scratch cancel: better own scores are better.
    OwnScores,
}

/// A verdict on a primary comparison. All other comparisons show their intervals and get none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There are too few trainings of both to say anything: so many.
    FewTrainings(usize),
    /// The first method's gap is smaller.
    Narrower,
    /// The first method's gap is larger.
    Wider,
    /// The first method's own scores are better.
    Better,
    /// The first method's own scores are worse.
    Worse,
    /// Enough trainings were compared, and they do not decide.
    Inconclusive,
}

impl Verdict {
    /// Gives the words that stand in a table.
    pub fn words(self) -> String {
        match self {
            Verdict::FewTrainings(0) => "no training of both".to_owned(),
            Verdict::FewTrainings(1) => "one training".to_owned(),
            Verdict::FewTrainings(2) => "two trainings".to_owned(),
            Verdict::FewTrainings(n) => format!("{n} trainings"),
            Verdict::Narrower => "narrower".to_owned(),
            Verdict::Wider => "wider".to_owned(),
            Verdict::Better => "better".to_owned(),
            Verdict::Worse => "worse".to_owned(),
            Verdict::Inconclusive => "inconclusive".to_owned(),
        }
    }

    /// Tells whether the first method is decided to be the better one.
    pub fn is_gain(self) -> bool {
        matches!(self, Verdict::Narrower | Verdict::Better)
    }

    /// Tells whether the first method is decided to be the worse one.
    pub fn is_loss(self) -> bool {
        matches!(self, Verdict::Wider | Verdict::Worse)
    }
}

/// Judges a primary comparison over so many seeds by the adjusted p value of its t test and by its interval: both must
/// be clear. A difference below 0 is in the first method's favour.
pub fn judge(basis: Basis, seeds: usize, adjusted: Option<f64>, interval: &Estimate) -> Verdict {
    if seeds < LEAST_SEEDS {
        return Verdict::FewTrainings(seeds);
    }
    let likely = adjusted.is_some_and(|p| p < ALPHA);
    match (basis, interval.lo, interval.hi) {
        (Basis::AbsoluteGap, _, Some(hi)) if likely && hi < 0.0 => Verdict::Narrower,
        (Basis::AbsoluteGap, Some(lo), _) if likely && lo > 0.0 => Verdict::Wider,
        (Basis::OwnScores, _, Some(hi)) if likely && hi < 0.0 => Verdict::Better,
        (Basis::OwnScores, Some(lo), _) if likely && lo > 0.0 => Verdict::Worse,
        _ => Verdict::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(lo: f64, hi: f64) -> Estimate {
        Estimate { value: Some((lo + hi) / 2.0), lo: Some(lo), hi: Some(hi) }
    }

    #[test]
    fn too_few_trainings_say_nothing_however_clear_they_look() {
        for seeds in 0..LEAST_SEEDS {
            let verdict = judge(Basis::AbsoluteGap, seeds, Some(1e-9), &interval(-2.0, -1.0));
            assert_eq!(verdict, Verdict::FewTrainings(seeds));
        }
        assert_eq!([1, 2].map(|n| Verdict::FewTrainings(n).words()), ["one training", "two trainings"]);
    }

    #[test]
    fn p_and_interval_must_both_be_clear() {
        let of = |p: Option<f64>, lo: f64, hi: f64| judge(Basis::AbsoluteGap, 3, p, &interval(lo, hi));
        assert_eq!(of(Some(0.04), -0.2, -0.1), Verdict::Narrower);
        assert_eq!(of(Some(0.04), 0.1, 0.2), Verdict::Wider);
        let unclear = [
            of(Some(0.05), -0.2, -0.1),
            of(None, -0.2, -0.1),
            of(Some(0.01), -0.1, 0.1),
            of(Some(0.01), 0.0, 0.1),
            of(Some(0.01), -0.1, 0.0),
        ];
        assert_eq!(unclear, [Verdict::Inconclusive; 5]);
    }

    #[test]
    fn own_scores_have_words_of_their_own() {
        let of = |lo: f64, hi: f64| judge(Basis::OwnScores, 4, Some(0.001), &interval(lo, hi));
        assert_eq!([of(-0.2, -0.1), of(0.1, 0.2)], [Verdict::Better, Verdict::Worse]);
        assert!(of(-0.2, -0.1).is_gain() && of(0.1, 0.2).is_loss());
    }
}
