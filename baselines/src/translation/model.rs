//! Computes the HAT transformer. The model is handed a subnet's weights and does not know who made them.

use mos_base::specials::PAD;
use mos_spaces::hat::view::HatArch;
use tch::Tensor;

use super::batch::DeviceBatch;
use super::positions::Positions;
use super::rates::Rates;
use crate::layers::affine::{Linear, Norm};
use crate::layers::attention::{SelfAttention, attend};
use crate::layers::dropout::dropout as drop;
use crate::layers::feed_forward::FeedForward;
use crate::layers::reader::Reader;
use crate::supernet::weights::SubnetWeights;

/// Encoder-decoder attention; keys and values are projected from the encoder's width.
#[derive(Debug)]
pub struct CrossAttention {
    /// Projection of the decoder's states.
    pub query: Linear,
    /// Projection of the encoder's states.
    pub key: Linear,
    /// Projection of the encoder's states.
    pub value: Linear,
    /// Output projection.
    pub out: Linear,
    /// Norm after the residual sum.
    pub norm: Norm,
    /// Number of heads.
    pub heads: i64,
    /// Encoder layers attended to: the last 1, 2 or 3, joined along time.
    pub attended: usize,
}

#[derive(Debug)]
struct EncoderLayer {
    attention: SelfAttention,
    ffn: FeedForward,
}

/// One layer of the decoder.
#[derive(Debug)]
pub struct DecoderLayer {
    /// Attention to what was written before.
    pub attention: SelfAttention,
    /// Attention to the source.
    pub cross: CrossAttention,
    /// Feed-forward block.
    pub ffn: FeedForward,
}

/// A subnet's weights in the shape of the computation.
#[derive(Debug)]
pub struct Subnet {
    source_embedding: Tensor,
    target_embedding: Tensor,
    /// Output projection `[vocab, decoder width]`.
    pub output: Tensor,
    /// Which leaf the output projection is cut from.
    pub output_leaf: usize,
    encoder: Vec<EncoderLayer>,
    /// The decoder's layers.
    pub decoder: Vec<DecoderLayer>,
    encoder_width: i64,
    decoder_width: i64,
}

/// What the decoder attends to: the outputs of the last 1, 2 and 3 encoder layers joined along time, as needed.
#[derive(Debug)]
pub struct Memory {
    /// `[rows, k x source length, encoder width]` for k = 1, 2, 3.
    pub joined: [Option<Tensor>; 3],
    /// Additive masks of the same, `[rows, 1, 1, length]`.
    pub masks: [Option<Tensor>; 3],
}

impl Memory {
    /// Repeats every row `times` times.
    pub fn repeated(&self, times: i64) -> Memory {
        let repeat = |t: &Tensor| t.repeat_interleave_self_int(times, 0, None);
        Memory {
            joined: self.joined.each_ref().map(|t| t.as_ref().map(repeat)),
            masks: self.masks.each_ref().map(|t| t.as_ref().map(repeat)),
        }
    }
}

impl Subnet {
    /// Arranges a subnet's weights for the computation.
    pub fn new(weights: &SubnetWeights) -> Self {
        let hat = HatArch::of(&weights.arch);
        let (encoder_width, decoder_width) = (hat.encoder_width, hat.decoder_width);
        let mut reader = Reader::new(&weights.leaves);
        let tied = weights.specs.first().is_some_and(|spec| spec.tied);
        let (source_embedding, target_embedding, output, output_leaf) = if tied {
            let leaf = reader.position();
            let table = reader.tensor();
            let columns =
                |width| if table.size()[1] == width { table.shallow_clone() } else { table.narrow(1, 0, width) };
            (columns(encoder_width), columns(decoder_width), columns(decoder_width), leaf)
        } else {
            let (source, target) = (reader.tensor(), reader.tensor());
            let leaf = reader.position();
            (source, target, reader.tensor(), leaf)
        };
        let encoder = hat
            .encoder_heads
            .iter()
            .map(|&heads| EncoderLayer { attention: reader.self_attention(heads), ffn: reader.feed_forward() })
            .collect();
        let decoder = (0..hat.decoder_ffn.len())
            .map(|i| DecoderLayer {
                attention: reader.self_attention(hat.decoder_self_heads[i]),
                cross: cross_attention(&mut reader, hat.decoder_cross_heads[i], hat.attended(i)),
                ffn: reader.feed_forward(),
            })
            .collect();
        Subnet {
            source_embedding,
            target_embedding,
            output,
            output_leaf,
            encoder,
            decoder,
            encoder_width,
            decoder_width,
        }
    }

    /// Computes the decoder states of the positions that are not padding, `[n, decoder width]`.
    pub fn states(&self, positions: &Positions, batch: &DeviceBatch, rates: Rates) -> Tensor {
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

    /// Computes the encoder outputs for decoding (no dropout).
    pub fn encode(&self, positions: &Positions, source: &Tensor, padding: Option<&Tensor>) -> Memory {
        self.encode_at(positions, source, padding, Rates::default())
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

    /// Embeds target ids `[rows, length]` whose first column stands at position `offset`.
    pub fn embed_target(&self, positions: &Positions, ids: &Tensor, offset: i64) -> Tensor {
        embed(&self.target_embedding, &positions.decoder, ids, self.decoder_width, offset)
    }
}

fn cross_attention(reader: &mut Reader, heads: i64, attended: usize) -> CrossAttention {
    CrossAttention {
        query: reader.linear(),
        key: reader.linear(),
        value: reader.linear(),
        out: reader.linear(),
        norm: reader.norm(),
        heads,
        attended,
    }
}

fn embed(table: &Tensor, positions: &Tensor, ids: &Tensor, width: i64, offset: i64) -> Tensor {
    let length = ids.size()[1];
    let position = positions.narrow(0, offset, length).narrow(1, 0, width);
    Tensor::embedding(table, ids, i64::from(PAD), false, false) * (width as f64).sqrt() + position
}
