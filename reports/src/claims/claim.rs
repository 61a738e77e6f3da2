//! A claim is data: what is said of which methods, by which quantity, and what it takes to believe it.

use std::collections::BTreeMap;

use mos_base::names::nearest;
use mos_base::text::parse_toml;
use mos_plan::metric::UnknownMetric;
use mos_plan::{Metric, Track};
use mos_spaces::Method;
use serde::Deserialize;

use super::quantity::Quantity;

/// The families that this program ships.
const FAMILIES: [(&str, &str); 14] = [
    ("mt-gap.toml", include_str!("../../claims/mt-gap.toml")),
    ("mt-gap-second.toml", include_str!("../../claims/mt-gap-second.toml")),
    ("mt-control.toml", include_str!("../../claims/mt-control.toml")),
    ("mt-retraining.toml", include_str!("../../claims/mt-retraining.toml")),
    ("mt-front.toml", include_str!("../../claims/mt-front.toml")),
    ("mt-total-cost.toml", include_str!("../../claims/mt-total-cost.toml")),
    ("mt-rank.toml", include_str!("../../claims/mt-rank.toml")),
    ("mt-cost.toml", include_str!("../../claims/mt-cost.toml")),
    ("bert-gap.toml", include_str!("../../claims/bert-gap.toml")),
    ("bert-control.toml", include_str!("../../claims/bert-control.toml")),
    ("bert-tasks.toml", include_str!("../../claims/bert-tasks.toml")),
    ("bert-rank.toml", include_str!("../../claims/bert-rank.toml")),
    ("bert-cost.toml", include_str!("../../claims/bert-cost.toml")),
    ("bert-baselines.toml", include_str!("../../claims/bert-baselines.toml")),
];

/// The claims of one file. Their p values are adjusted for each other, so that a further claim makes the others harder
/// to decide.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimFamily {
    /// The track that they are about.
    pub track: Track,
    /// What they have in common, as the heading of their evidence.
    pub title: String,
    /// The claims.
    #[serde(rename = "claim")]
    pub claims: Vec<Claim>,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Its name, by which it is cited.
    pub id: String,
    /// The claim in one sentence.
    pub says: String,
    /// Where it is made: a section or a table of the paper, or this harness.
    pub source: String,
    /// How well the source is known.
    pub transcription: Transcription,
    /// The published figures, where there are some.
    pub published: Option<String>,
    /// By what the methods are compared.
    pub quantity: Quantity,
    /// The method that something is claimed of.
    pub method: String,
    /// What it is compared with.
    pub against: String,
    /// Whether the method's value is claimed to be the lower or the higher one.
    pub direction: Side,
    /// What is claimed of the difference.
    pub kind: Kind,
    /// The difference that matters, by the unit in which it is measured: the margin of a claim of non-inferiority or of
    /// equivalence, and the smallest effect of interest of one of superiority.
    pub relevant_effect: BTreeMap<String, f64>,
    /// How it is tested.
    pub test: Test,
    /// An adjusted p value below this is evidence.
    pub level: f64,
    /// What is repeated, and so counts as one piece of evidence.
    pub unit: Unit,
    /// Of what a run must hold records.
    pub needs: Vec<Need>,
    /// The claim that has to hold before this one is asked.
    pub after: Option<String>,
}

/// What a claim needs records of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Need {
    /// The quality by which the run compares methods.
    Primary,
    /// This metric.
    Of(Metric),
}

impl TryFrom<String> for Need {
    type Error = UnknownMetric;

    fn try_from(name: String) -> Result<Need, UnknownMetric> {
        if name == "primary" { Ok(Need::Primary) } else { name.parse().map(Need::Of) }
    }
}

/// How well the source of a claim is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transcription {
    /// The claim was read in the source, or its numbers were recomputed from the authors' data.
    Verified,
    /// The claim was written down from memory or from a second hand.
    Unverified,
    /// This harness makes it, to see whether a gain is what it seems.
    Own,
}

impl Transcription {
    /// Gives the words that stand beside the source; none where it is known.
    pub fn words(self) -> &'static str {
        match self {
            Transcription::Verified | Transcription::Own => "",
            Transcription::Unverified => "unverified transcription",
        }
    }
}

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The lower value.
    Lower,
    /// The higher value.
    Higher,
}

impl Side {
    /// Gives the factor by which a difference is turned, so that below 0 is in the claim's favour.
    pub fn sign(self) -> f64 {
        match self {
            Side::Lower => 1.0,
            Side::Higher => -1.0,
        }
    }
}

/// What is claimed of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The method is better.
    Superiority,
    /// The method is not worse by the margin.
    NonInferiority,
    /// The two differ by less than the margin, either way.
    Equivalence,
}

impl Kind {
    /// Gives the word that stands in a table.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Superiority => "superiority",
            Kind::NonInferiority => "non-inferiority",
            Kind::Equivalence => "equivalence",
        }
    }

    /// Tells whether the relevant effect is a margin.
    pub fn has_margin(self) -> bool {
        self != Kind::Superiority
    }
}

/// How a claim is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// The two methods are swapped within subnets, and a t test asks the same of the units: the larger p counts.
    Permutation,
    /// A t test over units alone, of a quantity that has one value a unit.
    Units,
    /// Subnets and units are redrawn, and the difference is held against the margin.
    Bootstrap,
}

impl Test {
    /// Gives the words that stand in a table.
    pub fn words(self) -> &'static str {
        match self {
            Test::Permutation => "permutation within subnets, and t test over trainings",
            Test::Units => "t test over repetitions",
            Test::Bootstrap => "paired bootstrap against the margin",
        }
    }
}

/// What counts as one piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A training of the supernets: subnets of one supernet share it.
    Seed,
    /// A timing, taken alone on the machine.
    Timing,
}

/// Gives the families of a track, in the order of the report.
///
/// # Panics
/// This panics when a shipped file is damaged, which a test rules out.
pub fn families(track: Track) -> Vec<ClaimFamily> {
    let read = FAMILIES.iter().map(|(name, text)| ClaimFamily::parse(text).unwrap_or_else(|e| panic!("{name}: {e}")));
    read.filter(|family| family.track == track).collect()
}

impl ClaimFamily {
    /// Reads a file of claims.
    ///
    /// # Errors
    /// This fails, in one line that names the claim, when the file is no such file or a claim is none that can be judged.
    pub fn parse(text: &str) -> Result<ClaimFamily, String> {
        let family: ClaimFamily = parse_toml(text).map_err(|error| error.to_string())?;
        if family.claims.is_empty() {
            return Err("it holds no claim".to_owned());
        }
        for (i, claim) in family.claims.iter().enumerate() {
            if family.claims[..i].iter().any(|other| other.id == claim.id) {
                return Err(format!("claim {}: its id stands twice", claim.id));
            }
            claim.check().map_err(|reason| format!("claim {}: {reason}", claim.id))?;
        }
        Ok(family)
    }
}

impl Claim {
    fn check(&self) -> Result<(), String> {
        for name in [&self.method, &self.against] {
            let method = Method::find(name).map_err(|error| error.to_string())?;
            if method.is_reference() {
                return Err(format!("{name} is what gaps are measured to, not a compared method"));
            }
        }
        if self.method == self.against {
            return Err(format!("{} is compared with itself", self.method));
        }
        if self.relevant_effect.is_empty() {
            let what = if self.kind.has_margin() { "margin" } else { "smallest effect of interest" };
            return Err(format!("a claim of {} needs a {what}: give `relevant_effect`", self.kind.word()));
        }
        for (unit, effect) in &self.relevant_effect {
            self.check_unit(unit)?;
            if !effect.is_finite() || *effect <= 0.0 {
                return Err(format!("`relevant_effect.{unit}` is {effect}, and has to be above 0"));
            }
        }
        if !(self.level > 0.0 && self.level < 0.5) {
            return Err(format!("`level` is {}, and has to lie between 0 and 0.5", self.level));
        }
        let fitting = match self.kind {
            Kind::Superiority if self.quantity.has_subnets() => Test::Permutation,
            Kind::Superiority => Test::Units,
            Kind::NonInferiority | Kind::Equivalence => Test::Bootstrap,
        };
        if self.test != fitting {
            return Err(format!("a claim of {} by {} has another test", self.kind.word(), self.quantity.name()));
        }
        Ok(())
    }

    fn check_unit(&self, unit: &str) -> Result<(), String> {
        let known = self.quantity.units();
        if known.iter().any(|known| known == unit) {
            return Ok(());
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = nearest(unit, &known);
        Err(format!(
            "`relevant_effect` is given in `{unit}`, which {} has not; did you mean `{hint}`?",
            self.quantity.name()
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_shipped_family_is_read_and_ids_are_unique() {
        let mut ids = BTreeSet::new();
        for track in Track::ALL {
            for claim in families(*track).into_iter().flat_map(|family| family.claims) {
                assert!(claim.id.starts_with(track.name()), "{}", claim.id);
                assert!(claim.says.ends_with('.') && !claim.source.is_empty(), "{}", claim.id);
                assert!(ids.insert(claim.id.clone()), "{} stands twice", claim.id);
            }
        }
        let shipped: BTreeSet<String> = FAMILIES.iter().map(|(name, _)| (*name).to_owned()).collect();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("claims");
        let there = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        assert_eq!(there.collect::<BTreeSet<_>>(), shipped, "every file of claims is shipped");
    }

    const FAMILY: &str = r#"
        track = "mt"
        title = "Gap"
        [[claim]]
        id = "mt-x"
        says = "It is so."
        source = "here"
        transcription = "own"
        quantity = "gap"
        method = "mos-neuron"
        against = "sandwich"
        direction = "lower"
        kind = "superiority"
        relevant_effect = { loss = 0.02 }
        test = "permutation"
        level = 0.05
        unit = "seed"
        needs = ["primary", "loss"]
    "#;

    #[test]
    fn a_claim_that_cannot_be_judged_is_refused_in_one_line() {
        assert_eq!(ClaimFamily::parse(FAMILY).unwrap().claims[0].relevant_effect["loss"], 0.02);
        let refused = |from: &str, to: &str, part: &str| {
            assert!(FAMILY.contains(from), "{from}");
            let error = ClaimFamily::parse(&FAMILY.replace(from, to)).unwrap_err();
            assert!(error.contains(part) && !error.contains('\n'), "{error}");
        };
        refused("\"gap\"", "\"gaps\"", "gaps");
        refused("{ loss = 0.02 }", "{}", "needs a smallest effect of interest");
        refused(
            "\"superiority\"\n        relevant_effect = { loss = 0.02 }",
            "\"non-inferiority\"\n relevant_effect = {}",
            "claim mt-x: a claim of non-inferiority needs a margin",
        );
        refused("loss = 0.02", "los = 0.02", "did you mean `loss`?");
        refused("loss = 0.02", "loss = -1.0", "above 0");
        refused("\"sandwich\"", "\"sandwhich\"", "sandwich");
        refused("\"sandwich\"", "\"scratch\"", "scratch");
        refused("\"sandwich\"", "\"mos-neuron\"", "itself");
        refused("0.05", "0.7", "`level`");
        refused("\"permutation\"", "\"bootstrap\"", "another test");
        refused("\"primary\", \"loss\"", "\"lss\"", "lss");
        refused("level = 0.05", "level = 0.05\nmore = 1", "more");
        let twice = format!("{FAMILY}{}", &FAMILY[FAMILY.find("[[claim]]").unwrap()..]);
        assert!(ClaimFamily::parse(&twice).unwrap_err().contains("twice"));
        assert!(ClaimFamily::parse("track = \"mt\"\ntitle = \"t\"\nclaim = []").unwrap_err().contains("no claim"));
    }
}
