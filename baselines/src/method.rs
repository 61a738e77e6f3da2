//! The methods under comparison: rows of `WeightSource x SubnetSampler`.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where subnet weights come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightKind {
    /// One set of weights, sliced.
    Shared {
        /// Start the FFN weights as the mean of m draws (a control: the scale of merged experts without experts).
        merged_init: bool,
    },
    /// One mixture of experts per layer (paper: layer-wise MoS).
    LayerWise {
        /// Hold the router's input at 0.5 (a control: experts without architecture information, `fixed-hypernet-input` in MoS's code).
        constant_input: bool,
    },
    /// One mixture of experts per output neuron (paper: neuron-wise MoS).
    NeuronWise {
        /// Hold the router's input at 0.5.
        constant_input: bool,
    },
}

/// Which subnets run in an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplerKind {
    /// Always the one given subnet (from scratch).
    Fixed,
    /// One subnet drawn uniformly (HAT).
    Uniform,
    /// A uniform draw, the largest and the smallest, in this order.
    Sandwich,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Name on the command line and in records.
    pub name: &'static str,
    /// Other accepted names.
    pub aliases: &'static [&'static str],
    /// What the tables call it.
    pub title: &'static str,
    /// Where subnet weights come from.
    pub weights: WeightKind,
    /// Which subnets run in an update.
    pub sampler: SamplerKind,
}

/// Every method; objective and partition are the task loss and the whole network for all of them.
#[rustfmt::skip]
pub const METHODS: &[Method] = &[
    row("scratch", &[], "From scratch", PLAIN, SamplerKind::Fixed),
    row("hat", &["single-path"], "HAT-style (single path)", PLAIN, SamplerKind::Uniform),
    row("sandwich", &[], "Supernet (sandwich)", PLAIN, SamplerKind::Sandwich),
    row("mos-layer", &[], "Layer-wise MoS", WeightKind::LayerWise { constant_input: false }, SamplerKind::Sandwich),
    row("mos-neuron", &[], "Neuron-wise MoS", WeightKind::NeuronWise { constant_input: false }, SamplerKind::Sandwich),
    row("mos-layer-const", &[], "Control: layer-wise, constant router input", WeightKind::LayerWise { constant_input: true }, SamplerKind::Sandwich),
    row("mos-neuron-const", &[], "Control: neuron-wise, constant router input", WeightKind::NeuronWise { constant_input: true }, SamplerKind::Sandwich),
    row("sandwich-merged-init", &[], "Control: sandwich, FFN starts as a mean of draws", WeightKind::Shared { merged_init: true }, SamplerKind::Sandwich),
];

const PLAIN: WeightKind = WeightKind::Shared { merged_init: false };

const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    title: &'static str,
    weights: WeightKind,
    sampler: SamplerKind,
) -> Method {
    Method { name, aliases, title, weights, sampler }
}

impl Method {
    /// Looks a method up by name or alias; an unknown name is answered with the nearest known one.
    pub fn find(name: &str) -> Result<&'static Method> {
        METHODS.iter().find(|m| m.name == name || m.aliases.contains(&name)).ok_or_else(|| {
            let nearest = METHODS
                .iter()
                .flat_map(|m| m.aliases.iter().chain(std::iter::once(&m.name)))
                .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)))
                .expect("the table is not empty");
            Error::UnknownMethod {
                name: name.to_string(),
                nearest: (*nearest).to_string(),
                known: METHODS.iter().map(|m| m.name).collect::<Vec<_>>().join(", "),
            }
        })
    }

    /// Subnet passes of each batch in one update.
    pub fn passes(&self) -> usize {
        match self.sampler {
            SamplerKind::Fixed | SamplerKind::Uniform => 1,
            SamplerKind::Sandwich => 3,
        }
    }
}

/// Settings of the methods that have experts (and of `sandwich-merged-init`, whose draws are as many).
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
}
