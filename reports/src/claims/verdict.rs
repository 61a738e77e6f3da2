//! A verdict is what a run may say of a claim. What it may say depends on the run's scale.

use mos_plan::experiment::SEEDS_FOR_VERDICTS;

use super::claim::Unit;

/// With fewer trainings, or timings, than this nothing is decided.
pub const LEAST_UNITS: usize = SEEDS_FOR_VERDICTS as usize;

/// At which scale a run was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// At the scale of the paper: a claim of the paper can be reproduced or contradicted.
    Published,
    /// At a smaller one: a claim holds or fails there, and nothing follows for the paper's scale.
    Smaller,
}

/// A verdict on a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The evidence speaks for the claim.
    Holds,
    /// The evidence speaks against it.
    Fails,
    /// There is enough evidence to look at, and it does not decide.
    Inconclusive,
    /// There are too few units to say anything: so many, and whether they point the claim's way.
    Few {
        /// What was repeated.
        unit: Unit,
        /// How often.
        units: usize,
        /// Whether the difference is in the claim's favour.
        in_favour: bool,
    },
    /// The run does not hold what the claim is about, for this reason.
    NotTested(String),
}

impl Verdict {
    /// Gives the words that stand in a table.
    pub fn words(&self, scope: Scope) -> String {
        match (self, scope) {
            (Verdict::Holds, Scope::Published) => "reproduced".to_owned(),
            (Verdict::Fails, Scope::Published) => "contradicted".to_owned(),
            (Verdict::Holds, Scope::Smaller) => "holds at this scale".to_owned(),
            (Verdict::Fails, Scope::Smaller) => "fails at this scale".to_owned(),
            (Verdict::Inconclusive, _) => "inconclusive".to_owned(),
            (Verdict::NotTested(_), _) => "not tested".to_owned(),
            (Verdict::Few { unit, units, in_favour }, _) => {
                let points = if *in_favour { "points its way" } else { "points the other way" };
                format!("{} ({points})", repetitions(*unit, *units))
            }
        }
    }
}

/// Counts units in words.
pub fn repetitions(unit: Unit, units: usize) -> String {
    let what = match unit {
        Unit::Seed => "training",
        Unit::Timing => "timing",
    };
    match units {
        0 => format!("no {what} of both"),
        1 => format!("one {what}"),
        2 => format!("two {what}s"),
        n => format!("{n} {what}s"),
    }
}

/// Decides by the adjusted chances, and by whether the interval is clear of what the claim denies.
pub fn decide(unit: Unit, units: usize, value: f64, [low, high]: [f64; 2], level: f64, clear: [bool; 2]) -> Verdict {
    if units < LEAST_UNITS {
        return Verdict::Few { unit, units, in_favour: value < 0.0 };
    }
    match (low < level && clear[0], high < level && clear[1]) {
        (true, false) => Verdict::Holds,
        (false, true) => Verdict::Fails,
        _ => Verdict::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_carry_their_scope() {
        let words = |verdict: &Verdict| [Scope::Published, Scope::Smaller].map(|scope| verdict.words(scope));
        assert_eq!(words(&Verdict::Holds), ["reproduced", "holds at this scale"]);
        assert_eq!(words(&Verdict::Fails), ["contradicted", "fails at this scale"]);
        assert_eq!(words(&Verdict::Inconclusive), ["inconclusive"; 2]);
        assert_eq!(words(&Verdict::NotTested("why".to_owned())), ["not tested"; 2]);
        let few = |unit, units, in_favour| Verdict::Few { unit, units, in_favour }.words(Scope::Published);
        assert_eq!(few(Unit::Seed, 1, true), "one training (points its way)");
        assert_eq!(few(Unit::Timing, 2, false), "two timings (points the other way)");
    }

    #[test]
    fn too_few_units_never_decide_however_clear_they_are() {
        for units in 0..LEAST_UNITS {
            let verdict = decide(Unit::Seed, units, -1.0, [0.0, 1.0], 0.05, [true, false]);
            assert_eq!(verdict, Verdict::Few { unit: Unit::Seed, units, in_favour: true });
        }
    }

    #[test]
    fn chance_and_interval_must_both_be_clear() {
        let of = |tails, clear| decide(Unit::Seed, 3, -1.0, tails, 0.05, clear);
        assert_eq!(of([0.04, 1.0], [true, false]), Verdict::Holds);
        assert_eq!(of([1.0, 0.04], [false, true]), Verdict::Fails);
        for open in [of([0.05, 1.0], [true, false]), of([0.04, 1.0], [false, false]), of([1.0, 0.04], [true, false])] {
            assert_eq!(open, Verdict::Inconclusive);
        }
    }
}
