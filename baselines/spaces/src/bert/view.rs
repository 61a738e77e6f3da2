//! Shows one of BERT's architectures as the steps of its encoder, to the code that builds or counts it.

use super::blocks::{self, ATTENTION, FEED_FORWARD};
use super::constants::Bottleneck;
use super::fields::{BOTTLENECK_HIDDEN, HEADS, HIDDEN, INTERMEDIATE, LAYERS};
use crate::arch::Arch;
use crate::space::SearchSpace;

/// The encoder of a subnet, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BertArch {
    /// Width of the embeddings and of what the masked-LM head reads. Without bottlenecks it is the hidden size.
    pub stream: i64,
    /// The steps in the order of computation.
    pub steps: Vec<Step>,
}

/// One step of an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The layer to which it belongs, counted from 0; in a net of blocks the place, and for the maps at a block's ends the
    /// block's first place.
    pub layer: usize,
    /// The width whose weights it has for itself, where widths share none (NAS-BERT).
    pub own: Option<i64>,
    /// What it computes.
    pub part: Part,
}

/// What a step computes. All but maps end with the residual and a layer norm (post-norm).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A linear map between widths, with a bias: a bottleneck.
    Map {
        /// Width of what it reads.
        inputs: i64,
        /// Width of what it gives.
        outputs: i64,
    },
    /// Multi-head self-attention: q, k, v `[projection, width]`, output `[width, projection]`, all with biases.
    Attention {
        /// Hidden size of the layer.
        width: i64,
        /// Joint width of the heads.
        projection: i64,
        /// Number of heads.
        heads: i64,
    },
    /// A feed-forward network: `[hidden, width]`, GELU, `[width, hidden]`, both with biases.
    FeedForward {
        /// Hidden size of the layer.
        width: i64,
        /// Width inside the network.
        hidden: i64,
    },
    /// A separable convolution along the sequence: `[width, kernel]` for each channel on its own, then `[width, width]`,
    /// both with biases.
    Convolution {
        /// Hidden size of the block.
        width: i64,
        /// Tokens that it sees at once.
        kernel: i64,
    },
}

impl Part {
    /// Counts its weights, biases and norms.
    pub fn params(self) -> i64 {
        let linear = |inputs: i64, outputs: i64| inputs * outputs + outputs;
        match self {
            Part::Map { inputs, outputs } => linear(inputs, outputs),
            Part::Attention { width, projection, .. } => {
                3 * linear(width, projection) + linear(projection, width) + 2 * width
            }
            Part::FeedForward { width, hidden } => linear(width, hidden) + linear(hidden, width) + 2 * width,
            Part::Convolution { width, kernel } => width * kernel + width + linear(width, width) + 2 * width,
        }
    }

    /// Counts the multiply-accumulate operations of its matrix products for one sequence of `length` tokens, scores and
    /// context of attention included.
    pub fn macs(self, length: i64) -> i64 {
        match self {
            Part::Map { inputs, outputs } => length * inputs * outputs,
            Part::Attention { width, projection, .. } => {
                4 * length * width * projection + 2 * length * length * projection
            }
            Part::FeedForward { width, hidden } => 2 * length * width * hidden,
            Part::Convolution { width, kernel } => length * width * (kernel + width),
        }
    }
}

impl BertArch {
    /// Shows a subnet of `space` as the supernet computes it, with an input and an output bottleneck around every layer
    /// where the space has bottlenecks.
    ///
    /// # Panics
    /// Panics if the space is of another family, which is a bug: a track sees its own spaces only.
    pub fn of(space: &SearchSpace, arch: &Arch) -> BertArch {
        match (&space.bert().bottleneck, space.bert().stream) {
            (Some(bottleneck), _) => Self::with_bottlenecks(bottleneck, arch.values(BOTTLENECK_HIDDEN)),
            (None, Some(stream)) => Self::of_blocks(space, stream, arch),
            (None, None) => Self::homogeneous(space, arch),
        }
    }

    fn with_bottlenecks(around: &Bottleneck, widths: &[i64]) -> BertArch {
        let stream = around.stream;
        let layer = |(layer, &width): (usize, &i64)| {
            let parts = [
                Part::Map { inputs: stream, outputs: width },
                Part::Attention { width, projection: width, heads: around.heads },
                Part::FeedForward { width, hidden: around.intermediate },
                Part::Map { inputs: width, outputs: stream },
            ];
            parts.map(|part| Step { layer, own: None, part })
        };
        BertArch { stream, steps: widths.iter().enumerate().flat_map(layer).collect() }
    }

    fn homogeneous(space: &SearchSpace, arch: &Arch) -> BertArch {
        let (head_width, spread) = (space.bert().head_width, space.bert().spread_layers);
        let (layers, deepest) = (arch.value(LAYERS) as usize, space.choices[LAYERS][0] as usize);
        let place = |layer: usize| if spread { layer * deepest / layers } else { layer };
        let (width, heads, hidden) = (arch.value(HIDDEN), arch.value(HEADS), arch.value(INTERMEDIATE));
        let projection = head_width.map_or(width, |head| head * heads);
        let layer = |layer: usize| {
            let parts = [Part::Attention { width, projection, heads }, Part::FeedForward { width, hidden }];
            parts.map(|part| Step { layer: place(layer), own: None, part })
        };
        BertArch { stream: width, steps: (0..layers).flat_map(layer).collect() }
    }

    fn of_blocks(space: &SearchSpace, stream: i64, arch: &Arch) -> BertArch {
        let of_block = |(i, block): (usize, blocks::Block)| {
            let (first, width, head) = (i * space.deepest(i), block.width, space.bert().head_width);
            let heads = head.map_or(1, |head| width / head);
            let operation = |(place, code): (usize, i64)| {
                let part = match code {
                    ATTENTION => Part::Attention { width, projection: width, heads },
                    FEED_FORWARD => Part::FeedForward { width, hidden: blocks::FFN_RATIO * width },
                    kernel => Part::Convolution { width, kernel },
                };
                Step { layer: first + place, own: Some(width), part }
            };
            let map = |inputs, outputs| Step { layer: first, own: Some(width), part: Part::Map { inputs, outputs } };
            let mut steps = vec![map(stream, width)];
            steps.extend(block.operations.into_iter().enumerate().map(operation));
            steps.push(map(width, stream));
            steps
        };
        BertArch { stream, steps: blocks::blocks(arch).into_iter().enumerate().flat_map(of_block).collect() }
    }

    /// Merges each output bottleneck with the input bottleneck behind it into one map between the widths of the two
    /// layers, which belongs to the later one; the first and the last bottleneck stay. Nothing stands between the two, so
    /// the merged encoder computes the same (SuperShaper, arXiv 2110.04711).
    pub fn merged(&self) -> BertArch {
        let mut steps: Vec<Step> = Vec::with_capacity(self.steps.len());
        for &step in &self.steps {
            match (steps.last_mut(), step.part) {
                (Some(Step { layer, part: Part::Map { outputs: end, .. }, .. }), Part::Map { outputs, .. }) => {
                    (*layer, *end) = (step.layer, outputs);
                }
                _ => steps.push(step),
            }
        }
        BertArch { stream: self.stream, steps }
    }

    /// Counts the multiply-accumulate operations up to the queries, keys and values of the last attention, for one sequence of
    /// `length` tokens.
    pub fn macs_to_last_projections(&self, length: i64) -> i64 {
        let is_attention = |step: &Step| matches!(step.part, Part::Attention { .. });
        let last = self.steps.iter().rposition(is_attention).expect("an encoder has a layer");
        let before: i64 = self.steps[..last].iter().map(|step| step.part.macs(length)).sum();
        let Part::Attention { width, projection, .. } = self.steps[last].part else {
            unreachable!("found as attention")
        };
        before + 3 * length * width * projection
    }

    /// Returns the hidden size of the last layer.
    pub fn last_width(&self) -> i64 {
        self.last_attention().0
    }

    /// Returns the joint width of the heads of the last layer.
    pub fn last_projection(&self) -> i64 {
        let projection = |step: &Step| match step.part {
            Part::Attention { projection, .. } => Some(projection),
            Part::Map { .. } | Part::FeedForward { .. } | Part::Convolution { .. } => None,
        };
        self.steps.iter().rev().find_map(projection).expect("an encoder has a layer")
    }

    /// Returns the number of heads of the last layer.
    pub fn last_heads(&self) -> i64 {
        self.last_attention().1
    }

    fn last_attention(&self) -> (i64, i64) {
        let attention = |step: &Step| match step.part {
            Part::Attention { width, heads, .. } => Some((width, heads)),
            Part::Map { .. } | Part::FeedForward { .. } | Part::Convolution { .. } => None,
        };
        self.steps.iter().rev().find_map(attention).expect("an encoder has a layer")
    }

    /// Counts weights, biases and norms of all steps: those of the encoder without embeddings.
    pub fn params(&self) -> i64 {
        self.steps.iter().map(|step| step.part.params()).sum()
    }

    /// Counts the multiply-accumulate operations of the encoder's matrix products for one sequence of `length` tokens.
    pub fn macs(&self, length: i64) -> i64 {
        self.steps.iter().map(|step| step.part.macs(length)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str) -> (SearchSpace, Arch) {
        let space = SearchSpace::find(name).unwrap();
        let arch = space.sample_at(1, 0);
        (space, arch)
    }

    #[test]
    fn merging_leaves_one_map_more_than_layers_and_joins_their_widths() {
        let (space, arch) = sample("bert-v1");
        let whole = BertArch::of(&space, &arch);
        let merged = whole.merged();
        assert_eq!((whole.steps.len(), merged.steps.len()), (4 * 12, 3 * 12 + 1));
        let maps = merged.steps.iter().filter_map(|step| match step.part {
            Part::Map { inputs, outputs } => Some((inputs, outputs)),
            _ => None,
        });
        let widths = [&[768], arch.values(BOTTLENECK_HIDDEN), &[768]].concat();
        assert_eq!(maps.collect::<Vec<_>>(), widths.windows(2).map(|w| (w[0], w[1])).collect::<Vec<_>>());
        assert_eq!(merged.merged(), merged);
        assert_eq!((merged.last_width(), merged.last_heads()), (arch.values(BOTTLENECK_HIDDEN)[11], 12));
    }

    #[test]
    fn homogeneous_nets_have_two_steps_a_layer_and_nothing_to_merge() {
        for name in ["bert-v5.2", "autodistil-small"] {
            let (space, arch) = sample(name);
            let net = BertArch::of(&space, &arch);
            assert_eq!(net.steps.len() as i64, 2 * arch.value(LAYERS));
            assert_eq!((net.stream, net.merged()), (arch.value(HIDDEN), net.clone()));
        }
        let (space, arch) = sample("autodistil-small");
        let Part::Attention { width, projection, heads } = BertArch::of(&space, &arch).steps[0].part else {
            panic!("a layer begins with attention")
        };
        assert_eq!((width, projection, heads), (arch.value(HIDDEN), 64 * arch.value(HEADS), arch.value(HEADS)));
    }
}
