//! The HAT transformer: post-norm, ReLU, fixed query-key-value width, arbitrary
//! encoder-decoder attention, tied embeddings. It is handed a subnet's weights and does not know who made them.

use tch::{Device, Kind, Tensor};

use crate::dropout::dropout as drop;
use crate::space::{Arch, SearchSpace};
use crate::weights::SubnetWeights;

/// Epsilon of the layer norms; PyTorch's default.
const NORM_EPS: f64 = 1e-5;

/// `y = x W^T + b`.
#[derive(Debug)]
pub(crate) struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    pub(crate) fn forward(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, Some(&self.bias))
    }
}

/// Layer norm over the last dim.
#[derive(Debug)]
pub(crate) struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    pub(crate) fn forward(&self, x: &Tensor) -> Tensor {
        x.layer_norm([x.size()[x.dim() - 1]], Some(&self.weight), Some(&self.bias), NORM_EPS, true)
    }
}

/// `fc2(relu(fc1(x)))` and the norm that follows it.
#[derive(Debug)]
pub(crate) struct FeedForward {
    fc1: Linear,
    fc2: Linear,
    norm: Norm,
}

impl FeedForward {
    /// The whole residual block.
    pub(crate) fn forward(&self, x: &Tensor, dropout: f64, train: bool) -> Tensor {
        let y = self.fc2.forward(&self.fc1.forward(x).relu());
        self.norm.forward(&(x + drop(&y, dropout, train)))
    }
}

/// Self-attention with packed projections `[3 x qkv, width]`.
#[derive(Debug)]
pub(crate) struct SelfAttention {
    in_proj: Linear,
    pub(crate) out: Linear,
    pub(crate) norm: Norm,
    pub(crate) heads: i64,
}

impl SelfAttention {
    /// Queries, keys and values, each `[batch, length, qkv]`.
    pub(crate) fn project(&self, x: &Tensor) -> [Tensor; 3] {
        let mut parts = self.in_proj.forward(x).chunk(3, -1).into_iter();
        std::array::from_fn(|_| parts.next().expect("three chunks"))
    }
}

/// Encoder-decoder attention; keys and values are projected from the encoder's width.
#[derive(Debug)]
pub(crate) struct CrossAttention {
    pub(crate) query: Linear,
    pub(crate) key: Linear,
    pub(crate) value: Linear,
    pub(crate) out: Linear,
    pub(crate) norm: Norm,
    pub(crate) heads: i64,
    /// Encoder layers attended to: the last 1, 2 or 3, joined along time.
    pub(crate) attended: usize,
}

#[derive(Debug)]
struct EncoderLayer {
    attention: SelfAttention,
    ffn: FeedForward,
}

#[derive(Debug)]
pub(crate) struct DecoderLayer {
    pub(crate) attention: SelfAttention,
    pub(crate) cross: CrossAttention,
    pub(crate) ffn: FeedForward,
}

/// A subnet's weights in the shape of the computation.
#[derive(Debug)]
pub struct Subnet {
    source_embedding: Tensor,
    target_embedding: Tensor,
    /// Output projection `[vocab, decoder width]`.
    pub output: Tensor,
    encoder: Vec<EncoderLayer>,
    pub(crate) decoder: Vec<DecoderLayer>,
    encoder_width: i64,
    decoder_width: i64,
}

/// Reads leaves in the order of [`crate::layout::dense_shapes`].
struct Reader<'a>(std::slice::Iter<'a, Tensor>);

impl Reader<'_> {
    fn tensor(&mut self) -> Tensor {
        self.0.next().expect("the layout decides how many leaves there are").shallow_clone()
    }

    fn linear(&mut self) -> Linear {
        Linear { weight: self.tensor(), bias: self.tensor() }
    }

    fn norm(&mut self) -> Norm {
        Norm { weight: self.tensor(), bias: self.tensor() }
    }

    fn self_attention(&mut self, heads: i64) -> SelfAttention {
        SelfAttention { in_proj: self.linear(), out: self.linear(), norm: self.norm(), heads }
    }

    fn cross_attention(&mut self, heads: i64, attended: usize) -> CrossAttention {
        CrossAttention {
            query: self.linear(),
            key: self.linear(),
            value: self.linear(),
            out: self.linear(),
            norm: self.norm(),
            heads,
            attended,
        }
    }

    fn ffn(&mut self) -> FeedForward {
        FeedForward { fc1: self.linear(), fc2: self.linear(), norm: self.norm() }
    }
}

/// A batch on the device.
#[derive(Debug)]
pub struct DeviceBatch {
    /// Source ids `[rows, source length]`.
    pub source: Tensor,
    /// Target ids shifted right, end-of-sentence first, `[rows, target length]`.
    pub decoder_input: Tensor,
    /// Target ids of the positions that are not padding, `[n]`.
    pub target: Tensor,
    /// Flat positions of those, `[n]`; `None` when no position is padding.
    pub target_rows: Option<Tensor>,
    /// True at padding, `[rows, source length]`; `None` when there is none.
    pub source_padding: Option<Tensor>,
    /// Sums over the pairs, for FLOP counts.
    pub lengths: LengthSums,
}

/// Sums over a batch's pairs of the lengths S (source) and T (target), specials included.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LengthSums {
    /// Pairs.
    pub pairs: f64,
    /// Sum of S.
    pub source: f64,
    /// Sum of T: the target tokens.
    pub target: f64,
    /// Sum of S^2.
    pub source_squared: f64,
    /// Sum of T^2.
    pub target_squared: f64,
    /// Sum of S T.
    pub product: f64,
}

impl DeviceBatch {
    /// Moves a batch to `device`.
    pub fn new(batch: &mos_datasets::batch::Batch, device: Device) -> Self {
        let (rows, s, t) = (batch.rows as i64, batch.source_len as i64, batch.target_len as i64);
        let pad = i64::from(mos_datasets::PAD);
        let pads_in = |ids: &[i64]| ids.contains(&pad);
        let source = Tensor::from_slice(&batch.source).view([rows, s]);
        let source_padding = pads_in(&batch.source).then(|| source.eq(pad).to_device(device));
        let target = Tensor::from_slice(&batch.target);
        let target_rows = pads_in(&batch.target).then(|| target.ne(pad).nonzero().squeeze_dim(1));
        let target = match &target_rows {
            Some(kept) => target.index_select(0, kept),
            None => target,
        };
        DeviceBatch {
            source: source.to_device(device),
            decoder_input: Tensor::from_slice(&batch.decoder_input).view([rows, t]).to_device(device),
            target: target.to_device(device),
            target_rows: target_rows.map(|r| r.to_device(device)),
            source_padding,
            lengths: LengthSums::of(batch),
        }
    }

    /// Target tokens that are not padding.
    pub fn target_tokens(&self) -> i64 {
        self.lengths.target as i64
    }
}

impl LengthSums {
    fn of(batch: &mos_datasets::batch::Batch) -> Self {
        let mut sums = LengthSums::default();
        for (&s, &t) in batch.source_lengths.iter().zip(&batch.target_lengths) {
            let (s, t) = (s as f64, t as f64);
            sums.pairs += 1.0;
            sums.source += s;
            sums.target += t;
            sums.source_squared += s * s;
            sums.target_squared += t * t;
            sums.product += s * t;
        }
        sums
    }
}

/// Dropout rates at the widest subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dropout {
    /// After embeddings and before every residual sum; rescaled per subnet.
    pub residual: f64,
    /// On attention weights; not rescaled.
    pub attention: f64,
}

/// Dropout rates of one subnet.
#[derive(Clone, Copy, Debug)]
struct Rates {
    encoder: f64,
    /// The published code leaves the residual dropout of encoder self-attention as the widest subnet has it;
    /// reproduced, since the published numbers were made with it.
    encoder_attention: f64,
    decoder: f64,
    attention: f64,
    train: bool,
}

impl Rates {
    fn new(space: &SearchSpace, arch: &Arch, dropout: Option<Dropout>) -> Self {
        let Dropout { residual, attention } = dropout.unwrap_or_default();
        let share = |width: i64, widths: &[i64]| width as f64 / widths[0] as f64;
        Rates {
            encoder: residual * share(arch.encoder_embed_dim, &space.encoder_embed_dims),
            encoder_attention: residual,
            decoder: residual * share(arch.decoder_embed_dim, &space.decoder_embed_dims),
            attention,
            train: dropout.is_some(),
        }
    }
}

/// Sinusoidal positions computed at a space's widest widths, of which a subnet takes the first columns.
#[derive(Debug)]
pub struct Positions {
    encoder: Tensor,
    decoder: Tensor,
}

impl Positions {
    /// Tables `[max_positions, widest width]`.
    pub fn new(space: &SearchSpace, kind: Kind, device: Device) -> Self {
        let table = |width: i64| sinusoids(space.max_positions, width).to_kind(kind).to_device(device);
        Positions { encoder: table(space.encoder_embed_dims[0]), decoder: table(space.decoder_embed_dims[0]) }
    }

    /// Device of the tables.
    pub fn device(&self) -> Device {
        self.encoder.device()
    }
}

/// fairseq's table: sines in the first half of the columns, cosines in the second, frequencies `10000^(-i/(w/2-1))`,
/// the first token at position `pad + 1`.
fn sinusoids(positions: i64, width: i64) -> Tensor {
    let half = width / 2;
    let step = -(10_000_f64.ln()) / (half - 1) as f64;
    let first = i64::from(mos_datasets::PAD) + 1;
    let frequency = (Tensor::arange(half, (Kind::Double, Device::Cpu)) * step).exp();
    let position = Tensor::arange_start(first, first + positions, (Kind::Double, Device::Cpu));
    let angle = position.unsqueeze(1) * frequency.unsqueeze(0);
    Tensor::cat(&[angle.sin(), angle.cos()], 1)
}

/// What the decoder attends to: the outputs of the last 1, 2 and 3 encoder layers joined along time, as needed.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) joined: [Option<Tensor>; 3],
    /// Additive masks of the same, `[rows, 1, 1, length]`.
    pub(crate) masks: [Option<Tensor>; 3],
}

impl Memory {
    /// Every row `times` times.
    pub(crate) fn repeated(&self, times: i64) -> Memory {
        let repeat = |t: &Tensor| t.repeat_interleave_self_int(times, 0, None);
        Memory {
            joined: self.joined.each_ref().map(|t| t.as_ref().map(repeat)),
            masks: self.masks.each_ref().map(|t| t.as_ref().map(repeat)),
        }
    }
}

/// Attention of `[rows, length, qkv]` queries over keys and values, heads split and joined inside.
pub(crate) fn attend(
    [query, key, value]: [&Tensor; 3],
    heads: i64,
    mask: Option<&Tensor>,
    causal: bool,
    dropout: f64,
) -> Tensor {
    let split = |x: &Tensor| {
        let (rows, length, width) = x.size3().expect("rows, length, width");
        x.view([rows, length, heads, width / heads]).transpose(1, 2)
    };
    let (q, k, v) = (split(query), split(key), split(value));
    let out = Tensor::scaled_dot_product_attention(&q, &k, &v, mask, dropout, causal, None, false);
    let (rows, length, width) = query.size3().expect("rows, length, width");
    out.transpose(1, 2).reshape([rows, length, width])
}

impl Subnet {
    /// Arranges a subnet's weights.
    pub fn new(space: &SearchSpace, weights: &SubnetWeights) -> Self {
        let arch = &weights.arch;
        let (encoder_width, decoder_width) = (arch.encoder_embed_dim, arch.decoder_embed_dim);
        let mut reader = Reader(weights.leaves.iter());
        let (source_embedding, target_embedding, output) = if space.tied_embeddings {
            let table = reader.tensor();
            let columns =
                |width| if table.size()[1] == width { table.shallow_clone() } else { table.narrow(1, 0, width) };
            (columns(encoder_width), columns(decoder_width), columns(decoder_width))
        } else {
            (reader.tensor(), reader.tensor(), reader.tensor())
        };
        let encoder = arch
            .encoder_heads
            .iter()
            .map(|&heads| EncoderLayer { attention: reader.self_attention(heads), ffn: reader.ffn() })
            .collect();
        let decoder = (0..arch.decoder_layers())
            .map(|i| DecoderLayer {
                attention: reader.self_attention(arch.decoder_self_heads[i]),
                cross: reader.cross_attention(arch.decoder_cross_heads[i], Arch::attended(arch.decoder_arbitrary[i])),
                ffn: reader.ffn(),
            })
            .collect();
        Subnet { source_embedding, target_embedding, output, encoder, decoder, encoder_width, decoder_width }
    }

    /// Decoder states of the positions that are not padding, `[n, decoder width]`. `dropout` is `None` when not
    /// training.
    pub fn states(
        &self,
        space: &SearchSpace,
        arch: &Arch,
        positions: &Positions,
        batch: &DeviceBatch,
        dropout: Option<Dropout>,
    ) -> Tensor {
        let rates = Rates::new(space, arch, dropout);
        let memory = self.encode_at(positions, &batch.source, batch.source_padding.as_ref(), rates);
        let x = self.embed_target(positions, &batch.decoder_input, 0);
        let mut x = drop(&x, rates.decoder, rates.train);
        let attention_dropout = if rates.train { rates.attention } else { 0.0 };
        for layer in &self.decoder {
            let [q, k, v] = layer.attention.project(&x);
            let mixed = attend([&q, &k, &v], layer.attention.heads, None, true, attention_dropout);
            let y = drop(&layer.attention.out.forward(&mixed), rates.decoder, rates.train);
            x = layer.attention.norm.forward(&(x + y));
            let cross = &layer.cross;
            let states = memory.joined[cross.attended - 1].as_ref().expect("joined for every layer that needs it");
            let q = cross.query.forward(&x);
            let (k, v) = (cross.key.forward(states), cross.value.forward(states));
            let mask = memory.masks[cross.attended - 1].as_ref();
            let mixed = attend([&q, &k, &v], cross.heads, mask, false, attention_dropout);
            let y = drop(&cross.out.forward(&mixed), rates.decoder, rates.train);
            x = cross.norm.forward(&(x + y));
            x = layer.ffn.forward(&x, rates.decoder, rates.train);
        }
        let flat = x.view([-1, self.decoder_width]);
        match &batch.target_rows {
            Some(rows) => flat.index_select(0, rows),
            None => flat,
        }
    }

    /// Encoder outputs for decoding (no dropout).
    pub(crate) fn encode(&self, positions: &Positions, source: &Tensor, padding: Option<&Tensor>) -> Memory {
        let none = Rates { encoder: 0.0, encoder_attention: 0.0, decoder: 0.0, attention: 0.0, train: false };
        self.encode_at(positions, source, padding, none)
    }

    fn encode_at(&self, positions: &Positions, source: &Tensor, padding: Option<&Tensor>, rates: Rates) -> Memory {
        let kind = self.source_embedding.kind();
        let mask = padding.map(|padding| {
            let zeros = Tensor::zeros(padding.size(), (kind, padding.device()));
            zeros.masked_fill(padding, f64::NEG_INFINITY).unsqueeze(1).unsqueeze(1)
        });
        let x = embed(&self.source_embedding, &positions.encoder, source, self.encoder_width, 0);
        let mut x = drop(&x, rates.encoder, rates.train);
        let attention_dropout = if rates.train { rates.attention } else { 0.0 };
        let deepest = self.decoder.iter().map(|l| l.cross.attended).max().unwrap_or(1);
        let mut outputs = Vec::with_capacity(deepest);
        for (i, layer) in self.encoder.iter().enumerate() {
            let [q, k, v] = layer.attention.project(&x);
            let mixed = attend([&q, &k, &v], layer.attention.heads, mask.as_ref(), false, attention_dropout);
            let y = drop(&layer.attention.out.forward(&mixed), rates.encoder_attention, rates.train);
            x = layer.attention.norm.forward(&(x + y));
            x = layer.ffn.forward(&x, rates.encoder, rates.train);
            if i + deepest >= self.encoder.len() {
                outputs.push(x.shallow_clone());
            }
        }
        let needed = |k: usize| self.decoder.iter().any(|l| l.cross.attended == k);
        let last = |k: usize| &outputs[outputs.len() - k..];
        let joined =
            [1, 2, 3].map(|k| needed(k).then(|| if k == 1 { x.shallow_clone() } else { Tensor::cat(last(k), 1) }));
        let masks = [1, 2, 3].map(|k| mask.as_ref().filter(|_| needed(k)).map(|m| m.repeat([1, 1, 1, k as i64])));
        Memory { joined, masks }
    }

    /// Target embeddings of ids `[rows, length]` whose first column stands at position `offset`.
    pub(crate) fn embed_target(&self, positions: &Positions, ids: &Tensor, offset: i64) -> Tensor {
        embed(&self.target_embedding, &positions.decoder, ids, self.decoder_width, offset)
    }
}

fn embed(table: &Tensor, positions: &Tensor, ids: &Tensor, width: i64, offset: i64) -> Tensor {
    let length = ids.size()[1];
    let position = positions.narrow(0, offset, length).narrow(1, 0, width);
    Tensor::embedding(table, ids, i64::from(mos_datasets::PAD), false, false) * (width as f64).sqrt() + position
}
