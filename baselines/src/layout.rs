//! Names, shapes and first values of a dense HAT transformer's parameters.
//!
//! A supernet's shared parameters are the layout of its space's widest shape; a subnet's weights are the top-left
//! corners of the parameters with the same names, so one function describes both.

use tch::{Device, Kind, Tensor};

use crate::params::{ParamShape, corner};
use crate::seed;
use crate::space::{Arch, SearchSpace};

/// Parameters of a dense network of shape `arch` over `vocab` rows, in the order in which [`crate::model::Subnet`]
/// reads them. Tied spaces have one embedding table `[vocab, wider of the two widths]`.
pub fn dense_shapes(space: &SearchSpace, arch: &Arch, vocab: i64) -> Vec<ParamShape> {
    let (q, e, d) = (space.qkv_dim, arch.encoder_embed_dim, arch.decoder_embed_dim);
    let mut shapes = Vec::new();
    if space.tied_embeddings {
        shapes.push(ParamShape::new("embed.weight", &[vocab, e.max(d)]));
    } else {
        shapes.push(ParamShape::new("embed.source.weight", &[vocab, e]));
        shapes.push(ParamShape::new("embed.target.weight", &[vocab, d]));
        shapes.push(ParamShape::new("output.weight", &[vocab, d]));
    }
    for (i, &ffn) in arch.encoder_ffn_dims.iter().enumerate() {
        let mut layer = LayerShapes { prefix: format!("encoder.{i}"), shapes: &mut shapes };
        layer.linear("self.in_proj", 3 * q, e);
        layer.linear("self.out", e, q);
        layer.norm("self_norm", e);
        layer.ffn(e, ffn);
    }
    for (i, &ffn) in arch.decoder_ffn_dims.iter().enumerate() {
        let mut layer = LayerShapes { prefix: format!("decoder.{i}"), shapes: &mut shapes };
        layer.linear("self.in_proj", 3 * q, d);
        layer.linear("self.out", d, q);
        layer.norm("self_norm", d);
        layer.linear("cross.q", q, d);
        layer.linear("cross.k", q, e);
        layer.linear("cross.v", q, e);
        layer.linear("cross.out", d, q);
        layer.norm("cross_norm", d);
        layer.ffn(d, ffn);
    }
    shapes
}

struct LayerShapes<'a> {
    prefix: String,
    shapes: &'a mut Vec<ParamShape>,
}

impl LayerShapes<'_> {
    fn push(&mut self, name: &str, shape: &[i64]) {
        self.shapes.push(ParamShape::new(format!("{}.{name}", self.prefix), shape));
    }

    fn linear(&mut self, name: &str, rows: i64, columns: i64) {
        self.push(&format!("{name}.weight"), &[rows, columns]);
        self.push(&format!("{name}.bias"), &[rows]);
    }

    fn norm(&mut self, name: &str, width: i64) {
        self.push(&format!("{name}.weight"), &[width]);
        self.push(&format!("{name}.bias"), &[width]);
    }

    fn ffn(&mut self, width: i64, ffn: i64) {
        self.linear("fc1", ffn, width);
        self.linear("fc2", width, ffn);
        self.norm("ffn_norm", width);
    }
}

/// Whether a parameter belongs to a feed-forward layer, the only ones with experts (MoS's released translation models).
pub fn is_ffn(name: &str) -> bool {
    name.contains(".fc1.") || name.contains(".fc2.")
}

/// Row of the embedding table that stays zero at the start: padding.
const PAD_ROW: i64 = mos_datasets::PAD as i64;

/// First value of a dense parameter of shape `full` (as HAT's): Xavier-uniform weights, zero biases, unit norms,
/// embeddings N(0, width^-0.5) with a zero padding row. A function of (seed, name, `draw`) alone, so that every
/// method of a comparison starts from the same shared weights; `draw` numbers the experts.
pub fn initial(name: &str, full: &[i64], seed_value: u64, draw: u64) -> Tensor {
    let options = (Kind::Float, Device::Cpu);
    if name.ends_with("norm.weight") {
        return Tensor::ones(full, options);
    }
    if name.ends_with(".bias") {
        return Tensor::zeros(full, options);
    }
    tch::manual_seed(seed::derive(&[seed_value, seed::name(name), draw]));
    let mut value = Tensor::zeros(full, options);
    if name.starts_with("embed.") || name == "output.weight" {
        let _ = value.normal_(0.0, (full[1] as f64).powf(-0.5));
        if name.starts_with("embed.") {
            let _ = value.get(PAD_ROW).zero_();
        }
        return value;
    }
    // The published cross-attention packs q, k and v into one matrix, which decides its fan-out.
    let packed = [".cross.q.", ".cross.k.", ".cross.v."].iter().any(|part| name.contains(part));
    let fan_out = if packed { 3 * full[0] } else { full[0] };
    let bound = (6.0 / (fan_out + full[1]) as f64).sqrt();
    let _ = value.uniform_(-bound, bound);
    value
}

/// The slice of the widest network's first value that a parameter of shape `own` starts from.
pub fn initial_slice(name: &str, full: &[i64], own: &[i64], seed_value: u64) -> Tensor {
    corner(&initial(name, full, seed_value, 0), own)
}
