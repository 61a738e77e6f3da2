//! Says what a mixture of supernets adds to a plain supernet: further experts, and the routers that mix them.
//!
//! The routers of all layers of a stack that mix the same kind of weight have equal shapes and stand stacked in one
//! parameter, a bank. Layer-wise there is one bank a stack, whose routers give one mixture a layer; neuron-wise there
//! is one for each part of a layer, whose routers give a mixture for each output neuron.

use crate::layout::Layout;
use crate::method::{Grain, MethodSettings, WeightKind};
use crate::params::{Init, ParamSpec, RouterStart};

/// A bank of routers `Linear(features -> h), ReLU, Dropout, Linear(h -> groups x m)`, one for each layer of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankShape {
    /// The stack.
    pub stack: &'static str,
    /// The part of a layer, where each has a bank of its own.
    pub part: Option<&'static str>,
    /// Layers of the stack.
    pub layers: i64,
    /// Length of the architecture encoding.
    pub features: i64,
    /// Hidden width h of a router.
    pub width: i64,
    /// Number of groups that get a mixture of their own: 1 layer-wise, the output neurons neuron-wise.
    pub groups: i64,
    /// Number of experts, m.
    pub experts: i64,
    /// How the last layer of its routers starts, where each has a mixture a neuron.
    pub router: RouterStart,
}

/// Says whether a bank mixes these parameters.
fn mixes(stack: &str, part: Option<&str>, spec: &ParamSpec) -> bool {
    spec.expert.as_ref().is_some_and(|slot| slot.stack == stack && part.is_none_or(|part| part == slot.part))
}

/// Returns the active layers and the groups of a bank in a network of these parameters.
pub fn active(grain: Grain, stack: &str, part: Option<&str>, specs: &[ParamSpec]) -> (i64, i64) {
    let mixed = || specs.iter().filter(|spec| mixes(stack, part, spec));
    let layers = mixed().filter_map(|spec| spec.expert.as_ref()).map(|slot| slot.layer + 1).max().unwrap_or(0);
    let groups = match grain {
        Grain::Layer => 1,
        Grain::Neuron => mixed().map(|spec| spec.shape[0]).max().unwrap_or(0),
    };
    (layers as i64, groups)
}

/// Lists the banks of a supernet whose widest subnet has these parameters, in the order of their stacks and parts.
pub fn banks(grain: Grain, settings: &MethodSettings, features: usize, widest: &[ParamSpec]) -> Vec<BankShape> {
    let mut banks: Vec<BankShape> = Vec::new();
    for slot in widest.iter().filter_map(|spec| spec.expert.as_ref()) {
        let (stack, part) = (slot.stack, (grain == Grain::Neuron).then_some(slot.part));
        if banks.iter().any(|bank| bank.stack == stack && bank.part == part) {
            continue;
        }
        let (layers, groups) = active(grain, stack, part, widest);
        banks.push(BankShape {
            stack,
            part,
            layers,
            features: features as i64,
            width: settings.router_width,
            groups,
            experts: settings.experts,
            router: slot.router,
        });
    }
    banks
}

impl BankShape {
    /// Returns the outputs of each router.
    pub fn outputs(&self) -> i64 {
        self.groups * self.experts
    }

    /// Lists the bank's parameters: weight and bias of the hidden layer, then of the layer that gives the logits.
    ///
    /// Layer-wise routers start like torch's `Linear`; the second layer of neuron-wise ones starts as the layout says,
    /// with a zero bias (MoS's released code).
    pub fn specs(&self) -> [ParamSpec; 4] {
        let default = |fan_in: i64| Init::Uniform { bound: 1.0 / (fan_in as f64).sqrt() };
        let logits = match self.part {
            None => [default(self.width), default(self.width)],
            Some(_) => [self.router.init(self.outputs(), self.width), Init::Uniform { bound: 0.0 }],
        };
        let name = match self.part {
            None => self.stack.to_string(),
            Some(part) => format!("{}.{part}", self.stack),
        };
        let spec = |part: &str, shape: &[i64], init| ParamSpec::new(format!("router.{name}.{part}"), shape, init);
        let decay = self.router.decays_biases();
        let bias = |part: &str, shape: &[i64], init| ParamSpec { decay, ..spec(part, shape, init) };
        let (layers, width, outputs) = (self.layers, self.width, self.outputs());
        [
            spec("hidden.weight", &[layers, width, self.features], default(self.features)),
            bias("hidden.bias", &[layers, width], default(self.features)),
            spec("logits.weight", &[layers, outputs, width], logits[0]),
            bias("logits.bias", &[layers, outputs], logits[1]),
        ]
    }
}

/// Returns the name of an expert's parameter; expert 0 is the shared weight itself.
pub fn expert_name(expert: i64, name: &str) -> String {
    if expert == 0 { name.to_string() } else { format!("expert.{expert}.{name}") }
}

/// Lists the parameters that a mixture adds: experts 1 and up, then routers.
pub fn added(banks: &[BankShape], settings: &MethodSettings, widest: &[ParamSpec]) -> Vec<ParamSpec> {
    let mixed = || widest.iter().filter(|spec| spec.expert.is_some());
    let expert = |e: i64| mixed().map(move |spec| ParamSpec { name: expert_name(e, &spec.name), ..spec.clone() });
    (1..settings.experts).flat_map(expert).chain(banks.iter().flat_map(BankShape::specs)).collect()
}

/// Lists the parameters of a supernet: those of the widest subnet, then experts and routers.
pub fn supernet_specs(layout: &dyn Layout, weights: WeightKind, settings: &MethodSettings) -> Vec<ParamSpec> {
    let space = layout.space();
    let mut specs = layout.shared();
    if let Some(grain) = weights.grain() {
        let banks = banks(grain, settings, space.feature_norm.len(), &specs);
        let added = added(&banks, settings, &specs);
        specs.extend(added);
    }
    specs
}
