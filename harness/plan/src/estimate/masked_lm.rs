//! Estimates what an example of masked LM costs.

use mos_spaces::bert::view::{BertArch, Part};
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::{Arch, SearchSpace};

use super::cost::ExampleCost;
use crate::profile::masked_lm::MaskedLmProfile;
use crate::spec::scoring::ScoringSpec;

/// Share of tokens that are masked.
const MASKED: f64 = 0.15;
/// Share of a packed sequence that is filled.
const FILLED: f64 = 0.9;
/// Tokens of a held-out split of the default corpus, then of Wikipedia with BookCorpus.
const HELD_OUT_TOKENS: [f64; 2] = [200e3, 250e6];

/// The costs of masked LM.
#[derive(Debug)]
pub struct MaskedLmCost<'a> {
    space: &'a SearchSpace,
    task: &'a MaskedLmProfile,
    held_out_tokens: f64,
}

impl<'a> MaskedLmCost<'a> {
    /// Makes the formulas for a corpus, which need not be here.
    pub fn new(space: &'a SearchSpace, task: &'a MaskedLmProfile, dataset: &str) -> MaskedLmCost<'a> {
        let is_wikipedia = dataset.starts_with("wikipedia");
        MaskedLmCost { space, task, held_out_tokens: HELD_OUT_TOKENS[usize::from(is_wikipedia)] }
    }

    fn view(&self, arch: &Arch) -> BertArch {
        BertArch::of(self.space, arch)
    }

    /// Returns the tokens of a sequence of mean length.
    fn length(&self) -> f64 {
        FILLED * self.task.sequence_length as f64
    }
}

impl ExampleCost for MaskedLmCost<'_> {
    fn forward(&self, arch: &Arch) -> f64 {
        let view = self.view(arch);
        let of_place = view.stream * (view.stream + self.task.vocab_size as i64);
        2.0 * (view.macs(self.length().round() as i64) as f64 + MASKED * self.length() * of_place as f64)
    }

    fn tokens(&self) -> f64 {
        self.length()
    }

    fn examples(&self, batch_tokens: usize) -> f64 {
        batch_tokens as f64 / self.task.sequence_length as f64
    }

    fn width(&self, arch: &Arch) -> i64 {
        self.view(arch).stream
    }

    fn activations(&self, arch: &Arch, batch_tokens: usize) -> f64 {
        let (view, length) = (self.view(arch), self.task.sequence_length as f64);
        let of_part = |part: Part| match part {
            Part::Map { inputs, .. } => inputs as f64,
            // Queries, keys, values, their scaled copies and the mixed values; with attention dropout the probabilities,
            // their mask and the product, a head and key each; mask, sum and normed sum of the residual block.
            Part::Attention { width, projection, heads } => {
                let dropped = if self.task.attention_dropout > 0.0 { 3.0 * heads as f64 * length } else { 0.0 };
                6.0 * projection as f64 + dropped + 3.0 * width as f64
            }
            // Both sides of the GELU, and the residual block.
            Part::FeedForward { width, hidden } => 2.0 * hidden as f64 + 3.0 * width as f64,
            // Between the two products, and the residual block.
            Part::Convolution { width, .. } => 4.0 * width as f64,
        };
        let steps: f64 = view.steps.iter().map(|step| of_part(step.part)).sum();
        batch_tokens as f64 * (steps + 4.0 * view.stream as f64)
    }

    fn predictions(&self, batch_tokens: usize) -> f64 {
        MASKED * batch_tokens as f64
    }

    fn held_out(&self) -> f64 {
        self.held_out_tokens / self.length()
    }

    fn ranked(&self) -> f64 {
        if self.task.search_tokens == 0 {
            return self.held_out();
        }
        self.task.search_tokens as f64 / (MASKED * self.length())
    }

    fn decoded(&self, _: &ScoringSpec) -> f64 {
        0.0
    }

    fn latency_run(&self, arch: &Arch, protocol: &Protocol) -> f64 {
        2.0 * self.view(arch).macs(protocol.length) as f64
    }
}
