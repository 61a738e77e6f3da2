//! Lays out the parameters of a dense BERT encoder with its masked-LM head.

use std::collections::HashSet;

use mos_base::specials::PAD;

use super::blocks;
use super::view::{BertArch, Part, Step};
use crate::arch::Arch;
use crate::layout::Layout;
use crate::params::{Init, ParamSpec, RouterStart, Slot};
use crate::space::SearchSpace;

/// Types of segment: BERT tells the two texts of a pair apart.
const SEGMENTS: i64 = 2;

/// The layout of a space's networks over a vocabulary.
#[derive(Clone, Debug)]
pub struct BertLayout {
    space: SearchSpace,
    vocab: i64,
}

impl BertLayout {
    /// Makes the layout of `space`, which is of one of BERT's families, over `vocab` embedding rows.
    pub fn new(space: &SearchSpace, vocab: i64) -> BertLayout {
        BertLayout { space: space.clone(), vocab }
    }
}

impl Layout for BertLayout {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn vocab(&self) -> i64 {
        self.vocab
    }

    /// Bottlenecks are not merged. The first values are BERT's: weights N(0, `init_std`^2) with a zero row for padding,
    /// zero biases, unit norms; bottlenecks start as identities, so that a supernet starts as BERT (SuperShaper). Biases
    /// and norms are not decayed. Feed-forward layers alone have experts (MoS's released BERT models). The decoder is the
    /// word embedding `[vocab, stream]`, with the bias `head.bias`.
    fn specs(&self, arch: &Arch) -> Vec<ParamSpec> {
        let net = BertArch::of(&self.space, arch);
        let mut specs = Specs { std: self.space.bert().init_std, list: Vec::new() };
        specs.embeddings(self.vocab, self.space.max_positions, net.stream);
        specs.steps(&net.steps);
        specs.head(self.vocab, net.stream);
        specs.list
    }

    /// Blocks share nothing between widths and operations: every block of every width has its maps, and each of its places
    /// all operations (NAS-BERT). Elsewhere they are the parameters of the largest subnet.
    fn shared(&self) -> Vec<ParamSpec> {
        let Some(stream) = self.space.bert().stream else { return self.specs(&self.space.largest()) };
        let mut specs = Specs { std: self.space.bert().init_std, list: Vec::new() };
        specs.embeddings(self.vocab, self.space.max_positions, stream);
        for arch in blocks::covering(&self.space) {
            specs.steps(&BertArch::of(&self.space, &arch).steps);
        }
        specs.head(self.vocab, stream);
        let mut known = HashSet::new();
        specs.list.retain(|spec| known.insert(spec.name.clone()));
        specs.list
    }
}

/// Collects parameters.
struct Specs {
    std: f64,
    list: Vec<ParamSpec>,
}

impl Specs {
    fn embeddings(&mut self, vocab: i64, positions: i64, width: i64) {
        let words = Init::Normal { std: self.std, zero_row: Some(i64::from(PAD)) };
        self.list.push(ParamSpec { tied: true, ..ParamSpec::new("embed.word.weight", &[vocab, width], words) });
        self.weight("embed.position.weight", &[positions, width]);
        self.weight("embed.type.weight", &[SEGMENTS, width]);
        self.norm("embed.norm", width);
    }

    fn head(&mut self, vocab: i64, width: i64) {
        self.linear("head.transform", width, width);
        self.norm("head.norm", width);
        self.bias("head.bias", vocab);
    }

    fn steps(&mut self, steps: &[Step]) {
        for (i, step) in steps.iter().enumerate() {
            let leads_in = steps.get(i + 1).is_some_and(|next| next.layer == step.layer);
            self.step(step, leads_in);
        }
    }

    /// Adds the parameters of a step; a map leads into its layer or out of it.
    fn step(&mut self, step: &Step, leads_in: bool) {
        let of_layer = |part: &str| match step.own {
            Some(width) => format!("layer.{}.{width}.{part}", step.layer),
            None => format!("layer.{}.{part}", step.layer),
        };
        match step.part {
            Part::Map { inputs, outputs } => {
                self.map(&of_layer(if leads_in { "in" } else { "out" }), outputs, inputs);
            }
            Part::Attention { width, projection, .. } => {
                for part in ["self.q", "self.k", "self.v"] {
                    self.linear(&of_layer(part), projection, width);
                }
                self.linear(&of_layer("self.out"), width, projection);
                self.norm(&of_layer("self_norm"), width);
            }
            Part::FeedForward { width, hidden } => {
                for (part, rows, columns) in [("fc1", hidden, width), ("fc2", width, hidden)] {
                    let router = RouterStart::Bert;
                    let slot = Slot { stack: "encoder", layer: step.layer, part, router };
                    let affine = self.linear(&of_layer(part), rows, columns);
                    affine.iter_mut().for_each(|spec| spec.expert = step.own.is_none().then(|| slot.clone()));
                }
                self.norm(&of_layer("ffn_norm"), width);
            }
            Part::Convolution { width, kernel } => {
                let of_kernel = |part: &str| of_layer(&format!("conv{kernel}{part}"));
                self.weight(&of_kernel(".depth.weight"), &[width, 1, kernel]);
                self.bias(&of_kernel(".depth.bias"), width);
                self.linear(&of_kernel(".point"), width, width);
                self.norm(&of_kernel("_norm"), width);
            }
        }
    }

    fn weight(&mut self, name: &str, shape: &[i64]) {
        self.list.push(ParamSpec::new(name, shape, Init::Normal { std: self.std, zero_row: None }));
    }

    fn bias(&mut self, name: &str, rows: i64) {
        self.undecayed(name, rows, Init::Zeros);
    }

    fn undecayed(&mut self, name: &str, rows: i64, init: Init) {
        self.list.push(ParamSpec { decay: false, ..ParamSpec::new(name, &[rows], init) });
    }

    /// Adds weight and bias, and returns them.
    fn linear(&mut self, name: &str, rows: i64, columns: i64) -> &mut [ParamSpec] {
        self.weight(&format!("{name}.weight"), &[rows, columns]);
        self.bias(&format!("{name}.bias"), rows);
        let added = self.list.len() - 2;
        &mut self.list[added..]
    }

    fn map(&mut self, name: &str, rows: i64, columns: i64) {
        self.linear(name, rows, columns)[0].init = Init::Identity;
    }

    fn norm(&mut self, name: &str, width: i64) {
        self.undecayed(&format!("{name}.weight"), width, Init::Ones);
        self.bias(&format!("{name}.bias"), width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smallest(name: &str) -> (SearchSpace, Vec<ParamSpec>) {
        let space = SearchSpace::find(name).unwrap();
        let specs = BertLayout::new(&space, 100).specs(&space.smallest());
        (space, specs)
    }

    fn shape<'a>(specs: &'a [ParamSpec], name: &str) -> &'a [i64] {
        &specs.iter().find(|spec| spec.name == name).unwrap_or_else(|| panic!("{name}")).shape
    }

    #[test]
    fn the_parameters_stand_in_the_order_of_computation() {
        let (_, specs) = smallest("bert-v1-smoke");
        let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
        let words = |part: &str| {
            let start = names.iter().position(|name| name.starts_with(part)).unwrap();
            names[start..].iter().take_while(|name| name.starts_with(part)).copied().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            words("embed."),
            "embed.word.weight embed.position.weight embed.type.weight embed.norm.weight embed.norm.bias"
        );
        assert_eq!(
            words("layer.1.").replace("layer.1.", ""),
            "in.weight in.bias self.q.weight self.q.bias self.k.weight self.k.bias self.v.weight self.v.bias \
             self.out.weight self.out.bias self_norm.weight self_norm.bias fc1.weight fc1.bias fc2.weight fc2.bias \
             ffn_norm.weight ffn_norm.bias out.weight out.bias"
        );
        assert_eq!(
            words("head."),
            "head.transform.weight head.transform.bias head.norm.weight head.norm.bias head.bias"
        );
        assert!(names[0] == "embed.word.weight" && *names.last().unwrap() == "head.bias");
    }

    #[test]
    fn shapes_are_outputs_by_inputs() {
        let (_, specs) = smallest("bert-v1-smoke");
        assert_eq!(shape(&specs, "embed.word.weight"), [100, 32]);
        assert_eq!(shape(&specs, "embed.position.weight"), [64, 32]);
        assert_eq!(shape(&specs, "embed.type.weight"), [2, 32]);
        assert_eq!(
            (shape(&specs, "layer.0.in.weight"), shape(&specs, "layer.0.out.weight")),
            (&[16, 32][..], &[32, 16][..])
        );
        assert_eq!(
            (shape(&specs, "layer.0.fc1.weight"), shape(&specs, "layer.0.fc2.bias")),
            (&[64, 16][..], &[16][..])
        );
        assert_eq!((shape(&specs, "head.transform.weight"), shape(&specs, "head.bias")), (&[32, 32][..], &[100][..]));
        let (_, specs) = smallest("autodistil-tiny");
        assert_eq!(shape(&specs, "layer.3.self.q.weight"), [7 * 64, 128]);
        assert_eq!(shape(&specs, "layer.3.self.out.weight"), [128, 7 * 64]);
    }

    #[test]
    fn first_values_decay_and_experts_are_berts() {
        let (space, specs) = smallest("bert-v1");
        let std = space.bert().init_std;
        for spec in &specs {
            let (matrix, norm) = (spec.shape.len() == 2, spec.name.contains("norm.weight"));
            let init = match (matrix, norm) {
                (true, _) if spec.name == "embed.word.weight" => Init::Normal { std, zero_row: Some(1) },
                (true, _)
                    if spec.name.contains(".in.")
                        || spec.name.ends_with("out.weight") && !spec.name.contains("self") =>
                {
                    Init::Identity
                }
                (true, _) => Init::Normal { std, zero_row: None },
                (false, true) => Init::Ones,
                (false, false) => Init::Zeros,
            };
            assert_eq!((spec.init, spec.decay), (init, matrix), "{}", spec.name);
            assert_eq!(spec.expert.is_some(), spec.name.contains(".fc"), "{}", spec.name);
            assert_eq!(spec.tied, spec.name == "embed.word.weight");
        }
        let slot = specs.iter().find(|spec| spec.name == "layer.11.fc2.bias").unwrap().expert.clone();
        let router = RouterStart::Bert;
        assert_eq!(slot, Some(Slot { stack: "encoder", layer: 11, part: "fc2", router }));
    }
}
