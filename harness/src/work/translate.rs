//! Translations of one split by one subnet.

use anyhow::Result;
use mos_baselines::decode::{BeamConfig, beam_search};
use mos_baselines::model::{DeviceBatch, Positions, Subnet};
use mos_baselines::space::SearchSpace;
use mos_baselines::weights::SubnetWeights;
use mos_datasets::Corpus;
use mos_datasets::batch::{BatchOptions, build, sequential};

use super::common::{selected, split_named};
use crate::spec::ScoreSpec;

/// Source tokens of a decoding batch.
const DECODE_TOKENS: usize = 2048;

/// Hypotheses and references of the selected pairs of a split, in the split's order.
pub fn translate(
    corpus: &Corpus,
    space: &SearchSpace,
    weights: &SubnetWeights,
    positions: &Positions,
    spec: &ScoreSpec,
    split: &str,
) -> Result<(Vec<String>, Vec<String>)> {
    let split = split_named(split)?;
    let shard = corpus.split(split);
    let kept = selected(shard, spec.longest_pair, spec.decode_pairs);
    let last = kept.last().copied().unwrap_or(0);
    let subnet = Subnet::new(space, weights);
    let config = BeamConfig {
        beam: spec.beam,
        length_penalty: spec.length_penalty,
        max_len_a: spec.max_len_a,
        max_len_b: spec.max_len_b.min(space.max_positions as usize - 1),
    };
    let options = BatchOptions { max_tokens: DECODE_TOKENS, longest_pair: spec.longest_pair, row_multiple: 1, seed: 0 };
    let mut hypotheses = vec![String::new(); shard.len()];
    for indices in sequential(shard, &options) {
        let indices: Vec<u32> = indices.into_iter().filter(|&i| i <= last).collect();
        if indices.is_empty() {
            continue;
        }
        let batch = build(shard, &indices);
        let on_device = DeviceBatch::new(&batch, positions.device());
        let padding = on_device.source_padding.as_ref();
        let found = beam_search(&subnet, positions, &on_device.source, padding, &batch.source_lengths, &config);
        for (&index, hypothesis) in indices.iter().zip(found) {
            hypotheses[index as usize] = corpus.decode(&hypothesis.tokens);
        }
    }
    let references = corpus.references(split)?;
    let pick = |all: &[String]| kept.iter().map(|&i| all[i as usize].clone()).collect();
    Ok((pick(&hypotheses), pick(&references)))
}
