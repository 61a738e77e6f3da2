//! Reads the table of methods: what anyone asks of a method stands in one row of `methods.toml`.
//!
//! A method is a composition, `WeightSource x SubnetSampler x Objective x Partition`, never a fork of the trainer.

use std::sync::LazyLock;

use mos_base::names::nearest;
use mos_base::text::parse_toml;
use serde::{Deserialize, Serialize};

use crate::error::MethodError;

/// How many mixtures a layer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// A layer has one mixture.
    Layer,
    /// Each output neuron has a mixture.
    Neuron,
}

/// Where subnet weights come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum WeightKind {
    /// They are sliced from one set of weights.
    Shared {
        /// Whether to start the weights that would have experts as the mean of m draws. It is a control: the scale of
        /// merged experts without experts.
        #[serde(default, rename = "merged-init")]
        merged_init: bool,
    },
    /// They are mixed from experts, with one mixture a layer (paper: layer-wise MoS).
    LayerWise {
        /// Whether to hold the router's input at 0.5. It is a control: experts without architecture information,
        /// `fixed-hypernet-input` in MoS's code.
        #[serde(default, rename = "constant-input")]
        constant_input: bool,
    },
    /// They are mixed from experts, with one mixture an output neuron (paper: neuron-wise MoS).
    NeuronWise {
        /// Whether to hold the router's input at 0.5.
        #[serde(default, rename = "constant-input")]
        constant_input: bool,
    },
}

impl WeightKind {
    /// Returns how fine the mixtures are; none where there are no experts.
    pub fn grain(self) -> Option<Grain> {
        match self {
            WeightKind::Shared { .. } => None,
            WeightKind::LayerWise { .. } => Some(Grain::Layer),
            WeightKind::NeuronWise { .. } => Some(Grain::Neuron),
        }
    }

    /// Says whether the routers see a constant in place of the architecture.
    pub fn has_constant_input(self) -> bool {
        matches!(self, WeightKind::LayerWise { constant_input: true } | WeightKind::NeuronWise { constant_input: true })
    }
}

/// Which subnets run in an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SamplerKind {
    /// The one given subnet always runs (from scratch).
    Fixed,
    /// One subnet runs, drawn uniformly (HAT).
    Uniform,
    /// Three subnets run: a uniform draw, the largest and the smallest, in this order.
    Sandwich,
    /// Four subnets run: two uniform draws, the largest and the smallest, in this order (AutoDistil).
    SandwichOfTwo,
    /// One subnet runs, each of its blocks drawn uniformly from a pool that shrinks as training goes on (NAS-BERT).
    ShrinkingPools,
}

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// The loss of the track's own task is minimised.
    TaskLoss,
    /// The difference from a teacher's relations between tokens is minimised (AutoDistil).
    RelationDistillation,
    /// The difference from the outputs of a teacher's blocks is minimised, each block on its own (NAS-BERT).
    BlockDistillation,
}

/// What one training trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Partition {
    /// The whole network is trained.
    Whole,
    /// There is a network for each of some disjoint spaces, which differ in size (AutoDistil).
    BySize,
    /// Blocks are trained side by side, and none depends on another (NAS-BERT).
    Blocks,
}

/// What is shown by a control that shares a method's gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Without {
    /// The gain comes without routing by architecture. A gain is credited only where this control ran.
    Routing,
    /// The gain comes without experts, from their smaller scale at the start.
    Experts,
}

/// The part that a method plays in the study.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Role {
    /// It is training from scratch, from which every gap is measured.
    Reference,
    /// It is what the proposed methods are compared with. Baselines of rank 1 share weights as the proposed methods do,
    /// save for what these propose.
    Baseline {
        /// Place in the order of comparisons.
        rank: usize,
    },
    /// It is a method of the paper.
    Proposed,
    /// It is a method that lacks what a proposed one proposes.
    Control {
        /// The methods that it controls.
        of: Vec<String>,
        /// What it lacks.
        without: Without,
    },
    /// It is a method of another paper on spaces of its own: its nets stand beside those of the same size, and no subnet of
    /// it is compared with the run's.
    Guest,
}

/// The shape of a method's points in plots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Marker {
    /// A filled circle.
    Circle,
    /// A filled square.
    Square,
    /// A filled triangle that points up.
    Triangle,
    /// A filled triangle that points down.
    TriangleDown,
    /// A filled square on its corner.
    Diamond,
    /// Two strokes, upright and level.
    Plus,
    /// Two strokes, both diagonal.
    Cross,
    /// Three strokes through one point.
    Star,
}

/// How a method is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Colour as `#rrggbb`.
    pub colour: String,
    /// Shape of its points, by which it is told apart without colour.
    pub marker: Marker,
}

/// One row of the table of methods.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Name on the command line and in records.
    pub name: String,
    /// Other accepted names.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What the tables call it.
    pub title: String,
    /// What it is, in a line.
    pub description: String,
    /// Where subnet weights come from.
    pub weights: WeightKind,
    /// Which subnets run in an update.
    pub sampler: SamplerKind,
    /// What is minimised.
    pub objective: Objective,
    /// What one training trains.
    pub partition: Partition,
    /// The part that it plays.
    pub role: Role,
    /// The method whose peak learning rate it takes where a profile has none of its own for it.
    #[serde(default, rename = "rate-of")]
    pub rate_of: Option<String>,
    /// How it is drawn.
    pub look: Look,
}

/// The layout of the table's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    method: Vec<Method>,
}

const TABLE: &str = include_str!("../methods.toml");

static METHODS: LazyLock<Vec<Method>> = LazyLock::new(|| {
    let mut methods = rows("methods.toml", TABLE);
    if let Some((path, text)) = extra() {
        methods.extend(rows(&path, &text));
    }
    check(&methods).unwrap_or_else(|reason| panic!("the table of methods: {reason}"));
    methods
});

fn rows(file: &str, text: &str) -> Vec<Method> {
    let Rows { method } = parse_toml(text).unwrap_or_else(|error| panic!("{file}: {error}"));
    method
}

/// Returns rows beside the table's own, which only a program built for tests reads.
fn extra() -> Option<(String, String)> {
    if !cfg!(feature = "extra-methods") {
        return None;
    }
    let path = std::env::var("MOS_EXTRA_METHODS").ok()?;
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("MOS_EXTRA_METHODS={path}: {error}"));
    Some((path, text))
}

/// Checks the rows against each other.
fn check(methods: &[Method]) -> Result<(), String> {
    let names: Vec<&str> = methods.iter().flat_map(Method::names).collect();
    if let Some(twice) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        return Err(format!("the name `{}` stands twice", twice.1));
    }
    if methods.iter().filter(|m| m.role == Role::Reference).count() != 1 {
        return Err("one method, and one alone, is the reference".to_string());
    }
    for method in methods {
        if let Role::Control { of, .. } = &method.role
            && let Some(unknown) = of.iter().find(|name| !methods.iter().any(|m| m.name == **name))
        {
            return Err(format!("`{}` controls `{unknown}`, which is no method", method.name));
        }
        if let Some(unknown) = method.rate_of.iter().find(|name| !methods.iter().any(|m| m.name == **name)) {
            return Err(format!("`{}` takes the rate of `{unknown}`, which is no method", method.name));
        }
        if (method.role == Role::Guest) != (method.partition != Partition::Whole) {
            return Err(format!("`{}`: a guest, and a guest alone, trains parts on spaces of its own", method.name));
        }
        if method.look.rgb().is_none() {
            return Err(format!("`{}`: the colour {} is not #rrggbb", method.name, method.look.colour));
        }
    }
    Ok(())
}

/// Returns every method, in the table's order.
pub fn all() -> &'static [Method] {
    &METHODS
}

/// Returns the row of training from scratch.
pub fn reference() -> &'static Method {
    all().iter().find(|m| m.role == Role::Reference).expect("checked when the table was read")
}

/// Goes through the methods that the paper proposes.
pub fn proposed() -> impl Iterator<Item = &'static Method> {
    all().iter().filter(|m| m.role == Role::Proposed)
}

/// Returns the baselines by rank.
pub fn baselines() -> Vec<&'static Method> {
    let rank = |m: &&Method| match m.role {
        Role::Baseline { rank } => Some(rank),
        _ => None,
    };
    let mut baselines: Vec<&Method> = all().iter().filter(|m| rank(m).is_some()).collect();
    baselines.sort_by_key(rank);
    baselines
}

/// Goes through the controls of a method in the table's order, with what each lacks.
pub fn controls_of(name: &str) -> impl Iterator<Item = (&'static Method, Without)> + '_ {
    all().iter().filter_map(move |method| match &method.role {
        Role::Control { of, without } if of.iter().any(|controlled| controlled == name) => Some((method, *without)),
        _ => None,
    })
}

impl Method {
    /// Looks a method up by name or alias.
    ///
    /// # Errors
    /// Fails if there is none; the nearest known name is given.
    pub fn find(name: &str) -> Result<&'static Method, MethodError> {
        let found = all().iter().find(|m| m.names().any(|known| known == name));
        found.ok_or_else(|| {
            let known: Vec<&str> = all().iter().flat_map(Method::names).collect();
            MethodError {
                name: name.to_string(),
                nearest: nearest(name, &known).to_string(),
                known: all().iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", "),
            }
        })
    }

    /// Goes through its name and aliases.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.aliases.iter().chain(std::iter::once(&self.name)).map(String::as_str)
    }

    /// Says whether its supernets are of the run's space, so that subnets can be compared one by one.
    pub fn is_of_the_space(&self) -> bool {
        self.role != Role::Guest
    }

    /// Says whether it is training from scratch.
    pub fn is_reference(&self) -> bool {
        self.role == Role::Reference
    }

    /// Returns the number of subnet passes of each batch in one update.
    pub fn passes(&self) -> usize {
        match self.sampler {
            SamplerKind::Fixed | SamplerKind::Uniform | SamplerKind::ShrinkingPools => 1,
            SamplerKind::Sandwich => 3,
            SamplerKind::SandwichOfTwo => 4,
        }
    }
}

impl Look {
    /// Returns the colour's red, green and blue; none where it is not written as `#rrggbb`.
    pub fn rgb(&self) -> Option<(u8, u8, u8)> {
        let digits = self.colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let part = |i: usize| u8::from_str_radix(digits.get(i..i + 2)?, 16).ok();
        Some((part(0)?, part(2)?, part(4)?))
    }
}

/// Settings of the methods that have experts (and of controls that start as a mean of as many draws).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodSettings {
    /// Experts of a layer, m.
    pub experts: i64,
    /// Hidden width of a router, h.
    pub router_width: i64,
    /// Dropout after the router's ReLU while training.
    pub router_dropout: f64,
}

impl Default for MethodSettings {
    fn default() -> Self {
        MethodSettings { experts: 2, router_width: 128, router_dropout: 0.1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_found_and_unknown_names_are_answered_with_the_nearest() {
        assert_eq!(Method::find("single-path").unwrap().name, "hat");
        let error = Method::find("mos-layr").unwrap_err().to_string();
        assert!(error.contains("did you mean `mos-layer`"), "{error}");
    }

    #[test]
    fn roles_are_read_off_the_table() {
        assert_eq!(reference().name, "scratch");
        assert_eq!(baselines().iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["sandwich", "hat"]);
        assert_eq!(proposed().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["mos-layer", "mos-neuron"]);
        let controls: Vec<_> = controls_of("mos-layer").map(|(m, without)| (m.name.as_str(), without)).collect();
        assert_eq!(controls, [("mos-layer-const", Without::Routing), ("sandwich-merged-init", Without::Experts)]);
        assert!(Method::find("mos-neuron-const").unwrap().weights.has_constant_input());
    }

    #[test]
    fn rows_that_contradict_each_other_are_refused() {
        let change = |change: &dyn Fn(&mut Vec<Method>)| {
            let mut methods = all().to_vec();
            change(&mut methods);
            check(&methods).unwrap_err()
        };
        assert!(change(&|m| m[1].aliases.push("scratch".into())).contains("`scratch` stands twice"));
        assert!(change(&|m| m[0].role = Role::Proposed).contains("reference"));
        assert!(change(&|m| m[2].look.colour = "blue".into()).contains("blue"));
        let lost = Role::Control { of: vec!["mos".into()], without: Without::Routing };
        assert!(change(&|m| m[3].role = lost.clone()).contains("`mos`"));
    }
}
