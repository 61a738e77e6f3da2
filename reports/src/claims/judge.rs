//! The claims of a family are judged together: their p values are adjusted for each other.

use super::claim::{Claim, Kind, Test};
use super::evidence::{Compared, Evidence};
use super::permutation::{Tails, permutation};
use super::power::power;
use super::verdict::{Verdict, decide};
use crate::stats::{Estimate, Settings, holm, t_test};

/// What a run has for a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The measured values.
    pub evidence: Evidence,
    /// The unit of the difference, one of those of the claim's relevant effect.
    pub unit: String,
    /// What was expected and what was found.
    pub coverage: Coverage,
}

impl Measured {
    /// Puts what was compared together, turned so that the claim's direction is positive.
    pub fn of(claim: &Claim, compared: Compared, unit: &str, coverage: Coverage) -> Measured {
        Measured { evidence: Evidence::new(compared, claim.direction.sign()), unit: unit.to_owned(), coverage }
    }
}

/// What the plan promised for a claim, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// How many values were planned.
    pub planned: usize,
    /// How many there are.
    pub found: usize,
    /// What is missing, each with the reason where one is known.
    pub missing: Vec<String>,
}

/// A claim with its verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// The verdict.
    pub verdict: Verdict,
    /// The numbers behind it; none where the claim was not tested.
    pub numbers: Option<Numbers>,
}

/// The numbers behind a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// The method's value minus the other's, with an interval that is adjusted for nothing.
    pub difference: Estimate,
    /// Its unit.
    pub unit: String,
    /// The relevant effect.
    pub effect: f64,
    /// The number of subnets.
    pub subnets: usize,
    /// The number of units.
    pub units: usize,
    /// The p value of the side to which the difference points, with enough units.
    pub p: Option<f64>,
    /// The same, adjusted for the other claims of the family.
    pub adjusted: Option<f64>,
    /// The power at the relevant effect; none where it cannot be estimated.
    pub power: Option<f64>,
    /// What was expected and what was found.
    pub coverage: Coverage,
}

/// Judges the claims of a family, each with what the run has for it, or with the reason why it has nothing.
pub fn judge(family: Vec<(Claim, Result<Measured, String>)>) -> Vec<Judged> {
    let settings = Settings::default();
    let weighed: Vec<Weighed> =
        family.into_iter().map(|(claim, found)| Weighed::new(claim, found, &settings)).collect();
    // A claim that could not be tested stays in the family as one that says nothing, so that what a diverged training
    // takes away makes no other claim easier to decide.
    let adjusted =
        |side: fn(&Tails) -> f64| holm(&weighed.iter().map(|w| w.tails.as_ref().map_or(1.0, side)).collect::<Vec<_>>());
    let (low, high) = (adjusted(|tails| tails.low), adjusted(|tails| tails.high));
    let size = weighed.len() as f64;
    weighed.into_iter().zip(low.into_iter().zip(high)).map(|(w, (low, high))| w.decided([low, high], size)).collect()
}

/// A claim with what is computed for it alone.
struct Weighed {
    claim: Claim,
    measured: Result<Measured, String>,
    /// The differences over redrawn subnets and units.
    draws: Vec<f64>,
    tails: Option<Tails>,
}

impl Weighed {
    fn new(claim: Claim, measured: Result<Measured, String>, settings: &Settings) -> Weighed {
        let draws = measured.as_ref().map_or(vec![], |measured| measured.evidence.draws(settings));
        let tails = measured.as_ref().ok().and_then(|measured| tails(&claim, measured, &draws, settings.seed));
        Weighed { claim, measured, draws, tails }
    }

    /// Decides by what the whole family makes of the tails.
    fn decided(self, adjusted: [f64; 2], family: f64) -> Judged {
        let Weighed { claim, measured, draws, tails } = self;
        let checked = measured.and_then(|measured| {
            let value = measured.evidence.value().ok_or("the difference is undefined".to_owned())?;
            let effect = claim.relevant_effect.get(&measured.unit).copied();
            let effect = effect.ok_or_else(|| format!("the claim states no relevant effect in {}", measured.unit))?;
            Ok((measured, value, effect))
        });
        let (measured, value, effect) = match checked {
            Ok(checked) => checked,
            Err(reason) => return Judged { claim, verdict: Verdict::NotTested(reason), numbers: None },
        };
        let evidence = &measured.evidence;
        let difference = evidence.difference(&draws);
        let verdict = decide(claim.unit, evidence.units(), value, adjusted, claim.level, clear(&claim, &difference));
        let enough = tails.filter(|_| !matches!(verdict, Verdict::Few { .. }));
        let numbers = Numbers {
            difference,
            effect,
            subnets: evidence.subnets(),
            units: evidence.units(),
            p: enough.map(|tails| tails.low.min(tails.high)),
            adjusted: enough.map(|tails| if tails.low <= tails.high { adjusted[0] } else { adjusted[1] }),
            power: power(claim.kind, evidence, effect, claim.level / family),
            unit: measured.unit,
            coverage: measured.coverage,
        };
        Judged { claim, verdict, numbers: Some(numbers) }
    }
}

/// Tells whether the interval is clear of 0 on the claim's side, and on the other; where a margin is asked for, the
/// bootstrap itself says so.
fn clear(claim: &Claim, difference: &Estimate) -> [bool; 2] {
    if claim.kind != Kind::Superiority {
        return [true; 2];
    }
    let (Some(lo), Some(hi)) = (difference.lo, difference.hi) else { return [false; 2] };
    let below = hi < 0.0;
    let above = lo > 0.0;
    if claim.direction.sign() > 0.0 { [below, above] } else { [above, below] }
}

/// Computes the chances on both sides; `None` where they are undefined.
fn tails(claim: &Claim, measured: &Measured, draws: &[f64], seed: u64) -> Option<Tails> {
    let evidence = &measured.evidence;
    match claim.test {
        Test::Units => of_units(evidence),
        Test::Permutation => {
            let (swapped, units) = (permutation(evidence, seed)?, of_units(evidence)?);
            Some(Tails { low: swapped.low.max(units.low), high: swapped.high.max(units.high) })
        }
        Test::Bootstrap => {
            let margin = *claim.relevant_effect.get(&measured.unit)?;
            against_margin(claim.kind, draws, margin)
        }
    }
}

/// Halves the t test over units into its sides.
fn of_units(evidence: &Evidence) -> Option<Tails> {
    let test = t_test(&evidence.by_unit()?)?;
    let (near, far) = (test.p / 2.0, 1.0 - test.p / 2.0);
    Some(if test.mean <= 0.0 { Tails { low: near, high: far } } else { Tails { low: far, high: near } })
}

/// Holds redrawn differences against a margin; `None` where there are none.
fn against_margin(kind: Kind, draws: &[f64], margin: f64) -> Option<Tails> {
    if draws.is_empty() {
        return None;
    }
    // The difference that was found counts as one more draw, so that no chance is 0.
    let chance = |is: &dyn Fn(f64) -> bool| {
        (draws.iter().filter(|draw| is(**draw)).count() + 1) as f64 / (draws.len() + 1) as f64
    };
    let (worse, not_worse) = (chance(&|d| d >= margin), chance(&|d| d <= margin));
    Some(match kind {
        Kind::Superiority => return None,
        Kind::NonInferiority => Tails { low: worse, high: not_worse },
        Kind::Equivalence => {
            let (better, not_better) = (chance(&|d| d <= -margin), chance(&|d| d >= -margin));
            Tails { low: worse.max(better), high: (2.0 * not_worse.min(not_better)).min(1.0) }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::claim::ClaimFamily;
    use super::super::evidence::Compared;
    use super::*;
    use crate::stats::Scores;

    fn claim(id: &str, kind: &str, direction: &str) -> Claim {
        let test = if kind == "superiority" { "permutation" } else { "bootstrap" };
        let text = format!(
            "track = \"mt\"\ntitle = \"t\"\n[[claim]]\nid = \"{id}\"\nsays = \"It is so.\"\nsource = \"here\"\n\
             transcription = \"own\"\nquantity = \"gap\"\nmethod = \"mos-neuron\"\nagainst = \"sandwich\"\n\
             direction = \"{direction}\"\nkind = \"{kind}\"\nrelevant_effect = {{ loss = 0.1 }}\ntest = \"{test}\"\n\
             level = 0.05\nunit = \"seed\"\nneeds = [\"loss\"]\n"
        );
        ClaimFamily::parse(&text).unwrap().claims.remove(0)
    }

    /// Six subnets and three trainings around a mean difference.
    fn measured(claim: &Claim, centre: f64) -> Result<Measured, String> {
        let row =
            |i: usize| (0..3).map(|j| centre + 0.003 * ((i * 7 + j * 5) % 6) as f64 - 0.0075).collect::<Vec<f64>>();
        let cells = Scores::from_rows(&(0..6).map(row).collect::<Vec<_>>()).unwrap();
        let evidence = Evidence::new(Compared::Differences(cells), claim.direction.sign());
        Ok(Measured { evidence, unit: "loss".to_owned(), coverage: Coverage::default() })
    }

    fn verdict(kind: &str, direction: &str, centre: f64) -> Verdict {
        let claim = claim("mt-a", kind, direction);
        let measured = measured(&claim, centre);
        judge(vec![(claim, measured)]).remove(0).verdict
    }

    #[test]
    fn superiority_is_held_against_nothing() {
        assert_eq!(verdict("superiority", "lower", -0.2), Verdict::Holds);
        assert_eq!(verdict("superiority", "lower", 0.2), Verdict::Fails);
        assert_eq!(verdict("superiority", "lower", 0.0), Verdict::Inconclusive);
        assert_eq!(verdict("superiority", "higher", 0.2), Verdict::Holds);
        assert_eq!(verdict("superiority", "higher", -0.2), Verdict::Fails);
    }

    #[test]
    fn margins_are_held_against_the_interval() {
        let of = |kind: &str| [-0.2, 0.0, 0.0999, 0.2].map(|centre| verdict(kind, "lower", centre));
        let (holds, fails, open) = (Verdict::Holds, Verdict::Fails, Verdict::Inconclusive);
        assert_eq!(of("non-inferiority"), [holds.clone(), holds.clone(), open.clone(), fails.clone()]);
        assert_eq!(of("equivalence"), [fails.clone(), holds, open, fails]);
        assert_eq!(verdict("non-inferiority", "higher", -0.2), Verdict::Fails);
    }

    #[test]
    fn the_family_makes_each_claim_harder_to_decide() {
        let of = |n: usize| {
            let claims = (0..n).map(|i| claim(&format!("mt-{i}"), "superiority", "lower"));
            judge(
                claims
                    .map(|claim| {
                        let m = measured(&claim, -0.2);
                        (claim, m)
                    })
                    .collect(),
            )
            .remove(0)
        };
        // Six subnets can be swapped in 64 ways.
        let (one, four) = (of(1).numbers.unwrap(), of(4).numbers.unwrap());
        assert_eq!(
            (one.p, one.adjusted, four.p, four.adjusted),
            (Some(1.0 / 64.0), Some(1.0 / 64.0), one.p, Some(4.0 / 64.0))
        );
        assert_eq!((of(3).verdict, of(4).verdict), (Verdict::Holds, Verdict::Inconclusive));
        assert!(one.power.unwrap() > 0.9 && four.power == Some(0.0), "{:?} {:?}", one.power, four.power);
    }

    #[test]
    fn what_was_not_tested_says_why_and_stays_in_the_family() {
        let (tested, missing) = (claim("mt-a", "superiority", "lower"), claim("mt-b", "superiority", "lower"));
        let evidence = measured(&tested, -0.2);
        let judged = judge(vec![(tested.clone(), evidence.clone()), (missing, Err("nothing there".to_owned()))]);
        assert_eq!(judged[1].verdict, Verdict::NotTested("nothing there".to_owned()));
        assert_eq!(judged[0].numbers.as_ref().unwrap().adjusted, Some(2.0 / 64.0));
        let in_bleu = evidence.map(|measured| Measured { unit: "bleu".to_owned(), ..measured });
        let judged = judge(vec![(tested, in_bleu)]).remove(0);
        assert_eq!(judged.verdict, Verdict::NotTested("the claim states no relevant effect in bleu".to_owned()));
    }

    #[test]
    fn one_training_gives_direction_and_interval_and_no_p() {
        let claim = claim("mt-a", "superiority", "lower");
        let cells = Scores::from_column(&[-0.1, -0.2, -0.3]).unwrap();
        let evidence = Evidence::new(Compared::Differences(cells), 1.0);
        let measured = Measured { evidence, unit: "loss".to_owned(), coverage: Coverage::default() };
        let judged = judge(vec![(claim, Ok(measured))]).remove(0);
        assert!(matches!(judged.verdict, Verdict::Few { units: 1, in_favour: true, .. }));
        let numbers = judged.numbers.unwrap();
        assert!(numbers.p.is_none() && numbers.power.is_none() && numbers.difference.hi.unwrap() < 0.0);
    }
}
