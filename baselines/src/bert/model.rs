//! Computes BERT (Devlin et al., 2019): post-norm, GELU, learned positions, a masked-LM head tied to the word embeddings,
//! and, in SuperShaper's spaces, a map into and out of each layer's width.

use std::ops::Range;

use mos_spaces::bert::view::{BertArch, Part};
use tch::Tensor;

use super::batch::Sequences;
use super::rates::{Rates, StepRates};
use crate::layers::affine::{Linear, Norm};
use crate::layers::attention::attend;
use crate::layers::dropout::dropout as drop;
use crate::layers::reader::Reader;
use crate::supernet::weights::SubnetWeights;

/// Epsilon of BERT's layer norms.
pub const NORM_EPS: f64 = 1e-12;

/// Self-attention with projections of their own, and the norm that follows it.
#[derive(Debug)]
pub struct Attention {
    /// Queries, keys and values, `[projection, width]` each.
    pub projections: [Linear; 3],
    /// Output projection `[width, projection]`.
    pub out: Linear,
    norm: Norm,
    heads: i64,
}

impl Attention {
    /// Projects `[rows, length, width]` to queries, keys and values, `[rows, length, projection]` each.
    pub fn project(&self, x: &Tensor) -> [Tensor; 3] {
        self.projections.each_ref().map(|projection| projection.forward(x))
    }

    fn forward(&self, x: &Tensor, mask: Option<&Tensor>, rates: StepRates, train: bool) -> Tensor {
        let [q, k, v] = self.project(x);
        let attention = if train { rates.attention } else { 0.0 };
        let y = self.out.forward(&attend([&q, &k, &v], self.heads, mask, false, attention));
        self.norm.forward_with(&(x + drop(&y, rates.output, train)), NORM_EPS)
    }
}

/// A feed-forward block with GELU, and the norm that follows it.
#[derive(Debug)]
struct FeedForward {
    fc1: Linear,
    fc2: Linear,
    norm: Norm,
}

impl FeedForward {
    fn forward(&self, x: &Tensor, rates: StepRates, train: bool) -> Tensor {
        let y = self.fc2.forward(&self.fc1.forward(x).gelu("none"));
        self.norm.forward_with(&(x + drop(&y, rates.output, train)), NORM_EPS)
    }
}

/// A separable convolution along the sequence, and the norm that follows it.
#[derive(Debug)]
struct Convolution {
    /// `[width, 1, kernel]`, a channel each.
    depth: Tensor,
    bias: Tensor,
    point: Linear,
    norm: Norm,
}

impl Convolution {
    /// Convolves `[rows, length, width]`. Padding is zero, as it is outside the sequence, so that what a token becomes does
    /// not depend on what it is padded with.
    fn forward(&self, x: &Tensor, padding: Option<&Tensor>, rates: StepRates, train: bool) -> Tensor {
        let seen = match padding {
            Some(padding) => x.masked_fill(&padding.unsqueeze(-1), 0.0),
            None => x.shallow_clone(),
        };
        let [width, _, kernel] = self.depth.size()[..] else { unreachable!("three dims") };
        let y = seen.transpose(1, 2).conv1d(&self.depth, Some(&self.bias), [1i64], [kernel / 2], [1i64], width);
        let y = self.point.forward(&y.transpose(1, 2));
        self.norm.forward_with(&(x + drop(&y, rates.output, train)), NORM_EPS)
    }
}

/// One step of the encoder.
#[derive(Debug)]
enum SubLayer {
    /// A linear map from one width to another, without a residual sum.
    Map(Linear),
    Attention(Attention),
    FeedForward(FeedForward),
    Convolution(Convolution),
}

impl SubLayer {
    fn read(reader: &mut Reader, part: Part) -> SubLayer {
        match part {
            Part::Map { .. } => SubLayer::Map(reader.linear()),
            Part::Attention { heads, .. } => SubLayer::Attention(Attention {
                projections: std::array::from_fn(|_| reader.linear()),
                out: reader.linear(),
                norm: reader.norm(),
                heads,
            }),
            Part::FeedForward { .. } => {
                SubLayer::FeedForward(FeedForward { fc1: reader.linear(), fc2: reader.linear(), norm: reader.norm() })
            }
            Part::Convolution { .. } => SubLayer::Convolution(Convolution {
                depth: reader.tensor(),
                bias: reader.tensor(),
                point: reader.linear(),
                norm: reader.norm(),
            }),
        }
    }

    fn forward(&self, x: &Tensor, padding: &Padding, rates: StepRates, train: bool) -> Tensor {
        match self {
            SubLayer::Map(map) => map.forward(x),
            SubLayer::Attention(attention) => attention.forward(x, padding.scores.as_ref(), rates, train),
            SubLayer::FeedForward(block) => block.forward(x, rates, train),
            SubLayer::Convolution(block) => block.forward(x, padding.places.as_ref(), rates, train),
        }
    }
}

/// Where a batch is padded; none where nothing is.
struct Padding {
    /// True there, `[rows, length]`.
    places: Option<Tensor>,
    /// What is added to attention scores, `[rows, 1, 1, length]`: minus infinity there.
    scores: Option<Tensor>,
}

/// The masked-LM head in front of the tied vocabulary: a linear layer, GELU, a norm.
#[derive(Debug)]
struct Head {
    transform: Linear,
    norm: Norm,
    bias: Tensor,
}

/// The encoder of a subnet: embeddings and steps.
#[derive(Debug)]
pub struct Encoder {
    /// Word embeddings `[vocab, stream]`.
    word: Tensor,
    position: Tensor,
    types: Tensor,
    norm: Norm,
    steps: Vec<SubLayer>,
}

impl Encoder {
    /// Reads the leaves of a layout's encoder, which come first in every BERT layout.
    pub fn read(reader: &mut Reader, arch: &BertArch) -> Encoder {
        Encoder {
            word: reader.tensor(),
            position: reader.tensor(),
            types: reader.tensor(),
            norm: reader.norm(),
            steps: arch.steps.iter().map(|step| SubLayer::read(reader, step.part)).collect(),
        }
    }

    /// Merges each pair of maps that follow each other into one, which computes the same with fewer products.
    pub fn merged(self) -> Encoder {
        let mut steps: Vec<SubLayer> = Vec::with_capacity(self.steps.len());
        for step in self.steps {
            match (steps.pop(), step) {
                (Some(SubLayer::Map(first)), SubLayer::Map(second)) => steps.push(SubLayer::Map(first.then(&second))),
                (before, step) => {
                    steps.extend(before);
                    steps.push(step);
                }
            }
        }
        Encoder { steps, ..self }
    }

    /// Computes the states after the last step, `[rows, length, stream]`.
    pub fn states(&self, batch: &Sequences, rates: &Rates) -> Tensor {
        self.through(0..self.steps.len(), self.embed(batch, rates), batch, rates)
    }

    /// Computes the states after some steps, `[rows, length, width]`, from those before them.
    pub fn through(&self, steps: Range<usize>, x: Tensor, batch: &Sequences, rates: &Rates) -> Tensor {
        let padding = self.padding(batch);
        let step = |x: Tensor, (step, &of): (&SubLayer, &StepRates)| step.forward(&x, &padding, of, rates.train);
        self.steps[steps.clone()].iter().zip(&rates.steps[steps]).fold(x, step)
    }

    /// Computes queries, keys and values of the last attention, `[rows, length, projection]` each: what AutoDistil's
    /// relations are made of. Nothing behind them is computed.
    ///
    /// # Panics
    /// Panics if the network has no attention, which no BERT space allows.
    pub fn last_projections(&self, batch: &Sequences, rates: &Rates) -> [Tensor; 3] {
        let is_attention = |step: &SubLayer| matches!(step, SubLayer::Attention(_));
        let last = self.steps.iter().rposition(is_attention).expect("every layer has attention");
        let x = self.through(0..last, self.embed(batch, rates), batch, rates);
        match &self.steps[last] {
            SubLayer::Attention(attention) => attention.project(&x),
            _ => unreachable!("the position is that of attention"),
        }
    }

    /// Computes the embeddings, `[rows, length, stream]`.
    pub fn embed(&self, batch: &Sequences, rates: &Rates) -> Tensor {
        let words = Tensor::embedding(&self.word, &batch.ids, -1, false, false);
        let types = match &batch.types {
            Some(types) => Tensor::embedding(&self.types, types, -1, false, false),
            None => self.types.narrow(0, 0, 1),
        };
        let x = words + self.position.narrow(0, 0, batch.length()) + types;
        drop(&self.norm.forward_with(&x, NORM_EPS), rates.embedding, rates.train)
    }

    fn padding(&self, batch: &Sequences) -> Padding {
        let scores = batch.padding.as_ref().map(|padding| {
            let zeros = Tensor::zeros(padding.size(), (self.word.kind(), padding.device()));
            zeros.masked_fill(padding, f64::NEG_INFINITY).unsqueeze(1).unsqueeze(1)
        });
        Padding { places: batch.padding.as_ref().map(Tensor::shallow_clone), scores }
    }
}

/// A subnet's weights in the shape of the computation, with the masked-LM head.
#[derive(Debug)]
pub struct Subnet {
    /// The encoder.
    pub encoder: Encoder,
    head: Head,
}

/// Positions of the leaves that the written-out head has gradients for.
pub struct HeadLeaves {
    /// The word embeddings, which serve as output projection.
    pub output: usize,
    /// The bias of the output.
    pub bias: usize,
}

impl Subnet {
    /// Reads a subnet's weights, whose shape is `arch`.
    pub fn new(weights: &SubnetWeights, arch: &BertArch) -> Subnet {
        let mut reader = Reader::new(&weights.leaves);
        Subnet {
            encoder: Encoder::read(&mut reader, arch),
            head: Head { transform: reader.linear(), norm: reader.norm(), bias: reader.tensor() },
        }
    }

    /// Returns where the head's leaves stand among `count` leaves: the word embeddings come first, the bias last.
    pub fn head_leaves(count: usize) -> HeadLeaves {
        HeadLeaves { output: 0, bias: count - 1 }
    }

    /// Returns the output projection `[vocab, stream]` and its bias `[vocab]`.
    pub fn output(&self) -> (&Tensor, &Tensor) {
        (&self.encoder.word, &self.head.bias)
    }

    /// Computes what the output projection reads at the given places, `[n, stream]`.
    pub fn predicting(&self, batch: &Sequences, places: &Tensor, rates: &Rates) -> Tensor {
        let states = self.encoder.states(batch, rates);
        let flat = states.view([-1, states.size()[2]]).index_select(0, places);
        self.head.norm.forward_with(&self.head.transform.forward(&flat).gelu("none"), NORM_EPS)
    }

    /// Computes the logits at the given places, `[n, vocab]`, without dropout.
    pub fn logits(&self, batch: &Sequences, places: &Tensor) -> Tensor {
        let rates = Rates { steps: vec![StepRates::default(); self.encoder.steps.len()], ..Rates::default() };
        self.predicting(batch, places, &rates).linear(&self.encoder.word, Some(&self.head.bias))
    }
}
