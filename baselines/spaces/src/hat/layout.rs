//! Lays out the parameters of a dense HAT transformer.

use mos_base::specials::PAD;

use super::view::HatArch;
use crate::arch::Arch;
use crate::layout::Layout;
use crate::params::{Init, ParamSpec, RouterStart, Slot};
use crate::space::SearchSpace;

/// The layout of a space's networks over a joint vocabulary.
#[derive(Clone, Debug)]
pub struct HatLayout {
    space: SearchSpace,
    vocab: i64,
}

impl HatLayout {
    /// Makes the layout of `space`, which is of HAT's family, over `vocab` embedding rows.
    pub fn new(space: &SearchSpace, vocab: i64) -> HatLayout {
        HatLayout { space: space.clone(), vocab }
    }
}

impl Layout for HatLayout {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn vocab(&self) -> i64 {
        self.vocab
    }

    /// The first values are HAT's: Xavier-uniform weights, zero biases, unit norms, embeddings N(0, width^-0.5) with a
    /// zero padding row. fairseq decays every parameter. Feed-forward layers alone have experts (MoS's released
    /// translation models). Tied spaces have one embedding table `[vocab, wider of the two widths]`.
    fn specs(&self, arch: &Arch) -> Vec<ParamSpec> {
        let hat = HatArch::of(arch);
        let (q, e, d) = (self.space.hat().qkv_dim, hat.encoder_width, hat.decoder_width);
        let mut specs = if self.space.hat().tied_embeddings {
            vec![ParamSpec { tied: true, ..self.embedding("embed.weight", e.max(d)) }]
        } else {
            let output = Init::Normal { std: (d as f64).powf(-0.5), zero_row: None };
            vec![
                self.embedding("embed.source.weight", e),
                self.embedding("embed.target.weight", d),
                ParamSpec::new("output.weight", &[self.vocab, d], output),
            ]
        };
        for (i, &ffn) in hat.encoder_ffn.iter().enumerate() {
            let mut layer = LayerSpecs { stack: "encoder", index: i, specs: &mut specs };
            layer.linear("self.in_proj", 3 * q, e);
            layer.linear("self.out", e, q);
            layer.norm("self_norm", e);
            layer.ffn(e, ffn);
        }
        for (i, &ffn) in hat.decoder_ffn.iter().enumerate() {
            let mut layer = LayerSpecs { stack: "decoder", index: i, specs: &mut specs };
            layer.linear("self.in_proj", 3 * q, d);
            layer.linear("self.out", d, q);
            layer.norm("self_norm", d);
            // The published cross-attention packs q, k and v into one matrix, which decides its fan-out.
            layer.packed("cross.q", q, d);
            layer.packed("cross.k", q, e);
            layer.packed("cross.v", q, e);
            layer.linear("cross.out", d, q);
            layer.norm("cross_norm", d);
            layer.ffn(d, ffn);
        }
        specs
    }
}

impl HatLayout {
    fn embedding(&self, name: &str, width: i64) -> ParamSpec {
        let init = Init::Normal { std: (width as f64).powf(-0.5), zero_row: Some(i64::from(PAD)) };
        ParamSpec::new(name, &[self.vocab, width], init)
    }
}

/// Collects the parameters of one layer.
struct LayerSpecs<'a> {
    stack: &'static str,
    index: usize,
    specs: &'a mut Vec<ParamSpec>,
}

impl LayerSpecs<'_> {
    fn push(&mut self, name: &str, shape: &[i64], init: Init) -> &mut ParamSpec {
        self.specs.push(ParamSpec::new(format!("{}.{}.{name}", self.stack, self.index), shape, init));
        self.specs.last_mut().expect("one was just added")
    }

    fn affine(&mut self, name: &str, rows: i64, columns: i64, fan_out: i64, expert: Option<&Slot>) {
        self.push(&format!("{name}.weight"), &[rows, columns], Init::xavier(fan_out, columns)).expert = expert.cloned();
        self.push(&format!("{name}.bias"), &[rows], Init::Zeros).expert = expert.cloned();
    }

    fn linear(&mut self, name: &str, rows: i64, columns: i64) {
        self.affine(name, rows, columns, rows, None);
    }

    fn packed(&mut self, name: &str, rows: i64, columns: i64) {
        self.affine(name, rows, columns, 3 * rows, None);
    }

    fn norm(&mut self, name: &str, width: i64) {
        self.push(&format!("{name}.weight"), &[width], Init::Ones);
        self.push(&format!("{name}.bias"), &[width], Init::Zeros);
    }

    fn ffn(&mut self, width: i64, ffn: i64) {
        for (part, rows, columns) in [("fc1", ffn, width), ("fc2", width, ffn)] {
            let slot = Slot { stack: self.stack, layer: self.index, part, router: RouterStart::Xavier };
            self.affine(part, rows, columns, rows, Some(&slot));
        }
        self.norm("ffn_norm", width);
    }
}
